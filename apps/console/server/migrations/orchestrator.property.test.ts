import { isEnded } from '@drover/api-schema/migration.ts'
import { migrationPriorities, type RetryPolicy } from '@drover/api-schema/migration-terms.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isSettled } from './record.ts'
import { ModelFleet } from './testing/model-fleet.ts'
import { settled } from './testing/virtual-clock.ts'

/** The whole driver, with its queue and its store, against the model agents: fewer schedules, more parts. */
const runs = 250
const seed = 20_261_122

const retries: readonly RetryPolicy[] = [
  { kind: 'none' },
  { kind: 'same-host', attempts: 2 },
  { kind: 'next-best-host', attempts: 2 },
]

type Happening = (fleet: ModelFleet, pick: number) => Promise<void> | void

const pairOf = (fleet: ModelFleet, pick: number) =>
  [...fleet.pairs.values()][pick % Math.max(1, fleet.pairs.size)]

const happenings: Record<string, Happening> = {
  'the streams go on': (fleet) => void fleet.stepStreams(),
  'the streams go on a lot': (fleet, pick) => {
    for (let count = 0; count < pick % 8; count += 1) fleet.stepStreams()
  },
  'a move is asked for': async (fleet, pick) => {
    const domain = [...fleet.domains.values()][pick % fleet.domains.size]
    if (domain !== undefined)
      await fleet.request([fleet.move(domain, 2 + (pick % 2))], {
        priority: migrationPriorities[pick % 3],
        retry: retries[pick % retries.length],
        bandwidthBytesPerSec: pick % 5 === 0 ? 1_000_000 : null,
      })
  },
  'a priority is changed': async (fleet, pick) => {
    const open = fleet.orchestrator.listOpen()
    const one = open[pick % Math.max(1, open.length)]
    const priority = migrationPriorities[pick % 3] ?? 'low'
    if (one !== undefined) await fleet.orchestrator.setPriority(one.migrationId, priority, 'Ada')
  },
  'a host is limited': (fleet, pick) =>
    fleet.limitHost(1 + (pick % 3), pick % 2 === 0 ? null : 2_000_000),
  'the limits are changed': (fleet, pick) => {
    const limits = { ...fleet.settings.limits, total: 1 + (pick % 4) }
    fleet.settings = { ...fleet.settings, limits }
    fleet.orchestrator.settingsChanged()
  },
  'an administrator cancels': async (fleet, pick) => {
    const open = fleet.orchestrator.listOpen()
    const one = open[pick % Math.max(1, open.length)]
    if (one !== undefined) await fleet.orchestrator.cancel(one.migrationId, 'Ada')
  },
  'a host is cut off': (fleet, pick) => fleet.cutOff(1 + (pick % 3)),
  'a host connects': (fleet, pick) => fleet.connect(1 + (pick % 3)),
  'the database goes': (fleet) => {
    fleet.store.isUp = false
  },
  'the database comes back': (fleet) => {
    fleet.store.isUp = true
  },
  'time passes': (fleet, pick) => fleet.clock.advance([500, 5_000, 40_000][pick % 3] ?? 0),
  'a source agent is restarted': (fleet, pick) => pairOf(fleet, pick)?.source.restart(),
  'a destination agent is restarted': (fleet, pick) => pairOf(fleet, pick)?.destination.restart(),
  'a stream is cut': (fleet, pick) => {
    const pair = pairOf(fleet, pick)
    pair?.up.splice(0)
    pair?.down.splice(0)
    pair?.source.fail('peer-lost')
    if (pick % 3 > 0) pair?.destination.abort('peer-lost')
  },
  'the console is restarted': async (fleet) => {
    // Without a database it would not start.
    if (fleet.store.isUp) await fleet.restartConsole()
  },
}

async function recover(fleet: ModelFleet): Promise<void> {
  fleet.store.isUp = true
  for (const number of [1, 2, 3]) fleet.connect(number)
  for (let round = 0; round < 12; round += 1) {
    await fleet.run()
    if (round === 6) cutSilentStreams(fleet)
    await fleet.clock.advance(60_000)
    await fleet.run()
  }
}

/** A stream that has said nothing for so long counts as lost at both ends. */
function cutSilentStreams(fleet: ModelFleet): void {
  for (const { source, destination } of fleet.pairs.values()) {
    source.fail('peer-lost')
    if (source.status?.status !== 'committed') destination.abort('peer-lost')
  }
}

const happening = fc.record({
  name: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('the streams go on', 'the streams go on a lot') },
    { weight: 8, arbitrary: fc.constantFrom(...Object.keys(happenings)) },
  ),
  pick: fc.nat({ max: 99 }),
})

it('ends and tidies up every accepted migration, and never runs two copies', {
  timeout: 60_000,
}, async () => {
  const memory = fc.constantFrom('remembers' as const, 'forgets' as const)
  await fc.assert(
    fc.asyncProperty(
      fc.record({ source: memory, destination: memory }),
      fc.array(happening, { minLength: 5, maxLength: 40, size: 'max' }),
      async (agents, schedule) => {
        const fleet = new ModelFleet()
        fleet.memory = agents
        for (const number of [1, 2, 3]) fleet.addDomain(number)
        await fleet.start(fleet.addDomain(4))
        for (const { name, pick } of schedule) {
          await happenings[name]?.(fleet, pick)
          await settled()
          fleet.mustKeepPromises()
        }
        await recover(fleet)
        fleet.mustKeepPromises()
        mustBeAtRest(fleet)
        await fleet.orchestrator.stop()
      },
    ),
    { seed, numRuns: runs },
  )
})

function mustBeAtRest(fleet: ModelFleet): void {
  expect(fleet.orchestrator.listOpen()).toEqual([])
  for (const row of fleet.store.rows.values()) {
    expect(isSettled(row)).toBe(true)
    const { retriedBy, migrationId, retry, attempt } = row.migration
    if (retriedBy !== null) expect(fleet.migration(retriedBy).retryOf).toBe(migrationId)
    expect(attempt).toBeLessThanOrEqual(retry.kind === 'none' ? 1 : retry.attempts + 1)
  }
  for (const [id, { source, destination }] of fleet.pairs) {
    const { state } = fleet.migration(id)
    expect(isEnded(state), state.phase).toBe(true)
    expect(state.phase === 'completed').toBe(destination.guest === 'running')
    expect(source.guest).toBe(destination.guest === 'running' ? 'gone' : 'running')
    expect(destination.guest).not.toBe('copy')
  }
  for (const domain of fleet.domains.values()) expect(domain.migrationId).toBeNull()
  expect(fleet.clock.waiting).toBe(0)
}
