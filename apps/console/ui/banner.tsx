import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from '../lib/class-names.ts'

export type BannerTone = 'notice' | 'warning' | 'critical'

const looks: Record<BannerTone, { box: string; icon: ReactNode }> = {
  notice: { box: 'bg-notice-wash', icon: <Info size={15} className="text-notice" /> },
  warning: { box: 'bg-warn-wash', icon: <TriangleAlert size={15} className="text-warn" /> },
  critical: { box: 'bg-crit-wash', icon: <CircleAlert size={15} className="text-crit" /> },
}

/** A state of the whole page that lasts: lost connection, a host that is stale. */
export function Banner({
  tone,
  children,
  action,
}: {
  tone: BannerTone
  children: ReactNode
  action?: ReactNode
}) {
  return (
    <div
      role="status"
      className={classNames(
        'flex items-center gap-2.5 px-4 py-1.5 text-n12 text-sm',
        looks[tone].box,
      )}
    >
      <span className="shrink-0">{looks[tone].icon}</span>
      <div className="min-w-0 grow">{children}</div>
      {action}
    </div>
  )
}
