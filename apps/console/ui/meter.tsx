import type { Ref } from 'react'
import { classNames } from '../lib/class-names.ts'
import { isKnown, loadColor, type Maybe } from '../lib/format.ts'

type Props = {
  label: string
  /** 0 to 1; null is unknown and draws an empty, dashed track. */
  ratio: Maybe
  /** What the bar says in words: "58 %", "81 GiB of 128". */
  valueText: string
  /** Where it would stand after a move: drawn as a lighter tip behind, or as the part that goes away. */
  afterRatio?: Maybe
  /** Marks on the scale, 0 to 1. */
  thresholds?: readonly number[]
  size?: 'sm' | 'md'
  /** For painting without a render, see `paintMeter`. */
  ref?: Ref<HTMLDivElement>
}

const noThresholds: readonly number[] = []

/** A bar on the load ramp: used now (solid), after a move (lighter tip), thresholds (ticks). */
export function Meter({
  label,
  ratio,
  valueText,
  afterRatio,
  thresholds = noThresholds,
  size = 'md',
  ref,
}: Props) {
  const hasAfter = isKnown(afterRatio) && isKnown(ratio)
  return (
    // biome-ignore lint/a11y/useSemanticElements: the element of that name takes no colours, ticks or second bar
    <div
      ref={ref}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={isKnown(ratio) ? Math.round(ratio * 100) : 0}
      aria-valuetext={valueText}
      style={meterStyle(ratio, hasAfter ? afterRatio : null)}
      className={classNames('meter relative rounded-xs', size === 'sm' ? 'h-1' : 'h-2')}
    >
      {thresholds.map((at) => (
        <span
          key={at}
          className="absolute inset-y-0 w-px bg-n12/55"
          style={{ left: percent(at) }}
        />
      ))}
    </div>
  )
}

/** The bars are backgrounds (`meter` in globals.css): boxes that scale would each be a piece of every frame of a drag. */
function meterStyle(ratio: Maybe, after: number | null) {
  const style: Record<string, string> = {
    '--meter-ratio': String(clamped(ratio)),
    '--meter-color': loadColor(ratio),
  }
  if (after === null) return style
  style['--meter-after'] = String(clamped(after))
  style['--meter-after-color'] = loadColor(after)
  if (isKnown(ratio) && after < ratio) style['--meter-solid-color'] = loadColor(after)
  return style
}

function clamped(ratio: Maybe): number {
  return isKnown(ratio) ? Math.round(Math.min(1, Math.max(0, ratio)) * 1000) / 1000 : 0
}

function percent(ratio: Maybe): string {
  return `${(clamped(ratio) * 100).toFixed(1)}%`
}

/** Moves a mounted meter without a render: for values that change every second. Only paint, no layout. */
export function paintMeter(element: HTMLElement | null, ratio: Maybe, valueText: string): void {
  if (element === null) return
  element.style.setProperty('--meter-ratio', String(clamped(ratio)))
  element.style.setProperty('--meter-color', loadColor(ratio))
  element.setAttribute('aria-valuenow', isKnown(ratio) ? String(Math.round(ratio * 100)) : '0')
  element.setAttribute('aria-valuetext', valueText)
}
