'use client'

import { Search, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { commonText } from '../lib/text/common.ts'
import { IconButton } from './icon-button.tsx'
import { type QueryCompletions, QueryField } from './query-field.tsx'
import type { QueryProblem } from './query-problem.tsx'

export type FilterLanguage = {
  readonly complete: (text: string, cursor: number) => QueryCompletions
  readonly problemsOf: (text: string) => readonly QueryProblem[]
}

const nothing: QueryCompletions = { span: { start: 0, end: 0 }, items: [] }
const wordsOnly: FilterLanguage = { complete: () => nothing, problemsOf: () => [] }

/** The line of filters over a list: free text first, then choices. */
export function FilterBar({
  label,
  text,
  onText,
  language = wordsOnly,
  children,
}: {
  /** Names the search and stands in it while it is empty. */
  label: string
  text: string
  onText: (text: string) => void
  /** The search understands a language; left out: words only. */
  language?: FilterLanguage
  children?: ReactNode
}) {
  return (
    <search className="flex flex-wrap items-start gap-2 px-4 pb-3">
      <div className="min-w-0 max-sm:w-full sm:w-80">
        <QueryField
          label={label}
          isLabelHidden
          placeholder={label}
          value={text}
          onChange={onText}
          complete={language.complete}
          problems={language.problemsOf(text)}
          onEscape={() => onText('')}
          inputClassName="pr-8 pl-8 font-sans! text-sm!"
          before={
            <Search
              aria-hidden
              size={14}
              className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-2.5 text-n10"
            />
          }
          after={
            text !== '' && (
              <IconButton
                label={commonText.clear}
                icon={<X size={14} />}
                size="xs"
                hasTooltip={false}
                onClick={() => onText('')}
                className="-translate-y-1/2 absolute top-1/2 right-1"
              />
            )
          }
        />
      </div>
      {children}
    </search>
  )
}
