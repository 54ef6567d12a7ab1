'use client'
import type { PolicyLint } from '@drover/api-schema/policy-set.ts'
import { CircleAlert, CircleCheck, CircleHelp, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { Fragment, type ReactNode } from 'react'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { useFleet } from '../../client/queries.ts'
import { classNames } from '../../lib/class-names.ts'
import { formatDuration } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { lintText } from '../../lib/text/policy-editor.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { FixBody } from './fix-dialog.tsx'
import { ruleSentence } from './rule-sentence.ts'
import type { Lint } from './use-lint.ts'

const mostNames = 8
const mostViolations = 5

/** Beside the form: what the rule would mean in the fleet as it is. */
export function LintPanel({ lint }: { lint: Lint }) {
  const { draft, found, isCurrent, trouble } = lint
  const isLooking = draft !== null && !isCurrent && trouble === null
  return (
    <section aria-label={lintText.title} aria-busy={isLooking} className="text-sm">
      <h2 className="text-base">{lintText.title}</h2>
      <p role="status" className="sr-only">
        {isLooking ? lintText.looking : ''}
      </p>
      {draft === null ? (
        <p className="pt-2 text-n10">{lintText.waiting}</p>
      ) : (
        <>
          <Part title={lintText.says}>
            <p className="text-n12 [overflow-wrap:anywhere]">{ruleSentence(draft)}</p>
          </Part>
          {trouble !== null ? (
            <Part title={lintText.failed}>
              <p className="text-n11">{trouble.message}</p>
            </Part>
          ) : found === undefined ? (
            <PanelSkeleton />
          ) : (
            <div className={classNames('transition-opacity', !isCurrent && 'opacity-60')}>
              <Found found={found} />
            </div>
          )}
        </>
      )}
    </section>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="border-b py-2.5 last:border-b-0">
      <h3 className="caption pb-0.5">{title}</h3>
      {children}
    </div>
  )
}

function PanelSkeleton() {
  return (
    <div className="flex flex-col gap-3 pt-3">
      <Skeleton className="h-3 w-24" />
      <Skeleton className="h-3 w-full" />
      <Skeleton className="h-3 w-40" />
    </div>
  )
}

function Found({ found }: { found: PolicyLint }) {
  const fleet = useFleet()
  const { violations, violationCount, fix, conflicts, satisfiability, tookMs } = found
  return (
    <>
      <Part title={lintText.matches}>
        <MatchedNames found={found} fleet={fleet} />
      </Part>
      <Part title={lintText.holds}>
        {violationCount === 0 ? (
          <Verdict tone="ok">{lintText.holdsAll}</Verdict>
        ) : (
          <>
            <Verdict tone="warning">{lintText.notHeld(violationCount)}</Verdict>
            <ul className="mt-1 flex flex-col gap-1 text-n10 text-xs">
              {violations.slice(0, mostViolations).map(({ violationKey, sentence }) => (
                <li key={violationKey} className="[overflow-wrap:anywhere]">
                  {sentence}
                </li>
              ))}
              {violationCount > mostViolations && (
                <li>{lintText.more(violationCount - mostViolations)}</li>
              )}
            </ul>
          </>
        )}
      </Part>
      {fix.outcome !== 'holds' && (
        <Part title={lintText.fix}>
          <FixBody fix={fix} fleet={fleet} />
        </Part>
      )}
      {conflicts.length > 0 && (
        <Part title={lintText.conflicts}>
          <ul className="flex flex-col gap-1.5">
            {conflicts.map((conflict) => (
              <li key={conflict.ruleIds.join()}>
                <Verdict tone="critical">{conflict.sentence}</Verdict>
                <p className="pl-5 text-xs">
                  {conflict.ruleIds.map((ruleId, index) => (
                    <Fragment key={ruleId}>
                      {index > 0 && ', '}
                      <Link href={paths.policy(ruleId)} className="underline hover:text-accent">
                        {conflict.ruleNames[index]}
                      </Link>
                    </Fragment>
                  ))}
                </p>
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Part title={lintText.satisfiability}>
        <Verdict tone={verdictTone[satisfiability.verdict]}>{satisfiability.sentence}</Verdict>
        <p className="pt-1 text-n10 text-xs">{lintText.took(formatDuration(tookMs))}</p>
      </Part>
    </>
  )
}

const verdictTone = {
  satisfiable: 'ok',
  unsatisfiable: 'critical',
  blocked: 'warning',
  undecided: 'unknown',
} as const satisfies Record<PolicyLint['satisfiability']['verdict'], VerdictTone>

type VerdictTone = 'ok' | 'warning' | 'critical' | 'unknown'
const verdictLook: Record<
  VerdictTone,
  { readonly icon: typeof CircleCheck; readonly ink: string }
> = {
  ok: { icon: CircleCheck, ink: 'text-ok' },
  warning: { icon: TriangleAlert, ink: 'text-warn' },
  critical: { icon: CircleAlert, ink: 'text-crit' },
  unknown: { icon: CircleHelp, ink: 'text-n10' },
}

function Verdict({ tone, children }: { tone: VerdictTone; children: ReactNode }) {
  const { icon: Icon, ink } = verdictLook[tone]
  return (
    <p className="flex gap-1.5 text-n12">
      <Icon aria-hidden size={14} className={classNames('mt-0.5 shrink-0', ink)} />
      <span className="min-w-0 [overflow-wrap:anywhere]">{children}</span>
    </p>
  )
}

function MatchedNames({ found, fleet }: { found: PolicyLint; fleet: FleetIndex | undefined }) {
  const { matchedDomainIds, matchedHostIds } = found
  const counts = [
    matchedDomainIds.length > 0 && lintText.domains(matchedDomainIds.length),
    matchedHostIds.length > 0 && lintText.hosts(matchedHostIds.length),
  ].filter((count) => count !== false)
  if (counts.length === 0) return <Verdict tone="warning">{lintText.nothing}</Verdict>
  return (
    <>
      <p className="text-n12">{counts.join(lintText.and)}</p>
      <Names names={matchedDomainIds.map((id) => fleet?.domains.get(id)?.name)} />
      <Names names={matchedHostIds.map((id) => fleet?.hosts.get(id)?.name)} />
    </>
  )
}

function Names({ names }: { names: readonly (string | undefined)[] }) {
  const known = names.filter((name) => name !== undefined)
  if (known.length === 0) return null
  const shown = known.slice(0, mostNames).join(', ')
  return (
    <p className="text-n10 text-xs [overflow-wrap:anywhere]">
      {known.length > mostNames ? `${shown} ${lintText.more(known.length - mostNames)}` : shown}
    </p>
  )
}
