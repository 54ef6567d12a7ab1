import type { ReactNode } from 'react'
import { classNames } from '../lib/class-names.ts'

export type Fact = {
  readonly label: string
  readonly value: ReactNode
  /** Ids and addresses: in the fixed-width face, breaking where they must. */
  readonly isCode?: boolean
}

/** Names and values of a thing, one a line, in groups under hairlines. */
export function FactList({
  title,
  facts,
  className,
}: {
  title: string
  facts: readonly Fact[]
  className?: string
}) {
  return (
    <section className={classNames('break-inside-avoid', className)} aria-label={title}>
      <h3 className="caption pb-1">{title}</h3>
      <dl className="border-t text-sm">
        {facts.map((fact) => (
          <div
            key={fact.label}
            className="grid grid-cols-[minmax(96px,38%)_1fr] gap-x-3 border-b py-1"
          >
            <dt className="text-n10">{fact.label}</dt>
            <dd
              className={classNames(
                'min-w-0 text-n12',
                fact.isCode && 'font-mono text-xs leading-5 [overflow-wrap:anywhere]',
              )}
            >
              {fact.value}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
