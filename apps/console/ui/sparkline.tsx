'use client'

import { type Ref, useImperativeHandle, useRef } from 'react'
import { classNames } from '../lib/class-names.ts'
import { type SparkSource, sparkPaths } from './spark-path.ts'

export type SparklineHandle = { readonly paint: (source: SparkSource) => void }

type Props = { ref?: Ref<SparklineHandle>; width: number; height: number; className?: string }

/**
 * A small line, painted by hand at most once a second: hundreds of them cost no render. It is decoration; the number
 * beside it says the same. Two SVG paths and not a canvas: Chromium gives each canvas a layer of its own, and with 180
 * of them arranging the layers took 5.5 ms of every frame of a drag.
 */
export function Sparkline({ ref, width, height, className }: Props) {
  const line = useRef<SVGPathElement>(null)
  const area = useRef<SVGPathElement>(null)
  useImperativeHandle(
    ref,
    () => ({
      paint: (source) => {
        const paths = sparkPaths(source, width, height)
        line.current?.setAttribute('d', paths.line)
        area.current?.setAttribute('d', paths.area)
      },
    }),
    [width, height],
  )
  // No clip and no view box of its own: each would be one more piece to arrange in every frame of a drag.
  return (
    <svg
      aria-hidden="true"
      width={width}
      height={height}
      className={classNames('block shrink-0 overflow-visible text-n9', className)}
    >
      <path ref={area} fill="currentColor" fillOpacity="0.16" />
      <path ref={line} fill="none" stroke="currentColor" strokeLinejoin="round" />
    </svg>
  )
}
