'use client'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { Violation } from '@drover/api-schema/policy.ts'
import { Wrench } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { useNow } from '../../client/hooks.ts'
import { useFleet } from '../../client/queries.ts'
import { formatAge, formatMoment, formatMomentWithZone } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { policiesText } from '../../lib/text/policies.ts'
import { Button } from '../../ui/button.tsx'
import { FixDialog } from './fix-dialog.tsx'
import { BrokenBadge } from './rule-badges.tsx'
import { inOrder } from './rule-view.ts'

/** More are shown on demand: a rule for a whole fleet can fail in a thousand places at once. */
const shownAtFirst = 12

/** Places where rules do not hold: what, since when, where to look, and what would mend it. */
export function ViolationList({
  label,
  violations,
}: {
  label: string
  violations: readonly Violation[]
}) {
  const [isWhole, setWhole] = useState(false)
  const [fixing, setFixing] = useState<Violation | null>(null)
  const ordered = inOrder(violations)
  const shown = isWhole ? ordered : ordered.slice(0, shownAtFirst)
  return (
    <>
      <ul aria-label={label} className="border-t">
        {shown.map((violation) => (
          <ViolationRow
            key={violation.violationKey}
            violation={violation}
            onFix={() => setFixing(violation)}
          />
        ))}
      </ul>
      {shown.length < ordered.length && (
        <div className="px-4 py-2">
          <Button size="sm" onClick={() => setWhole(true)}>
            {policiesText.showAll(ordered.length)}
          </Button>
        </div>
      )}
      {fixing !== null && <FixDialog violation={fixing} onClose={() => setFixing(null)} />}
    </>
  )
}

function ViolationRow({ violation, onFix }: { violation: Violation; onFix: () => void }) {
  const { sentence, strength, ruleId, ruleName, domainIds, hostIds } = violation
  return (
    <li className="flex items-start gap-3 border-b px-4 py-2 last:border-b-0 max-sm:flex-col max-sm:gap-2">
      <div className="min-w-0 grow">
        <p className="flex items-start gap-2 text-n12 text-sm">
          <BrokenBadge strength={strength} />
          <span className="min-w-0 [overflow-wrap:anywhere]">{sentence}</span>
        </p>
        <p className="mt-0.5 flex flex-wrap gap-x-3 text-n10 text-xs">
          <Link href={paths.policy(ruleId)} className="text-n11 underline hover:text-accent">
            {ruleName}
          </Link>
          <Since at={violation.sinceAt} />
          <Concerned domainIds={domainIds} hostIds={hostIds} />
        </p>
      </div>
      <Button
        size="sm"
        icon={<Wrench aria-hidden size={13} />}
        aria-label={policiesText.showFixOf(sentence)}
        onClick={onFix}
      >
        {policiesText.showFix}
      </Button>
    </li>
  )
}

const hourMs = 3_600_000

function Since({ at }: { at: number }) {
  const age = useNow(10_000) - at
  return (
    <time dateTime={new Date(at).toISOString()} title={formatMomentWithZone(at)}>
      {age < hourMs
        ? policiesText.since(formatAge(Math.max(0, age)))
        : policiesText.sinceMoment(formatMoment(at))}
    </time>
  )
}

const mostLinks = 6

/** The domains and hosts it speaks of, as links; one that has gone meanwhile is left out. */
function Concerned({
  domainIds,
  hostIds,
}: {
  domainIds: readonly DomainId[]
  hostIds: readonly HostId[]
}) {
  const fleet = useFleet()
  const links = [
    ...domainIds.map((id) => ({
      id,
      href: paths.domain(id),
      name: fleet?.domains.get(id)?.name,
    })),
    ...hostIds.map((id) => ({ id, href: paths.host(id), name: fleet?.hosts.get(id)?.name })),
  ].filter(({ name }) => name !== undefined)
  return (
    <>
      {links.slice(0, mostLinks).map(({ id, href, name }) => (
        <Link key={id} href={href} className="underline hover:text-accent">
          {name}
        </Link>
      ))}
      {links.length > mostLinks && <span>{policiesText.more(links.length - mostLinks)}</span>}
    </>
  )
}
