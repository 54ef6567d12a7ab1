import { classNames } from '../../lib/class-names.ts'
import { boardText } from '../../lib/text/board.ts'

/** Whole lines only, as many as the meters of a card leave room for; what is cut ends in an ellipsis. */
const linesOf: Record<number, readonly string[]> = {
  1: ['line-clamp-4'],
  2: ['line-clamp-2', 'line-clamp-2'],
  3: ['line-clamp-2', 'line-clamp-1', 'line-clamp-1'],
}
const oneEach = ['line-clamp-1', 'line-clamp-1', 'line-clamp-1'] as const
/** A heat card has two lines above its squares. */
const heatLinesOf: Record<number, readonly string[]> = { 1: ['line-clamp-2'] }
const oneInHeat = ['line-clamp-1'] as const

/**
 * The reasons of a host that cannot take what is carried, in the place of its meters: dimmed may the rest be, not this.
 * All of them are in the list of hosts ("Migrate to…") and in what is said after a drop.
 */
export function RefusalPanel({
  reasons,
  isCompact,
}: {
  reasons: readonly string[]
  isCompact: boolean
}) {
  const lines = isCompact
    ? (heatLinesOf[reasons.length] ?? oneInHeat)
    : (linesOf[reasons.length] ?? oneEach)
  const more = reasons.length - lines.length
  return (
    <ul
      title={reasons.join('\n')}
      className={classNames(
        'absolute inset-x-3 top-9.5 text-n11',
        isCompact ? 'text-2xs' : 'text-xs',
      )}
    >
      {reasons.slice(0, lines.length).map((reason, index) => (
        <li key={reason} className="flex gap-1.5">
          <span aria-hidden="true" className="mt-1.5 size-1 shrink-0 rounded-full bg-crit" />
          <span className={lines[index]}>{reason}</span>
        </li>
      ))}
      {more > 0 && <li className="pl-2.5 text-n10">{boardText.moreReasons(more)}</li>}
    </ul>
  )
}
