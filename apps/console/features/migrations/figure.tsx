import type { ReactNode } from 'react'
import { classNames } from '../../lib/class-names.ts'
import { unknownText } from '../../lib/format.ts'
import { migrationsText } from '../../lib/text/migrations.ts'

/** A small figure under its caption; the value may be predicted, then it carries "~" and is set in italics. */
export function Figure({
  label,
  children,
  isPredicted = false,
  className,
}: {
  label: string
  children: ReactNode
  isPredicted?: boolean
  className?: string
}) {
  return (
    <div className={classNames('min-w-0', className)}>
      <dt className="caption truncate">{label}</dt>
      <dd className="whitespace-nowrap text-n12 text-sm">
        {isPredicted ? <Predicted value={String(children)} /> : children}
      </dd>
    </div>
  )
}

/** "~4.0 s" in italics, said as predicted; what is unknown stays a plain dash. */
export function Predicted({ value }: { value: string }) {
  if (value === unknownText) return value
  return (
    <span className="predicted" title={migrationsText.predictedHint}>
      <span aria-hidden>~{value}</span>
      <span className="sr-only">{migrationsText.predictedPhrase(value)}</span>
    </span>
  )
}
