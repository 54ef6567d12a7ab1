import { beforeAll, describe, expect, test } from 'vitest'
import { regressions } from './regressions.ts'
import { measureExtent, run } from './run.ts'
import { describeFault, type Extent, type Schedule, scheduleFrom } from './schedule.ts'
import { shrink } from './shrink.ts'

/** With one or two faults each; DROVER_FAULT_SEED begins elsewhere, so that a longer search can be cut in pieces. */
const schedules = 2_000
const perTest = 250
/** No limit on a slow machine: a schedule that does not end breaks a promise and says so by itself. */
const patienceMs = 20 * 60_000

let extent: Extent
beforeAll(async () => {
  extent = await measureExtent()
})

async function mustHold(schedule: Schedule): Promise<void> {
  const { violation } = await run(schedule)
  if (violation === null) return
  const shortest = await shrink(schedule)
  expect.fail(
    [
      `Schedule ${schedule.seed} breaks "never ${violation.promise}": ${violation.sentence}`,
      `with ${schedule.faults.map(describeFault).join('; ')}.`,
      `The shortest that fails: ${JSON.stringify(shortest.faults)}`,
    ].join('\n'),
  )
}

describe('the promises of a migration hold', () => {
  test.each(Array.from({ length: schedules / perTest }, (_, part) => part * perTest))(
    'from schedule %i on',
    { timeout: patienceMs },
    async (from) => {
      for (let seed = from; seed < from + perTest; seed += 1)
        await mustHold(scheduleFrom(seed, extent))
    },
  )

  test.each(regressions.map(({ was, faults }) => [was, faults] as const))(
    'also where they once did not: %s',
    { timeout: patienceMs },
    (_, faults) => mustHold({ seed: -1, faults }),
  )
})

test('the same schedule has the same outcome', async () => {
  for (const seed of [3, 16, 41, 77]) {
    const schedule = scheduleFrom(seed, extent)
    expect(await run(schedule)).toEqual(await run(schedule))
  }
})

test('without faults the migration completes', async () => {
  expect(await run({ seed: 0, faults: [] })).toMatchObject({ violation: null, end: 'completed' })
})
