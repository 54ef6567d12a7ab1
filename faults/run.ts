import type { MigrationState } from '@drover/api-schema/migration.ts'
import { Promises, type Violation } from './promises.ts'
import type { Extent, Extents, Schedule } from './schedule.ts'
import type { Course } from './world/fleet.ts'
import { World } from './world/world.ts'

export type Outcome = {
  readonly violation: Violation | null
  /** Of the first migration, when it has completed and that is known. */
  readonly pauseMs: number | null
  /** How the first migration ended: a phase, with the phase a failure came in. */
  readonly end: string
  /** Where the domain went at last, by the name of the host; null when no try completed. */
  readonly wentTo: string | null
  /** Tries of the longest chain of retries. */
  readonly tries: number
  readonly virtualMs: number
  readonly steps: number
  /** Faults that came to be; one beyond the end of everything does not. */
  readonly fired: number
}

/** Longer than every patience there is, several times over. */
const limitMs = 20 * 60_000

/** Plays a schedule and says which promise was broken, if any. The same schedule has the same outcome. */
export async function run(schedule: Schedule): Promise<Outcome> {
  const { course, faults, terms } = schedule
  const world = new World(faults, {
    ...(course === undefined ? {} : { course }),
    ...(terms === undefined ? {} : { terms }),
  })
  const promises = new Promises(world)
  await world.boot()
  promises.afterStep()
  world.begin()
  const startedAt = world.time.nowMs
  let steps = 0
  let violation: Violation | null = null
  let hasBegun = false
  while (violation === null) {
    await world.step()
    steps += 1
    violation = promises.afterStep()
    hasBegun ||= world.accepted.length > 0 || world.time.nowMs > startedAt + 60_000
    // Facts may still be under way: what the console shows must come true, not be true at once.
    if (hasBegun && promises.isAtRest() && promises.atEnd() === null) break
    if (world.time.nowMs - startedAt > limitMs) break
  }
  violation ??= promises.atEnd()
  return {
    violation,
    end: endOf(world),
    ...triesOf(world),
    pauseMs: pauseOf(world),
    virtualMs: world.time.nowMs - startedAt,
    steps,
    fired: world.fired.size,
  }
}

function triesOf({ database }: World): Pick<Outcome, 'wentTo' | 'tries'> {
  const all = [...database.migrations.rows.values()].map(({ migration }) => migration)
  const completed = all
    .filter(({ state }) => state.phase === 'completed')
    .toSorted((a, b) => b.generation - a.generation)
  return {
    wentTo: completed[0]?.destinationHostName ?? null,
    tries: Math.max(0, ...all.map(({ attempt }) => attempt)),
  }
}

function firstOf(world: World): MigrationState | null {
  const [migrationId] = world.accepted
  const row =
    migrationId === undefined ? undefined : world.database.migrations.rows.get(migrationId)
  return row?.migration.state ?? null
}

function pauseOf(world: World): number | null {
  const state = firstOf(world)
  return state?.phase === 'completed' ? state.downtimeMs : null
}

function endOf(world: World): string {
  const state = firstOf(world)
  if (state === null) return 'not accepted'
  if (state.phase === 'failed') return `failed in ${state.failedIn}`
  if (state.phase === 'cancelled') return `cancelled in ${state.cancelledIn}`
  if (state.phase === 'completed' && state.postCopy !== undefined)
    return 'completed after post-copy'
  return state.phase
}

/** How far migrations without faults go. */
export async function measureExtents(): Promise<Extents> {
  return {
    'pre-copy': await measureExtent('pre-copy'),
    'post-copy': await measureExtent('post-copy'),
  }
}

async function measureExtent(course: Course): Promise<Extent> {
  const world = new World([], { course })
  const promises = new Promises(world)
  await world.boot()
  world.begin()
  const startedAt = world.time.nowMs
  for (;;) {
    await world.step()
    if (world.accepted.length > 0 && promises.isAtRest()) break
  }
  return {
    ms: world.time.nowMs - startedAt,
    steps: {
      source: world.stepsOf('source'),
      destination: world.stepsOf('destination'),
      console: world.stepsOf('console'),
    },
    ...world.countsSinceBegin(),
  }
}
