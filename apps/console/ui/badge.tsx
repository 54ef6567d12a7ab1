import type { ReactNode } from 'react'
import { classNames } from '../lib/class-names.ts'

export type Tone = 'ok' | 'notice' | 'warning' | 'critical' | 'neutral' | 'accent'

const inks: Record<Tone, string> = {
  ok: 'text-ok',
  notice: 'text-notice',
  warning: 'text-warn',
  critical: 'text-crit',
  neutral: 'text-n10',
  accent: 'text-accent',
}
const washes: Record<Tone, string> = {
  ok: 'bg-ok-wash',
  notice: 'bg-notice-wash',
  warning: 'bg-warn-wash',
  critical: 'bg-crit-wash',
  neutral: 'bg-n4',
  accent: 'bg-accent-wash',
}

type Props = {
  tone: Tone
  /** State is never colour alone: an icon, or the words, or both. */
  icon?: ReactNode
  children: ReactNode
  /** `plain` is words and icon only, for tables; `filled` has the wash. */
  look?: 'filled' | 'plain'
  title?: string
}

export function Badge({ tone, icon, look = 'filled', title, children }: Props) {
  return (
    <span
      title={title}
      className={classNames(
        'inline-flex shrink-0 items-center gap-1 whitespace-nowrap rounded-sm font-medium text-2xs',
        inks[tone],
        look === 'filled' && 'h-4.5 px-1.5',
        look === 'filled' && washes[tone],
      )}
    >
      {icon}
      {children}
    </span>
  )
}
