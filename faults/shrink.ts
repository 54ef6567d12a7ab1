import { type Outcome, run } from './run.ts'
import type { Fault, Schedule } from './schedule.ts'

/** The shortest schedule that still breaks a promise: fewer faults first, then shorter and earlier ones. */
export async function shrink(
  failing: Schedule,
  play: (schedule: Schedule) => Promise<Outcome> = run,
): Promise<Schedule> {
  let best = failing
  for (;;) {
    const smaller = await firstFailing(smallerThan(best), play)
    if (smaller === null) return best
    best = smaller
  }
}

async function firstFailing(
  schedules: Iterable<Schedule>,
  play: (schedule: Schedule) => Promise<Outcome>,
): Promise<Schedule | null> {
  for (const schedule of schedules) {
    if ((await play(schedule)).violation !== null) return schedule
  }
  return null
}

function* smallerThan(schedule: Schedule): Generator<Schedule> {
  const { terms, ...asIfNobodyAsked } = schedule
  const { faults } = schedule
  if (terms !== undefined) yield asIfNobodyAsked
  if (faults.length > 1) {
    for (let left = 0; left < faults.length; left += 1)
      yield { ...schedule, faults: faults.filter((_, index) => index !== left) }
  }
  for (const [index, fault] of faults.entries()) {
    for (const simpler of simplerThan(fault))
      yield { ...schedule, faults: faults.with(index, simpler) }
  }
}

/** The same fault for a shorter time. */
function* simplerThan(fault: Fault): Generator<Fault> {
  if ('downMs' in fault && fault.downMs > 50)
    yield { ...fault, downMs: Math.floor(fault.downMs / 2) }
  if (fault.kind !== 'frame' && fault.kind !== 'clock-jump' && 'ms' in fault && fault.ms > 50)
    yield { ...fault, ms: Math.floor(fault.ms / 2) }
  if (fault.kind === 'frame' && 'ms' in fault.treatment && fault.treatment.ms > 50) {
    const treatment = { ...fault.treatment, ms: Math.floor(fault.treatment.ms / 2) }
    yield { ...fault, treatment }
  }
}
