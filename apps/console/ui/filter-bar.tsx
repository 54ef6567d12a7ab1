'use client'

import { Search, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { commonText } from '../lib/text/common.ts'
import { IconButton } from './icon-button.tsx'
import { inputClass } from './text-field.tsx'

/** The line of filters over a list: free text first, then choices. */
export function FilterBar({
  label,
  text,
  onText,
  children,
}: {
  /** Names the search and stands in it while it is empty. */
  label: string
  text: string
  onText: (text: string) => void
  children?: ReactNode
}) {
  return (
    <search className="flex flex-wrap items-center gap-2 px-4 pb-3">
      <div className="relative min-w-0 max-sm:w-full sm:w-72">
        <Search
          aria-hidden
          size={14}
          className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-2.5 text-n10"
        />
        <input
          type="text"
          value={text}
          aria-label={label}
          placeholder={label}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && onText('')}
          className={`${inputClass} pr-8 pl-8`}
        />
        {text !== '' && (
          <IconButton
            label={commonText.clear}
            icon={<X size={14} />}
            size="xs"
            hasTooltip={false}
            onClick={() => onText('')}
            className="-translate-y-1/2 absolute top-1/2 right-1"
          />
        )}
      </div>
      {children}
    </search>
  )
}
