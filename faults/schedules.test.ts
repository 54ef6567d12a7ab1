import { beforeAll, describe, expect, test } from 'vitest'
import { regressions } from './regressions.ts'
import { measureExtents, run } from './run.ts'
import { describeFault, type Extents, type Schedule, scheduleFrom, type Terms } from './schedule.ts'
import { shrink } from './shrink.ts'

/** With one or two faults each; DROVER_FAULT_SEED begins elsewhere, so that a longer search can be cut in pieces. */
const schedules = 2_000
const perTest = 250
/** No limit on a slow machine: a schedule that does not end breaks a promise and says so by itself. */
const patienceMs = 20 * 60_000

let extents: Extents
beforeAll(async () => {
  extents = await measureExtents()
})

async function mustHold(schedule: Schedule): Promise<void> {
  const { violation } = await run(schedule)
  if (violation === null) return
  const shortest = await shrink(schedule)
  expect.fail(
    [
      `Schedule ${schedule.seed} breaks "never ${violation.promise}": ${violation.sentence}`,
      `in ${schedule.course} with ${schedule.faults.map(describeFault).join('; ')}.`,
      `The shortest that fails: ${JSON.stringify({ ...shortest, seed: undefined })}`,
    ].join('\n'),
  )
}

describe('the promises of a migration hold', () => {
  test.each(Array.from({ length: schedules / perTest }, (_, part) => part * perTest))(
    'from schedule %i on',
    { timeout: patienceMs },
    async (from) => {
      for (let seed = from; seed < from + perTest; seed += 1)
        await mustHold(scheduleFrom(seed, extents))
    },
  )

  test.each(regressions.map(({ was, ...schedule }) => [was, schedule] as const))(
    'also where they once did not: %s',
    { timeout: patienceMs },
    (_, schedule) => mustHold({ seed: -1, ...schedule }),
  )
})

test('the same schedule has the same outcome', async () => {
  for (const seed of [3, 16, 41, 74, 77]) {
    const schedule = scheduleFrom(seed, extents)
    expect(await run(schedule)).toEqual(await run(schedule))
  }
})

test('the pause of post-copy is no longer for the pages that are missing', async () => {
  const { pauseMs } = await run({ seed: 0, faults: [], course: 'post-copy' })
  // Frames take 1 ms; 14 MiB at 1200 Mbit/s would be another 98.
  expect(pauseMs).toBeLessThan(20)
})

describe('a destination that dies while it receives', () => {
  const tried = (terms: Terms, downMs: number) =>
    run({
      seed: 0,
      terms,
      faults: [
        {
          kind: 'kill',
          process: 'destination',
          step: Math.floor(extents['pre-copy'].steps.destination / 2),
          downMs,
        },
      ],
    })

  test('costs a try, and the next best host gets the domain', async () => {
    const retry = { kind: 'next-best-host', attempts: 2 } as const
    expect(await tried({ priority: 'normal', retry }, 70_000)).toMatchObject({
      violation: null,
      end: 'failed in pre-copy',
      wentTo: 'xen-03',
      tries: 2,
    })
  })

  test('or the same host, once it is back', async () => {
    const retry = { kind: 'same-host', attempts: 2 } as const
    const outcome = await tried({ priority: 'low', retry }, 20_000)
    expect(outcome).toMatchObject({ violation: null, wentTo: 'xen-02', tries: 2 })
    expect(outcome.virtualMs).toBeGreaterThan(20_000)
  })

  test('and ends it when nobody asked for more', async () => {
    const outcome = await tried({ priority: 'normal', retry: { kind: 'none' } }, 20_000)
    expect(outcome).toMatchObject({ violation: null, wentTo: null, tries: 1 })
  })
})

test.each(['pre-copy', 'post-copy'] as const)(
  'without faults the migration completes in %s',
  async (course) => {
    const { end, violation } = await run({ seed: 0, faults: [], course })
    expect({ end, violation }).toEqual({
      end: course === 'post-copy' ? 'completed after post-copy' : 'completed',
      violation: null,
    })
  },
)
