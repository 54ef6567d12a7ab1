/** What must be true after a fault, whatever it was: seen from the console and from both hosts' disks. */
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { expect } from 'vitest'
import { waitUntil } from '../e2e/harness/wait-until.ts'
import type { KillFleet, Pair } from './kills-fleet.ts'
import { type Copy, type HostOnDisk, readHost } from './kills-journal.ts'
import { PATIENCE_MS } from './kills-phases.ts'

/** Before its migration, on its source. */
export function copyBefore(pair: Pair, domainName: string): Copy {
  const copy = readHost(pair.source).copies.find(({ name }) => name === domainName)
  if (!copy?.isExecuting) throw new Error(`${domainName} does not run`)
  return copy
}

/** Nothing more will be done or said about it: both hosts have written an end, or have nothing to end. */
function isSettledAt(host: HostOnDisk, migrationId: string): boolean {
  const status = host.statusOf(migrationId)
  return status === null || ['completed', 'failed', 'activated', 'aborted', 'lost'].includes(status)
}

/** Resolves when the migration has ended and the console and both hosts have come to the same. */
export async function settled(
  fleet: KillFleet,
  pair: Pair,
  migrationId: string,
): Promise<Migration> {
  const { api } = fleet
  const ended = await waitUntil(
    'the migration ends',
    async () => {
      const migration = await api.migration(migrationId)
      return isEnded(migration.state) ? migration : null
    },
    PATIENCE_MS,
  )
  const { phase } = ended.state
  const hostId = phase === 'completed' ? ended.destinationHostId : ended.sourceHostId
  await waitUntil(
    `both hosts have ended it and the console shows ${ended.domainName} there`,
    async () => {
      const { domains, hosts } = await api.fleet()
      const copies = domains.filter(({ domainId }) => domainId === ended.domainId)
      const both = hosts.filter(({ hostId: id }) =>
        [ended.sourceHostId, ended.destinationHostId].includes(id),
      )
      return (
        [pair.source, pair.destination].every((host) => isSettledAt(readHost(host), migrationId)) &&
        both.every(({ connection }) => connection.status === 'online') &&
        copies.length === 1 &&
        copies[0]?.hostId === hostId &&
        copies[0].migrationId === null &&
        copies[0].state.status === 'running'
      )
    },
    PATIENCE_MS,
  )
  // One that has ended by the destination's word has the source's figures when that was heard.
  const report = readHost(pair.source).reportOf(migrationId)
  return waitUntil(
    'the console has the figures of the source',
    async () => {
      const migration = await api.migration(migrationId)
      const { state } = migration
      const isWhole =
        state.phase !== 'completed' ||
        (report?.role === 'source' &&
          report.state.status === 'completed' &&
          report.state.totalMs === state.totalMs)
      return isWhole ? migration : null
    },
    PATIENCE_MS,
  )
}

/** In order, so that what they leave on the disk is the last word. */
export async function stopHosts({ source, destination }: Pair): Promise<void> {
  await Promise.all([source.process.stop(), destination.process.stop()])
}

/** The promises; the hosts have stopped. */
export async function expectPromisesKept(
  fleet: KillFleet,
  pair: Pair,
  { migration, before }: { migration: Migration; before: Copy },
): Promise<void> {
  const { migrationId, domainId, domainName, state } = migration
  const [source, destination] = [readHost(pair.source), readHost(pair.destination)]
  const at = (host: HostOnDisk) => host.copies.filter(({ name }) => name === domainName)
  const isCompleted = state.phase === 'completed'
  const [there, elsewhere] = isCompleted ? [destination, source] : [source, destination]

  // Never two, never none: one copy in all, arriving and suspended ones included, and it runs.
  expect(at(elsewhere), `${domainName} on the other host`).toEqual([])
  expect(at(there), `${domainName} on its host`).toEqual([
    expect.objectContaining({ isExecuting: true, isMigrating: false }),
  ])

  // The console says the same of it.
  const shown = (await fleet.api.fleet()).domains.filter((domain) => domain.domainId === domainId)
  expect(shown).toEqual([
    expect.objectContaining({
      hostId: isCompleted ? migration.destinationHostId : migration.sourceHostId,
      domid: at(there)[0]?.domid,
      generation: at(there)[0]?.generation,
    }),
  ])

  // Never silent: it is in the list, as it ended.
  const { migrations } = await fleet.api.call('listMigrations')
  const listed = migrations.find((one) => one.migrationId === migrationId)
  expect(listed?.state.phase, `${domainName} in the list`).toBe(state.phase)

  const reports = [source.reportOf(migrationId), destination.reportOf(migrationId)]
  if (state.phase === 'completed') {
    // Never stale: what ran there is what was paused here, by both sides' own record.
    expect(state.digest).toMatch(/^[0-9a-f]{8,}$/)
    expect(reports).toEqual([
      expect.objectContaining({
        role: 'source',
        state: expect.objectContaining({ status: 'completed', digest: state.digest }),
      }),
      expect.objectContaining({
        role: 'destination',
        state: expect.objectContaining({ status: 'activated', digest: state.digest }),
      }),
    ])
    expect(at(there)[0]?.generation).toBe(migration.generation)
  } else {
    expect(state.phase).toBe(migration.cancelRequestedBy === null ? 'failed' : 'cancelled')
    if (state.phase === 'failed') expect(state.refusal.message).toMatch(/\w{3}.*\.$/)
    expect(reports.map((report) => report?.role !== 'none' && report?.state.status)).not.toContain(
      'activated',
    )
    // The very guest that ran before: not started anew, and of the same ownership.
    const { domid, startedAtMs, generation } = before
    expect(at(there)[0]).toMatchObject({ domid, startedAtMs, generation })
  }
}

/** Nobody has claimed a domain that another has. */
export async function expectNoAlarm(fleet: KillFleet): Promise<void> {
  const { entries } = await fleet.api.call('listAudit')
  expect(entries.filter(({ action }) => action.endsWith('-alarm'))).toEqual([])
}

export function describeEnd({ state }: Migration): string {
  switch (state.phase) {
    case 'completed':
      return `completed, digest ${state.digest}`
    case 'failed':
      return `failed in ${state.failedIn}: ${state.refusal.message}`
    default:
      return state.phase
  }
}
