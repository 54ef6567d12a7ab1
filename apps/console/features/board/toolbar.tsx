'use client'
import type { Host } from '@drover/api-schema/host.ts'
import {
  ArrowDownWideNarrow,
  Grid3x3,
  Group,
  LayoutGrid,
  PanelRight,
  Rows3,
  Search,
  X,
} from 'lucide-react'
import { type ReactNode, useEffect, useId, useState } from 'react'
import { type SelectorLanguage, useFilterLanguage } from '../../client/selectors.ts'
import { boardText } from '../../lib/text/board.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { QueryField } from '../../ui/query-field.tsx'
import { QueryProblemLine } from '../../ui/query-problem.tsx'
import { replaceSpan } from '../../ui/query-text.ts'
import { SegmentedControl } from '../../ui/segmented-control.tsx'
import { Select } from '../../ui/select.tsx'
import { labelKeys } from './arrange.ts'
import {
  type BoardView,
  type Density,
  densities,
  type GroupKey,
  heatKeys,
  sortKeys,
} from './board-view.ts'

type Props = {
  view: BoardView
  hosts: readonly Host[]
  summary: string
  isInspectorOpen: boolean
  onChange: (changes: Partial<BoardView>) => void
  onToggleInspector: () => void
}

const densityIcons: Record<Density, ReactNode> = {
  rows: <Rows3 size={15} />,
  tiles: <LayoutGrid size={15} />,
  heat: <Grid3x3 size={15} />,
}

/** How the board is looked at: filter, order, groups, colour, density. On a phone it scrolls sideways. */
export function Toolbar({
  view,
  hosts,
  summary,
  isInspectorOpen,
  onChange,
  onToggleInspector,
}: Props) {
  const language = useBoardLanguage()
  const problemId = useId()
  const groups: { value: GroupKey; label: string }[] = [
    { value: 'none', label: boardText.groupNone },
    { value: 'pool', label: boardText.groupPool },
    ...labelKeys(hosts).map((key) => ({
      value: `label:${key}` as const,
      label: boardText.groupLabel(key),
    })),
  ]
  return (
    <>
      <div className="flex h-12 shrink-0 items-center gap-2 overflow-x-auto border-b px-4 max-sm:h-14 max-sm:px-2">
        <h1 className="sr-only">{boardText.title}</h1>
        <FilterField
          query={view.query}
          language={language}
          problemId={problemId}
          onChange={(query) => onChange({ query })}
        />
        <Select
          label={boardText.sort}
          isLabelShown="when-wide"
          icon={<ArrowDownWideNarrow size={14} aria-hidden="true" className="text-n10" />}
          options={sortKeys.map((value) => ({ value, label: boardText.sortBy[value] }))}
          value={view.sort}
          onChange={(sort) => onChange({ sort })}
        />
        <Select
          label={boardText.group}
          isLabelShown="when-wide"
          icon={<Group size={14} aria-hidden="true" className="text-n10" />}
          options={groups}
          value={view.group}
          onChange={(group) => onChange({ group })}
        />
        <Select
          label={boardText.heat}
          isLabelShown="when-wide"
          icon={<RampIcon />}
          options={heatKeys.map((value) => ({ value, label: boardText.heatBy[value] }))}
          value={view.heat}
          onChange={(heat) => onChange({ heat })}
        />
        <SegmentedControl
          label={boardText.density}
          isCompact
          segments={densities.map((value) => ({
            value,
            label: boardText.densities[value],
            icon: densityIcons[value],
          }))}
          value={view.density}
          onChange={(density) => onChange({ density })}
        />
        <span role="status" className="ml-auto shrink-0 pl-2 text-n10 text-xs max-lg:sr-only">
          {summary}
        </span>
        <IconButton
          label={isInspectorOpen ? boardText.closeInspector : boardText.openInspector}
          icon={<PanelRight size={16} />}
          aria-pressed={isInspectorOpen}
          shortcut="i"
          onClick={onToggleInspector}
          className={isInspectorOpen ? 'bg-n4 text-n12' : undefined}
        />
      </div>
      <FilterProblem
        id={problemId}
        query={view.query}
        language={language}
        onChange={(query) => onChange({ query })}
      />
    </>
  )
}

function FilterField({
  query,
  language,
  problemId,
  onChange,
}: {
  query: string
  language: SelectorLanguage
  problemId: string
  onChange: (query: string) => void
}) {
  return (
    <div className="w-72 shrink-0 max-sm:w-44">
      <QueryField
        label={boardText.search}
        isLabelHidden
        placeholder={boardText.searchPlaceholder}
        value={query}
        onChange={onChange}
        complete={language.complete}
        problems={language.problemsOf(query)}
        problemId={problemId}
        onEscape={() => onChange('')}
        inputClassName="border-n6! bg-n2! pr-8 pl-8 font-sans! text-sm!"
        before={
          <Search
            size={14}
            aria-hidden="true"
            className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-2.5 text-n10"
          />
        }
        after={
          query !== '' && (
            <IconButton
              label={boardText.clearSearch}
              icon={<X size={14} />}
              size="xs"
              hasTooltip={false}
              onClick={() => onChange('')}
              className="-translate-y-1/2 absolute top-1/2 right-1"
            />
          )
        }
      />
    </div>
  )
}

/** The board does not move while one types: a query is half written most of the time. */
const problemPauseMs = 700

/** Of domains, and of hosts where only that makes sense: as the board reads what is searched. */
function useBoardLanguage(): SelectorLanguage {
  const { complete, problemsOf } = useFilterLanguage('domain')
  const ofHosts = useFilterLanguage('host')
  return {
    complete,
    problemsOf: (text) => {
      const problems = problemsOf(text)
      return problems.length > 0 && ofHosts.problemsOf(text).length === 0 ? [] : problems
    },
  }
}

/** What is wrong with the search, under the toolbar: in it there is no room. */
function FilterProblem({
  id,
  query,
  language,
  onChange,
}: {
  id: string
  query: string
  language: SelectorLanguage
  onChange: (query: string) => void
}) {
  const [settled, setSettled] = useState(query)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(query), problemPauseMs)
    return () => clearTimeout(timer)
  }, [query])
  const problems = settled === query ? language.problemsOf(query) : []
  const problem = problems.find(({ severity }) => severity === 'error') ?? problems[0]
  if (problem === undefined) return null
  return (
    <div className="border-b px-4 py-1.5 max-sm:px-2">
      <QueryProblemLine
        id={id}
        text={query}
        problem={problem}
        onSuggestion={(suggestion) =>
          onChange(replaceSpan(query, problem.span, suggestion).text.trim())
        }
      />
    </div>
  )
}

/** The load ramp itself, as the sign of what colours mean. */
function RampIcon() {
  return (
    <span
      aria-hidden="true"
      className="h-2.5 w-5 rounded-xs"
      style={{
        background:
          'linear-gradient(to right, var(--load-0), var(--load-3), var(--load-5), var(--load-7), var(--load-10))',
      }}
    />
  )
}
