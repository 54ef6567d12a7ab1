'use client'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import type { PolicySet } from '@drover/api-schema/policy-set.ts'
import { CircleCheck, Plus, Scale } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { usePolicies } from '../../client/policies.ts'
import { useFleetPart, useSession } from '../../client/queries.ts'
import { paths } from '../../lib/paths.ts'
import { tableText } from '../../lib/text/charts.ts'
import { policiesText } from '../../lib/text/policies.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { ListSkeleton } from '../../ui/list-skeleton.tsx'
import { PageHead, PageSection } from '../../ui/page-head.tsx'
import { formatSort, parseSort } from '../../ui/sort-rows.ts'
import { useAddressParams } from '../../ui/use-address-params.ts'
import { PrecedenceSection } from './precedence.tsx'
import { ruleExamples } from './rule-examples.ts'
import { ruleSentence } from './rule-sentence.ts'
import { countByRule, matchesSearch } from './rule-view.ts'
import { RulesTable, ruleColumnIds } from './rules-table.tsx'
import { useMatches } from './use-matches.ts'
import { ViolationList } from './violation-list.tsx'

/** All rules, where they do not hold, and what wins over what. */
export function PoliciesPage() {
  const policies = usePolicies()
  const isAdmin = useSession()?.role === 'admin'
  const isEmpty = policies?.rules.length === 0
  return (
    <>
      <PageHead
        title={policiesText.title}
        {...(policies === undefined || isEmpty ? {} : { count: String(policies.rules.length) })}
        actions={policies !== undefined && !isEmpty && <NewRuleLink isAdmin={isAdmin} />}
      />
      {policies === undefined ? (
        <ListSkeleton />
      ) : isEmpty ? (
        <NoRules isAdmin={isAdmin} />
      ) : (
        <>
          <Violations policies={policies} />
          <Rules rules={policies.rules} />
        </>
      )}
      <PrecedenceSection />
    </>
  )
}

function NewRuleLink({ isAdmin }: { isAdmin: boolean }) {
  return isAdmin ? (
    <Link href={paths.newPolicy()} className={buttonClass('primary')}>
      <Plus aria-hidden size={15} />
      {policiesText.newRule}
    </Link>
  ) : (
    <Button
      tone="primary"
      icon={<Plus aria-hidden size={15} />}
      disabledReason={policiesText.needsAdmin}
    >
      {policiesText.newRule}
    </Button>
  )
}

function Violations({ policies }: { policies: PolicySet }) {
  const violations = useFleetPart((index) => index.fleet.violations) ?? []
  const counts = useFleetPart((index) => index.fleet.violationCounts)
  const all = (counts?.required ?? 0) + (counts?.preferred ?? 0)
  const isAnyOn = policies.rules.some(({ isEnabled }) => isEnabled)
  if (violations.length === 0) {
    return (
      <p role="status" className="flex items-center gap-2 border-t px-4 py-3 text-n11 text-sm">
        {isAnyOn && <CircleCheck aria-hidden size={15} className="text-ok" />}
        {isAnyOn ? policiesText.allHold : policiesText.noRulesHold}
      </p>
    )
  }
  return (
    <PageSection
      title={policiesText.violations}
      aside={
        <span className="text-n10 text-sm">
          {all > violations.length ? policiesText.firstOf(violations.length, all) : all}
        </span>
      }
    >
      <ViolationList label={policiesText.violations} violations={violations} />
    </PageSection>
  )
}

function Rules({ rules }: { rules: readonly PolicyRule[] }) {
  const params = useAddressParams()
  const text = params.get('q') ?? ''
  const matches = useMatches(rules)
  const violations = useFleetPart((index) => index.fleet.violations) ?? []
  const shown = rules.filter((rule) => matchesSearch(rule, text))
  return (
    <PageSection
      title={policiesText.rules}
      aside={
        text !== '' && (
          <span role="status" className="text-n10 text-sm">
            {tableText.rowCount(shown.length, rules.length)}
          </span>
        )
      }
    >
      <FilterBar
        label={policiesText.search}
        text={text}
        onText={(next) => params.set({ q: next })}
      />
      {shown.length === 0 ? (
        <EmptyState
          title={policiesText.noneMatch}
          body={policiesText.noneMatchHint}
          action={
            <Button onClick={() => params.set({ q: null })}>{policiesText.clearSearch}</Button>
          }
        />
      ) : (
        <RulesTable
          rules={shown}
          matches={matches}
          violated={countByRule(violations)}
          sort={parseSort(params.get('sort'), ruleColumnIds, {
            columnId: 'name',
            direction: 'ascending',
          })}
          onSort={(sort) => params.set({ sort: formatSort(sort) })}
        />
      )}
    </PageSection>
  )
}

/** Says what rules are for and offers some that are ready. */
function NoRules({ isAdmin }: { isAdmin: boolean }) {
  if (!isAdmin) {
    return (
      <EmptyState
        icon={<Scale size={28} strokeWidth={1.5} />}
        title={policiesText.none}
        body={policiesText.noneHintForOthers}
      />
    )
  }
  return (
    <>
      <EmptyState
        icon={<Scale size={28} strokeWidth={1.5} />}
        title={policiesText.none}
        body={policiesText.noneHint}
      />
      <ul className="mx-auto grid max-w-240 gap-3 px-4 pb-6 lg:grid-cols-3">
        {ruleExamples.map(({ id, draft }) => (
          <ExampleLink key={id} href={paths.newPolicy(id)} title={draft.name}>
            {ruleSentence(draft)}
          </ExampleLink>
        ))}
      </ul>
      <p className="pb-8 text-center">
        <Link href={paths.newPolicy()} className={buttonClass()}>
          {policiesText.ownRule}
        </Link>
      </p>
    </>
  )
}

function ExampleLink({
  href,
  title,
  children,
}: {
  href: string
  title: string
  children: ReactNode
}) {
  return (
    <li className="relative rounded-md border border-n6 px-3 py-2.5 hover:bg-n3">
      <Link
        href={href}
        className="block font-medium text-accent text-sm after:absolute after:inset-0 after:content-['']"
      >
        {title}
      </Link>
      <p className="mt-0.5 text-n10 text-xs">{children}</p>
    </li>
  )
}
