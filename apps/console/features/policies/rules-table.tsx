'use client'
import type { PolicyRuleId } from '@drover/api-schema/ids.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import { CircleAlert, TriangleAlert } from 'lucide-react'
import { paths } from '../../lib/paths.ts'
import { policiesText } from '../../lib/text/policies.ts'
import { Badge } from '../../ui/badge.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import type { Sort } from '../../ui/sort-rows.ts'
import { StateBadge, strengthWords } from './rule-badges.tsx'
import { ruleSentence } from './rule-sentence.ts'
import { type Matches, strengthRank } from './rule-view.ts'

export const ruleColumnIds = ['name', 'strength', 'state', 'matches', 'violated', 'owner'] as const

type Props = {
  rules: readonly PolicyRule[]
  matches: ReadonlyMap<PolicyRuleId, Matches>
  violated: ReadonlyMap<PolicyRuleId, number>
  sort: Sort
  onSort: (sort: Sort) => void
}

/** All rules with what they say, what they match now and where they do not hold. */
export function RulesTable({ rules, matches, violated, sort, onSort }: Props) {
  return (
    <DataTable
      label={policiesText.rules}
      rows={rules}
      columns={columnsFor(matches, violated)}
      rowKey={({ ruleId }) => ruleId}
      rowHref={({ ruleId }) => paths.policy(ruleId)}
      sort={sort}
      onSort={onSort}
      listItem={(rule) => (
        <div className="flex flex-col gap-0.5 text-n10 text-xs">
          <div className="flex items-center gap-2">
            <span className="min-w-0 grow truncate font-medium text-n12 text-sm">{rule.name}</span>
            <ViolatedCell rule={rule} count={violated.get(rule.ruleId) ?? 0} />
            <StateBadge rule={rule} />
          </div>
          <span className="line-clamp-2">{ruleSentence(rule)}</span>
        </div>
      )}
    />
  )
}

function columnsFor(
  matches: Props['matches'],
  violated: Props['violated'],
): readonly Column<PolicyRule>[] {
  const countOf = ({ ruleId }: PolicyRule) => violated.get(ruleId) ?? 0
  const matchOf = ({ ruleId }: PolicyRule) => matches.get(ruleId)
  return [
    {
      id: 'name',
      title: policiesText.name,
      cell: ({ name }) => name,
      sortValue: ({ name }) => name,
    },
    {
      id: 'says',
      title: policiesText.says,
      cell: (rule) => (
        <span className="line-clamp-2 min-w-60 text-n11 [overflow-wrap:anywhere]">
          {ruleSentence(rule)}
        </span>
      ),
    },
    {
      id: 'strength',
      title: policiesText.strength,
      cell: ({ strength }) => <span className="whitespace-nowrap">{strengthWords(strength)}</span>,
      sortValue: strengthRank,
      firstDirection: 'descending',
    },
    {
      id: 'state',
      title: policiesText.state,
      cell: (rule) => <StateBadge rule={rule} />,
      sortValue: ({ isEnabled }) => Number(!isEnabled),
    },
    {
      id: 'matches',
      title: policiesText.matches,
      align: 'end',
      firstDirection: 'descending',
      cell: (rule) => <span className="whitespace-nowrap">{matchWords(matchOf(rule))}</span>,
      sortValue: (rule) => matchOf(rule)?.domains ?? matchOf(rule)?.hosts ?? null,
    },
    {
      id: 'violated',
      title: policiesText.violated,
      firstDirection: 'descending',
      cell: (rule) => <ViolatedCell rule={rule} count={countOf(rule)} />,
      sortValue: countOf,
    },
    {
      id: 'owner',
      title: policiesText.owner,
      from: 'wide',
      cell: ({ owner }) => owner,
      sortValue: ({ owner }) => owner,
    },
  ]
}

/** What it speaks of: domains, else hosts. */
function matchWords(matches: Matches | undefined): string {
  if (matches === undefined) return ''
  if (matches.domains !== null) return policiesText.domainCount(matches.domains)
  return matches.hosts === null ? policiesText.unreadable : policiesText.hostCount(matches.hosts)
}

function ViolatedCell({ rule, count }: { rule: PolicyRule; count: number }) {
  if (!rule.isEnabled) return null
  if (count === 0) {
    return <span className="whitespace-nowrap text-n10 text-xs">{policiesText.holds}</span>
  }
  const isRequired = rule.strength.kind === 'required'
  const Icon = isRequired ? CircleAlert : TriangleAlert
  return (
    <Badge
      tone={isRequired ? 'critical' : 'warning'}
      look="plain"
      icon={<Icon aria-hidden size={13} />}
    >
      {policiesText.notHeld(count)}
    </Badge>
  )
}
