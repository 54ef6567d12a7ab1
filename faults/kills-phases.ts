/**
 * Brings a migration into a phase and keeps it there until somebody was killed. Nothing is timed: each phase is waited for in
 * the console's own words, and held by what holds it in life too.
 *
 * - `queued`: two slow copies hold the two places their host has.
 * - `preparing`: the source is stopped (SIGSTOP), so the order to start is on the way to it and not heard.
 * - `pre-copy`: a large memory on a slow network; the copy takes many times as long as a look at the console.
 * - `stop-and-copy`: the guest writes all its memory faster than the network carries it and accepts a longer pause, which
 *   then takes as long as the first round.
 * - `activating`: the destination has activated, its answer to the source gets lost (the fault that the domain's name switches
 *   on), and its line to the console is silent: only that can tell the source.
 *
 * What cannot be hit from outside is the moment between two frames: a source that has committed and a destination that has not
 * yet read `activate`. The simulated schedules beside this file kill there.
 */
import type { HostConfigInput } from '../apps/agent/src/host-config.ts'
import type { Migration, MigrationProfile } from '@drover/api-schema/migration.ts'
import { smallDomain } from '../e2e/harness/small-hosts.ts'
import { waitUntil } from '../e2e/harness/wait-until.ts'
import { readHost } from './kills-journal.ts'
import type { KillFleet, Pair } from './kills-fleet.ts'

export const phases = ['queued', 'preparing', 'pre-copy', 'stop-and-copy', 'activating'] as const
export type Phase = (typeof phases)[number]

export const PATIENCE_MS = 90_000

/** `brief`: the copy has to end although nobody stops it; otherwise it is given all the time. */
export type Length = 'brief' | 'long'

export type Held = {
  readonly phase: Phase
  readonly domainName: string
  readonly migrationId: string
  /** The others that were started to hold it, each with its domain's name. */
  readonly others: readonly Migration[]
  /** Lets go what was held. */
  readonly release: () => Promise<void>
}

type Stage = {
  readonly domains: NonNullable<HostConfigInput['domains']>
  /** Open migrations at once. */
  readonly places: number
  readonly host?: Partial<HostConfigInput>
}

const calm = { cpu: 0.2, hotMib: 1, hotMibPerSec: 0.5, coldMib: 2, coldMibPerSec: 0.2 }

/** The hosts and domains that a phase needs. At 100 Mbit/s a second carries some 12 MiB. */
export function stageFor(phase: Phase, name: string, length: Length): Stage {
  const domain = (memMib: number, prefix = '') =>
    smallDomain(`${prefix}${name}`, { memMib, workload: calm })
  switch (phase) {
    case 'queued':
      return {
        domains: [
          domain(64, 'sentinel-slow-link-a-'),
          domain(64, 'sentinel-slow-link-b-'),
          domain(16),
        ],
        places: 3,
      }
    case 'preparing':
      return { domains: [domain(16)], places: 1 }
    case 'pre-copy':
      return { domains: [domain(length === 'long' ? 256 : 80)], places: 1 }
    case 'stop-and-copy': {
      const workload = {
        shape: 'memory-writer' as const,
        cpu: 0.3,
        regionMib: 30,
        writeMibPerSec: 300,
      }
      return {
        domains: [smallDomain(name, { memMib: 32, workload })],
        places: 1,
        host: { nicMbit: 64 },
      }
    }
    case 'activating':
      return { domains: [domain(16, 'sentinel-lost-answer-')], places: 1 }
  }
}

const acceptsLongerPause: MigrationProfile = {
  kind: 'downtime-target',
  downtimeLimitMs: 300,
  lastResort: { kind: 'longer-pause', downtimeLimitMs: 600_000 },
}

async function move(fleet: KillFleet, pair: Pair, domainName: string): Promise<Migration> {
  const { api } = fleet
  const domain = await waitUntil('the console knows the domain', async () =>
    (await api.fleet()).domains.find(({ name }) => name === domainName),
  )
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
export async function hold(
  fleet: KillFleet,
  pair: Pair,
  { phase, stage }: { phase: Phase; stage: Stage },
): Promise<Held> {
  const names = stage.domains.map(({ name }) => name)
  const domainName = names.at(-1) ?? ''
  const { source, destination, destinationLink } = pair
  const reached = (migrationId: string, wanted: Phase) =>
    fleet.api.waitForPhase(migrationId, [wanted], PATIENCE_MS)
  const isRecorded = (host: Pair['source'], migrationId: string, status: string) =>
    waitUntil(
      `${host.process.name} has written ${status}`,
      () => readHost(host).statusOf(migrationId) === status,
      PATIENCE_MS,
    )
  const others: Migration[] = []
  for (const name of names.slice(0, -1)) others.push(await move(fleet, pair, name))
  for (const { migrationId } of others) await reached(migrationId, 'pre-copy')
  if (phase === 'preparing') source.process.freeze()
  const { migrationId } = await move(fleet, pair, domainName)
  let release = async () => {}
  if (phase === 'preparing') {
    await isRecorded(destination, migrationId, 'reserved')
    release = async () => source.process.resume()
  }
  if (phase === 'activating') {
    // The copy has begun, so both have said what they had to say before the end.
    await reached(migrationId, 'pre-copy')
    destinationLink.fallSilent()
    await isRecorded(source, migrationId, 'committed')
    await isRecorded(destination, migrationId, 'activated')
    release = async () => destinationLink.speak()
  }
  if (phase === 'queued') {
    release = async () => {
      for (const other of others)
        await fleet.api.fetch('cancelMigration', { params: { migrationId: other.migrationId } })
    }
  }
  await reached(migrationId, phase)
  return { phase, domainName, migrationId, others, release }
}
