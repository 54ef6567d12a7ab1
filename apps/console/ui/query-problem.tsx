import { CircleAlert, TriangleAlert } from 'lucide-react'
import { commonText } from '../lib/text/common.ts'
import { Button } from './button.tsx'
import { excerptAround } from './query-text.ts'

/** A part of a query that is wrong, or that means nothing: where, why, and what could stand there. */
export type QueryProblem = {
  readonly severity: 'error' | 'warning'
  readonly span: { readonly start: number; readonly end: number }
  readonly message: string
  readonly suggestion: string | null
}

/** The query again with the wrong part marked, the sentence, and what may have been meant. */
export function QueryProblemLine({
  id,
  text,
  problem,
  onSuggestion,
}: {
  id: string
  text: string
  problem: QueryProblem
  /** Left out: the query cannot be changed here. */
  onSuggestion?: ((suggestion: string) => void) | undefined
}) {
  const { severity, message, suggestion } = problem
  const excerpt = excerptAround(text, problem.span)
  const isError = severity === 'error'
  const Icon = isError ? CircleAlert : TriangleAlert
  return (
    <div className="flex flex-col gap-0.5 text-xs">
      <p aria-hidden="true" className="overflow-hidden whitespace-pre font-mono text-n10">
        {excerpt.before}
        <mark
          className={
            isError
              ? 'rounded-xs bg-crit-wash text-crit underline decoration-wavy'
              : 'rounded-xs bg-warn-wash text-warn underline decoration-wavy'
          }
        >
          {excerpt.marked === '' ? '\u00a0' : excerpt.marked}
        </mark>
        {excerpt.after}
      </p>
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <p id={id} className={isError ? 'text-crit' : 'text-warn'}>
          <Icon size={13} aria-hidden="true" className="-mt-0.5 mr-1 inline" />
          {message}
          <span className="sr-only"> {commonText.atCharacter(problem.span.start + 1)}</span>
        </p>
        {suggestion !== null && onSuggestion !== undefined && (
          <Button size="sm" onClick={() => onSuggestion(suggestion)}>
            {commonText.writeInstead(suggestion)}
          </Button>
        )}
      </div>
    </div>
  )
}
