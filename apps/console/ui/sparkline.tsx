'use client'
import { type Ref, useImperativeHandle, useRef } from 'react'
import { classNames } from '../lib/class-names.ts'

/** What a sparkline draws: `count` values, oldest first; NaN is a gap. */
export type SparkSource = {
  readonly count: number
  readonly valueAt: (index: number) => number
  /** The value at the top edge. */
  readonly top: number
  /** How many values fill the width; fewer stand at the right. */
  readonly capacity: number
}

export type SparklineHandle = { readonly paint: (source: SparkSource) => void }

type Props = { ref?: Ref<SparklineHandle>; width: number; height: number; className?: string }

/**
 * A line on a small canvas, painted by hand at most once a second: thousands of them cost no render. It is
 * decoration; the number beside it says the same.
 */
export function Sparkline({ ref, width, height, className }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useImperativeHandle(
    ref,
    () => ({ paint: (source) => canvas.current !== null && draw(canvas.current, source) }),
    [],
  )
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus; the number beside it says the same
    <canvas
      ref={canvas}
      aria-hidden="true"
      style={{ width, height }}
      className={classNames('block shrink-0 text-n9', className)}
    />
  )
}

function draw(canvas: HTMLCanvasElement, source: SparkSource): void {
  const ratio = window.devicePixelRatio || 1
  const width = Math.round(Number.parseFloat(canvas.style.width) * ratio)
  const height = Math.round(Number.parseFloat(canvas.style.height) * ratio)
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  const context = canvas.getContext('2d')
  if (context === null) return
  context.clearRect(0, 0, width, height)
  const ink = inkOf(canvas)
  const line = tracePath(source, width, height, ratio)
  context.strokeStyle = ink
  context.lineWidth = ratio
  context.lineJoin = 'round'
  context.stroke(line.stroke)
  context.globalAlpha = 0.16
  context.fillStyle = ink
  context.fill(line.fill)
  context.globalAlpha = 1
}

function tracePath(source: SparkSource, width: number, height: number, ratio: number) {
  const stroke = new Path2D()
  const fill = new Path2D()
  const step = width / Math.max(1, source.capacity - 1)
  const start = width - (source.count - 1) * step
  const span = height - 2 * ratio
  let isDown = false
  let lastX = 0
  for (let index = 0; index < source.count; index += 1) {
    const value = source.valueAt(index)
    const x = start + index * step
    if (Number.isNaN(value)) {
      if (isDown) fill.lineTo(lastX, height)
      isDown = false
      continue
    }
    const y = ratio + span * (1 - Math.min(1, Math.max(0, value / (source.top || 1))))
    if (isDown) {
      stroke.lineTo(x, y)
      fill.lineTo(x, y)
    } else {
      stroke.moveTo(x, y)
      fill.moveTo(x, height)
      fill.lineTo(x, y)
    }
    isDown = true
    lastX = x
  }
  if (isDown) fill.lineTo(lastX, height)
  return { stroke, fill }
}

/** Asking for a computed colour forces style work, so it is asked once per class and theme. */
const inks = new Map<string, string>()
let inksTheme = ''

function inkOf(canvas: HTMLCanvasElement): string {
  const theme = `${document.documentElement.dataset.theme}${matchMedia('(prefers-color-scheme: light)').matches}`
  if (theme !== inksTheme) {
    inks.clear()
    inksTheme = theme
  }
  const known = inks.get(canvas.className)
  if (known !== undefined) return known
  const ink = getComputedStyle(canvas).color
  inks.set(canvas.className, ink)
  return ink
}
