import fc from 'fast-check'
import { expect, it } from 'vitest'
import { duties } from './duties.ts'
import { ModelWorldRun, type Variant } from './testing/model-world.ts'

/**
 * 6,000 schedules: some calm steps, so that every phase is reached, then up to 80 arbitrary happenings, then a recovery.
 * A failure prints seed, path and the trail of events; `fc.assert(…, { seed, path })` replays it.
 */
const runs = 6000
const seed = 20_261_122

type Happening = {
  readonly weight: number
  readonly happen: (world: ModelWorldRun, pick: number) => void
}

function take<T>(list: T[], pick: number): T | undefined {
  return list.length === 0 ? undefined : list.splice(pick % list.length, 1)[0]
}

const happenings: Record<string, Happening> = {
  'a command arrives, perhaps out of order': {
    weight: 8,
    happen: (world, pick) => {
      const message = take(world.toAgents, pick % 4 === 0 ? pick : 0)
      if (message !== undefined) world.deliverToAgent(message)
    },
  },
  'something reaches the console, perhaps out of order': {
    weight: 10,
    happen: (world, pick) => {
      const message = take(world.toConsole, pick % 4 === 0 ? pick : 0)
      if (message !== undefined) world.deliverToConsole(message)
    },
  },
  'a command is doubled': {
    weight: 1,
    happen: (world, pick) => {
      const message = world.toAgents[pick % Math.max(1, world.toAgents.length)]
      if (message !== undefined) world.toAgents.push(message)
    },
  },
  'something for the console is doubled': {
    weight: 1,
    happen: (world, pick) => {
      const message = world.toConsole[pick % Math.max(1, world.toConsole.length)]
      if (message !== undefined) world.toConsole.push(message)
    },
  },
  'a command is lost': { weight: 1, happen: (world, pick) => void take(world.toAgents, pick) },
  'something for the console is lost': {
    weight: 1,
    happen: (world, pick) => void take(world.toConsole, pick),
  },
  'the stream carries a frame forward': {
    weight: 8,
    happen: (world) => {
      const frame = world.up.shift()
      if (frame !== undefined) world.destination.receive(frame)
    },
  },
  'the stream carries a frame back': {
    weight: 8,
    happen: (world) => {
      const frame = world.down.shift()
      if (frame !== undefined) world.source.receive(frame)
    },
  },
  'the stream is cut, frames and all': {
    weight: 1,
    happen: (world) => {
      world.up = []
      world.down = []
      world.isStreamLost = true
    },
  },
  'the source notices a lost stream': {
    weight: 1,
    happen: (world) => world.source.fail('peer-lost'),
  },
  'the destination notices a lost stream': {
    weight: 1,
    happen: (world) => world.destination.abort('peer-lost'),
  },
  'the last round ends': {
    weight: 6,
    happen: (world) => {
      if (world.source.canPause()) world.source.pause()
    },
  },
  'the guest shuts down': {
    weight: 0.2,
    happen: (world) => {
      if (world.source.canStopGuest()) world.source.stopGuest()
    },
  },
  'the source agent is restarted': { weight: 1, happen: (world) => world.source.restart() },
  'the destination agent is restarted': {
    weight: 1,
    happen: (world) => world.destination.restart(),
  },
  'the console is restarted': { weight: 1, happen: (world) => world.restartConsole() },
  'the database goes': {
    weight: 0.5,
    happen: (world) => {
      world.isDatabaseUp = false
    },
  },
  'the database comes back': {
    weight: 1,
    happen: (world) => {
      world.isDatabaseUp = true
      world.save()
      world.act(duties(world.record))
    },
  },
  'a host is cut off from the console': {
    weight: 1.5,
    happen: (world, pick) => {
      const role = pick % 2 === 0 ? 'source' : 'destination'
      world.feed({ type: 'host-disconnected', at: world.at, role })
    },
  },
  'a host connects': {
    weight: 3,
    happen: (world, pick) => {
      const role = pick % 2 === 0 ? 'source' : 'destination'
      const type = pick % 16 > 13 ? 'host-rebooted' : 'host-connected'
      world.feed({ type, at: world.at, role })
    },
  },
  'a while passes': {
    weight: 2,
    happen: (world, pick) => {
      world.at += [1_000, 10_000, 70_000][pick % 3] ?? 0
      world.feed({ type: 'nothing-heard', at: world.at })
    },
  },
  'an administrator cancels': {
    weight: 0.7,
    happen: (world) => world.feed({ type: 'cancel-requested', at: world.at, by: 'Ada' }),
  },
}

const happening = fc.oneof(
  ...Object.keys(happenings).map((name) => ({
    weight: Math.round((happenings[name]?.weight ?? 0) * 10),
    arbitrary: fc.record({ name: fc.constant(name), pick: fc.nat({ max: 99 }) }),
  })),
)
/** A whole migration takes some 30 of them. */
const calmSteps = fc.integer({ min: 0, max: 30 })
const arrayBounds = { maxLength: 80, size: 'max' as const }
const memory = fc.constantFrom('remembers' as const, 'forgets' as const)
const variant: fc.Arbitrary<Variant> = fc.record({
  source: memory,
  destination: memory,
  hasRoom: fc.integer({ min: 0, max: 9 }).map((number) => number > 0),
})

it('keeps every promise on every schedule: never two, never none, never silent', {
  timeout: 60_000,
}, () => {
  const ends = { completed: 0, failed: 0, cancelled: 0 }
  fc.assert(
    fc.property(variant, calmSteps, fc.array(happening, arrayBounds), (agents, calm, schedule) => {
      const world = new ModelWorldRun(agents)
      for (let count = 0; count < calm; count += 1) world.goOn()
      for (const { name, pick } of schedule) {
        world.trail.push(`[${name}]`)
        happenings[name]?.happen(world, pick)
        world.check()
      }
      world.recover()
      world.checkAtRest()
      const { phase } = world.record.migration.state
      if (phase === 'completed' || phase === 'failed' || phase === 'cancelled') ends[phase] += 1
    }),
    { seed, numRuns: runs },
  )
  // The schedules reach all endings, so the promises were tried on each.
  expect(Math.min(...Object.values(ends))).toBeGreaterThan(runs / 50)
})

it('completes when nothing goes wrong', () => {
  const world = new ModelWorldRun({ source: 'remembers', destination: 'remembers', hasRoom: true })
  world.recover()
  world.checkAtRest()
  expect(world.record.migration.state).toMatchObject({ phase: 'completed', downtimeMs: 10 })
})
