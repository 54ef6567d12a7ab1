import { createHash } from 'node:crypto'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { type HostId, type MigrationId, migrationIdSchema } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import type { RuleJudgement } from '@drover/optimizer/rules/judgement.ts'
import { memoryToPlace, type Promised, verdictFor } from '@drover/optimizer/verdict.ts'
import { type Known, predictFor } from './predict.ts'
import { freshCoordination, type StoredMigration } from './record.ts'
import { retryPauseMs } from './retry-policy.ts'

/** The same for the same failed migration, so that a console that died half-way finds what it had made. */
export function successorIdOf(migrationId: MigrationId): MigrationId {
  const hash = createHash('sha256').update(`retry of ${migrationId}`).digest('hex')
  // The shape of a UUID of version 8, which is for what others have computed.
  const variant = ((Number.parseInt(hash.slice(16, 17), 16) % 4) + 8).toString(16)
  return migrationIdSchema.parse(
    `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`,
  )
}

/** Why nobody should try it again, in a sentence; null when it may be. */
export function whyNotAgain(
  failed: Migration,
  domain: Domain | null,
  isTaken: boolean,
): string | null {
  const { domainName, sourceHostName, sourceHostId, generation } = failed
  if (domain === null) return `${domainName} is not there any more.`
  if (isTaken) return `${domainName} is being migrated by somebody else meanwhile.`
  if (domain.hostId !== sourceHostId || domain.generation >= generation)
    return `${domainName} is not on ${sourceHostName} any more.`
  return null
}

export type Choice = {
  readonly hosts: Iterable<Host>
  /** Those that this chain of tries has failed on. */
  readonly triedHostIds: readonly HostId[]
  promisedOn(hostId: HostId): Promised
  rulesOn(hostId: HostId): RuleJudgement
}

/**
 * The best host that has not failed it, in the order in which a host is emptied: fewest rules broken, fewest warnings, then
 * the one with the largest share of its memory left. When none is left, the best of those that have: what was in the way may have passed. Null when nobody can take it now.
 */
export function nextBestHost(domain: Domain, source: Host, choice: Choice): Host | null {
  const unmarked = { ...domain, migrationId: null }
  const able = [...choice.hosts].flatMap((host) => {
    const promised = choice.promisedOn(host.hostId)
    const rules = choice.rulesOn(host.hostId)
    const verdict = verdictFor(unmarked, source, host, promised, rules)
    if (verdict.kind === 'refused') return []
    const leftBytes = host.memFreeBytes - promised.memBytes - memoryToPlace(domain)
    return [
      {
        host,
        hasFailed: choice.triedHostIds.includes(host.hostId),
        required: verdict.warnings.filter(({ precedence }) => precedence === 'required').length,
        brokenWeight: rules.brokenWeight,
        warnings: verdict.warnings.length,
        leftRatio: leftBytes / host.memTotalBytes,
      },
    ]
  })
  able.sort(
    (a, b) =>
      Number(a.hasFailed) - Number(b.hasFailed) ||
      a.required - b.required ||
      a.brokenWeight - b.brokenWeight ||
      a.warnings - b.warnings ||
      b.leftRatio - a.leftRatio ||
      (a.host.name < b.host.name ? -1 : 1),
  )
  return able[0]?.host ?? null
}

/** The next try, as it enters the queue. */
export function successorOf(
  { migration: failed, coordination }: StoredMigration,
  domain: Domain,
  made: {
    source: Host | null
    destination: Host | null
    generation: number
    at: number
    triedHostIds: readonly HostId[]
  } & Known,
): StoredMigration {
  const { source, destination, at } = made
  const migration: Migration = {
    ...failed,
    migrationId: successorIdOf(failed.migrationId),
    destinationHostId: destination?.hostId ?? failed.destinationHostId,
    destinationHostName: destination?.name ?? failed.destinationHostName,
    generation: made.generation,
    memBytes: memoryToPlace(domain),
    predicted:
      source === null || destination === null
        ? null
        : predictFor({ domain, source, destination }, failed, made),
    requestedAt: at,
    attempt: failed.attempt + 1,
    retryOf: failed.migrationId,
    retriedBy: null,
    notBeforeAt: at + retryPauseMs(failed.attempt),
    state: { phase: 'queued' },
  }
  // What was asked of the last copy while it ran has ended with it.
  delete migration.steered
  const triedHostIds = [...new Set([...coordination.triedHostIds, ...made.triedHostIds])]
  return { migration, coordination: { ...freshCoordination, triedHostIds } }
}
