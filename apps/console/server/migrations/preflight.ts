import { refusePostCopy } from '@drover/api-schema/capabilities.ts'
import { type Domain, type DomainFacts, factsOf } from '@drover/api-schema/domain.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { HostId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration, type MigrationProfile } from '@drover/api-schema/migration.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { noRules, type RuleJudgement } from '@drover/optimizer/rules/judgement.ts'
import type { Reason } from '@drover/optimizer/rules/reason.ts'
import { memoryToPlace, type Promised, verdictFor } from '@drover/optimizer/verdict.ts'
import type { StoredMigration } from './record.ts'

/** The fleet as it is now: what a preflight is judged on. */
export type FleetView = {
  host(hostId: HostId): Host | null
  domain(domainId: Domain['domainId']): Domain | null
}

/** What a migration still to be prepared will take on its destination. */
export function promiseOf(domain: Domain): Promised {
  return { memBytes: memoryToPlace(domain), vcpuCount: domain.vcpuCount }
}

export function addPromises(a: Promised, b: Promised): Promised {
  return { memBytes: a.memBytes + b.memBytes, vcpuCount: a.vcpuCount + b.vcpuCount }
}

/**
 * Memory and vCPUs promised on a host to open migrations that the host does not count yet: once the destination
 * has reserved, its own free memory says so. `unless` leaves out what comes later than the one being judged.
 */
export function promisedOn(
  hostId: HostId,
  open: Iterable<StoredMigration>,
  view: FleetView,
): Promised {
  let sum: Promised = { memBytes: 0, vcpuCount: 0 }
  for (const { migration, coordination } of open) {
    if (migration.destinationHostId !== hostId || isEnded(migration.state)) continue
    if (coordination.destination !== null) continue
    const domain = view.domain(migration.domainId)
    sum = addPromises(sum, {
      memBytes: domain === null ? migration.memBytes : memoryToPlace(domain),
      vcpuCount: domain?.vcpuCount ?? 0,
    })
  }
  return sum
}

export type Preflight = {
  readonly domain: Domain
  readonly source: Host
  readonly destination: Host
  /** What speaks against it and does not forbid it. */
  readonly warnings: readonly Reason[]
}

/** May this domain migrate there now; if not, every reason. `rules`: what they say of it (rules.ts). */
export function judgeMove(
  move: { readonly domainId: Domain['domainId']; readonly destinationHostId: HostId },
  view: FleetView,
  promised: Promised,
  rules: RuleJudgement = noRules,
): Result<Preflight, Refusal[]> {
  const domain = view.domain(move.domainId)
  if (domain === null) return err([refusal('domain-not-found')])
  const destination = view.host(move.destinationHostId)
  const source = view.host(domain.hostId)
  if (destination === null || source === null) return err([refusal('host-not-found')])
  const verdict = verdictFor(domain, source, destination, promised, rules)
  if (verdict.kind === 'refused') return err(verdict.refusals.map(asRefusal))
  return ok({ domain, source, destination, warnings: verdict.warnings })
}

/** Without what only ranks need. */
export function asRefusal({ code, message, ruleId }: Reason): Refusal {
  return { code, message, ...(ruleId === undefined ? {} : { ruleId }) }
}

/** Null when both hosts can do all that the profile may come to. */
export function refuseProfile(
  profile: MigrationProfile,
  { source, destination }: Pick<Preflight, 'source' | 'destination'>,
): Refusal | null {
  const mayGoPostCopy =
    profile.kind === 'downtime-target' && profile.lastResort.kind === 'post-copy'
  return mayGoPostCopy ? refusePostCopy(source, destination) : null
}

/** The same again when the queue lets the migration go; its own mark on the domain is no obstacle. */
export function judgeAgain(
  migration: Migration,
  view: FleetView,
  promised: Promised,
  rules: RuleJudgement = noRules,
): Result<DomainFacts, Refusal> {
  const domain = view.domain(migration.domainId)
  if (domain !== null && domain.hostId !== migration.sourceHostId) {
    return err(
      refusal(
        'wrong-state',
        `${migration.domainName} is not on ${migration.sourceHostName} any more.`,
      ),
    )
  }
  const unmarked: FleetView = {
    host: (hostId) => view.host(hostId),
    domain: () =>
      domain?.migrationId === migration.migrationId ? { ...domain, migrationId: null } : domain,
  }
  const judged = judgeMove(migration, unmarked, promised, rules)
  if (judged.ok) {
    const refused = refuseProfile(migration.profile, judged.value)
    return refused === null ? ok(factsOf(judged.value.domain)) : err(refused)
  }
  const [first = refusal('wrong-state'), ...others] = judged.error
  const message = [first, ...others].map(({ message }) => message).join(' ')
  return err({ ...first, message: message.slice(0, 1000) })
}
