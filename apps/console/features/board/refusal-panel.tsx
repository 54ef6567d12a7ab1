import { classNames } from '../../lib/class-names.ts'
import type { HostVerdict } from './host-verdict.ts'

/** Every reason of a host that cannot take what is carried, over its meters: dimmed may the rest be, not this. */
export function RefusalPanel({ verdict, isCompact }: { verdict: HostVerdict; isCompact: boolean }) {
  const reasons = [
    ...new Set(verdict.refused.flatMap(({ refusals }) => refusals.map(({ message }) => message))),
  ]
  return (
    <ul
      className={classNames(
        'absolute inset-x-3 top-9 bottom-2 min-h-15 space-y-1 overflow-hidden text-n11',
        isCompact ? 'bg-n2/90 text-2xs' : 'text-xs',
      )}
    >
      {reasons.map((reason) => (
        <li key={reason} className="flex gap-1.5 rounded-xs bg-n2">
          <span aria-hidden="true" className="mt-1.75 size-1 shrink-0 rounded-full bg-crit" />
          <span>{reason}</span>
        </li>
      ))}
    </ul>
  )
}
