import type { ReactNode } from 'react'
import { classNames } from '../lib/class-names.ts'

type Props = {
  icon: ReactNode
  title: string
  body?: ReactNode
  action?: ReactNode
  role?: 'alert' | 'status'
  className?: string
}

/** The middle of an empty or failed view: what is, why, and the next step. */
export function Message({ icon, title, body, action, role, className }: Props) {
  return (
    <div
      role={role}
      className={classNames(
        'mx-auto flex max-w-105 flex-col items-center px-6 py-14 text-center',
        className,
      )}
    >
      <span className="mb-3 text-n8">{icon}</span>
      <h2 className="text-base">{title}</h2>
      {body !== undefined && <div className="mt-1 text-n10 text-sm">{body}</div>}
      {action !== undefined && (
        <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>
      )}
    </div>
  )
}
