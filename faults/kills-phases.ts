/**
 * Brings a migration into a phase and keeps it there until somebody was killed. Nothing is timed: each phase is waited for in
 * the console's own words, and held by what holds it in life too.
 *
 * - `queued`: two slow copies hold the two places their host has. Where all phases are held at once, one and those of the
 *   other phases hold the five places there are in all.
 * - `preparing`: the source is stopped (SIGSTOP), so the order to start is on the way to it and not heard.
 * - `pre-copy`: a large memory on a slow network; the copy takes many times as long as a look at the console.
 * - `stop-and-copy`: the guest writes all its memory faster than the network carries it and accepts a longer pause, which
 *   then takes as long as the first round.
 *   Where several are held for one kill, the source is stopped in these two as well, and its disk says that it has not gone on.
 * - `post-copy`: a copy that is switched over at its first pages, on a network that carries the rest in some seconds.
 * - `activating`: the destination has activated, its answer to the source gets lost (the fault that the domain's name switches
 *   on), and its line to the console is silent: only that can tell the source.
 *
 * What cannot be hit from outside is the moment between two frames: a source that has committed and a destination that has not
 * yet read `activate`. The simulated schedules beside this file kill there.
 */

import type { Migration, MigrationProfile } from '@drover/api-schema/migration.ts'
import type { HostConfigInput } from '../apps/agent/src/host-config.ts'
import { smallDomain } from '../e2e/harness/small-hosts.ts'
import { waitUntil } from '../e2e/harness/wait-until.ts'
import type { Host, KillFleet, Pair } from './kills-fleet.ts'
import { readHost } from './kills-journal.ts'

export const phases = ['queued', 'preparing', 'pre-copy', 'stop-and-copy', 'activating'] as const
/** In which agents are killed one by one; a console has no part in the last one but to say where the destination is. */
export const agentPhases = [...phases, 'post-copy'] as const
export type Phase = (typeof agentPhases)[number]

export const PATIENCE_MS = 90_000

export type Held = {
  readonly phase: Phase
  readonly domainName: string
  readonly migrationId: string
  /** The others that were started to hold it, each with its domain's name. */
  readonly others: readonly Migration[]
  /** Lets go what was held. */
  readonly release: () => Promise<void>
}

export type Stage = {
  readonly phase: Phase
  /** Of both hosts; the last domain is the one that is looked at. */
  readonly config: Partial<HostConfigInput>
  /** Open migrations at once. */
  readonly places: number
  /** One of several that are held for one kill. */
  readonly isFrozen: boolean
}

const calm = { cpu: 0.2, hotMib: 1, hotMibPerSec: 0.5, coldMib: 2, coldMibPerSec: 0.2 }

/** The hosts and domains that a phase needs. At 100 Mbit/s a second carries some 12 MiB. */
export function stageFor(phase: Phase, name: string, { isFrozen = false } = {}): Stage {
  const domain = (memMib: number, prefix = '') =>
    smallDomain(`${prefix}${name}`, { memMib, workload: calm })
  const stage = (...domains: ReturnType<typeof domain>[]): Stage => ({
    phase,
    config: { domains, nicMbit: 100 },
    places: domains.length,
    isFrozen,
  })
  switch (phase) {
    case 'queued':
      return isFrozen
        ? stage(domain(64, 'sentinel-slow-link-a-'), domain(16))
        : stage(
            domain(64, 'sentinel-slow-link-a-'),
            domain(64, 'sentinel-slow-link-b-'),
            domain(16),
          )
    case 'preparing':
      return stage(domain(16))
    case 'pre-copy':
      return stage(domain(isFrozen ? 64 : 256))
    case 'stop-and-copy': {
      const workload = {
        shape: 'memory-writer' as const,
        cpu: 0.3,
        regionMib: 30,
        writeMibPerSec: 300,
      }
      const domains = [smallDomain(name, { memMib: 32, workload })]
      return { phase, config: { domains, nicMbit: isFrozen ? 64 : 40 }, places: 1, isFrozen }
    }
    case 'activating':
      return stage(domain(40, 'sentinel-lost-answer-'))
    case 'post-copy':
      return stage(domain(64))
  }
}

const acceptsLongerPause: MigrationProfile = {
  kind: 'downtime-target',
  downtimeLimitMs: 300,
  lastResort: { kind: 'longer-pause', downtimeLimitMs: 600_000 },
}

async function move({ api }: KillFleet, pair: Pair, domainName: string): Promise<Migration> {
  const domain = await api.domain(domainName)
  const host = await api.host(pair.destination.process.name)
  const { outcomes } = await api.call('createMigrations', {
    body: {
      moves: [{ domainId: domain.domainId, destinationHostId: host.hostId }],
      profile: acceptsLongerPause,
    },
  })
  const [outcome] = outcomes
  if (outcome?.outcome === 'accepted') return outcome.migration
  throw new Error(`${domainName} was refused: ${JSON.stringify(outcome)}`)
}

/** Starts the migrations of a stage and resolves when the last domain's is in the phase, which then stays so. */
export async function hold(fleet: KillFleet, pair: Pair, stage: Stage): Promise<Held> {
  const { phase, isFrozen } = stage
  const names = (stage.config.domains ?? []).map(({ name }) => name)
  const domainName = names.at(-1) ?? ''
  const { source, destination, destinationLink } = pair
  const reached = (migrationId: string, wanted: Phase) =>
    fleet.api.waitForPhase(migrationId, [wanted], PATIENCE_MS)
  await waitUntil(
    'the console knows the hosts and the domains',
    async () => {
      const { domains, hosts } = await fleet.api.fleet()
      const known = [...domains, ...hosts].map((one) => one.name)
      return [...names, destination.process.name].every((name) => known.includes(name))
    },
    PATIENCE_MS,
  )
  const others: Migration[] = []
  for (const name of names.slice(0, -1)) others.push(await move(fleet, pair, name))
  for (const { migrationId } of others) await reached(migrationId, 'pre-copy')
  if (phase === 'preparing') source.process.freeze()
  const { migrationId } = await move(fleet, pair, domainName)
  const held = { phase, domainName, migrationId, others }
  switch (phase) {
    case 'queued':
      await reached(migrationId, phase)
      return { ...held, release: () => cancel(fleet, others) }
    case 'preparing':
      await untilWritten(destination, migrationId, ['reserved'])
      await reached(migrationId, phase)
      return { ...held, release: async () => source.process.resume() }
    case 'pre-copy':
    case 'stop-and-copy':
      await reached(migrationId, phase)
      if (!isFrozen) return { ...held, release: async () => {} }
      source.process.freeze()
      await untilWritten(source, migrationId, [phase === 'pre-copy' ? 'copying' : 'paused'])
      return { ...held, release: async () => source.process.resume() }
    case 'post-copy':
      await reached(migrationId, 'pre-copy')
      await fleet.api.call('steerMigration', {
        params: { migrationId },
        body: { bandwidthBytesPerSec: null, pausesNext: false, goesPostCopy: true },
      })
      await reached(migrationId, phase)
      await untilWritten(source, migrationId, ['serving'])
      return { ...held, release: async () => {} }
    case 'activating':
      // The source has been told to start, so the destination has said what it had to say before the end.
      await untilWritten(source, migrationId, ['connecting', 'copying'])
      destinationLink.fallSilent()
      await untilWritten(source, migrationId, ['committed'])
      await untilWritten(destination, migrationId, ['activated'])
      await reached(migrationId, phase)
      return { ...held, release: async () => destinationLink.speak() }
  }
}

/** Resolves when the host has one of these on its disk. */
export function untilWritten(host: Host, migrationId: string, statuses: readonly string[]) {
  return waitUntil(
    `${host.process.name} has written ${statuses.join(' or ')}`,
    () => statuses.includes(readHost(host).statusOf(migrationId) ?? ''),
    PATIENCE_MS,
  )
}

/** Those that a kill has ended already stay so. */
async function cancel({ api }: KillFleet, migrations: readonly Migration[]): Promise<void> {
  for (const { migrationId } of migrations)
    await api.fetch('cancelMigration', { params: { migrationId } })
}
