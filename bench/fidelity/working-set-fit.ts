import { NSDI_2005 } from '@drover/hypervisor-sim/precopy-profiles.ts'
import { runFirstRounds } from '@drover/hypervisor-sim/precopy-run.ts'
import { PAGE_BYTES } from '@drover/hypervisor-sim/units.ts'
import { precopyInput, type WorkingSet } from './guest.ts'
import { minimise, type Point } from './minimise.ts'

/**
 * A two-level writable working set from what rounds 1 and 2 of a migration sent. Nothing else comes in: no total, no pause,
 * no later round is in reach of this file.
 *
 * A hot set, always dirty, and a cold set, gone through again and again at some pace: three unknowns, at most two figures (the seconds say
 * at which rate a round was sent, which the profile says as well). So a rule has to choose among the sets that
 * explain the figures, and it is the same for every guest: the one nearest to what this repository assumed of a
 * guest before (`houseRules`). A figure missed by 1 % weighs as much as a rule missed by a factor of e: the figures decide
 * wherever they can, the rules only where they leave it open.
 */
export type FirstRounds = {
  readonly memBytes: number
  /** Rounds 1 and 2, or round 1 alone. `seconds` null: not published. */
  readonly rounds: readonly { readonly bytes: number; readonly seconds: number | null }[]
}

export type HouseRules = {
  /** Hot and cold together as a share of the memory. */
  readonly writtenShare: number
  /** Hot as a share of both. */
  readonly hotShare: number
  /** How often each hot page is written. */
  readonly hotWritesPerPagePerSec: number
  /** Relative error of a figure that counts as one. */
  readonly figureError: number
}

/**
 * A sixth is written: `assumedWorkingSetRatio` of the predictor. A tenth of that is hot: `domainSpecFromTrace` of the
 * simulator. 100 times a second: the timer tick (HZ) of Linux 2.4, whose structures are the hottest of all; for rounds that
 * take longer than a tick it only says "always".
 */
export const houseRules: HouseRules = {
  writtenShare: 1 / 6,
  hotShare: 1 / 10,
  hotWritesPerPagePerSec: 100,
  figureError: 0.01,
}

export type Fit = {
  readonly set: WorkingSet
  /** What this set sends in the rounds that were given. */
  readonly rounds: readonly { readonly bytes: number; readonly seconds: number }[]
  /** Sum of squares: figures in units of `figureError`, rules in factors of e. */
  readonly cost: number
}

/** With memory, sets and batches smaller by one factor and the same rates, bytes and seconds are smaller by it too. */
const fitPages = 12_288

/** A point is ln(written share), ln(hot share), ln(time to go through the cold set / time of round 1). */
export function fitWorkingSet(given: FirstRounds, rules: HouseRules = houseRules): Fit {
  const starts = [0.03, 0.08, 0.2, 0.5, 0.8].flatMap((written) =>
    [0.02, 0.1].flatMap((hot) =>
      [0.1, 0.5, 1.5, 6].map((pace): Point => [Math.log(written), Math.log(hot), Math.log(pace)]),
    ),
  )
  const best = minimise((point) => costOf(given, rules, point), starts)
  return { ...playFirst(given, rules, best.point), cost: best.value }
}

function costOf(given: FirstRounds, rules: HouseRules, point: Point): number {
  const [written, hot] = point
  // Beyond all of the memory, and half of it hot, nothing means anything.
  const outside = Math.max(0, written) + Math.max(0, hot - Math.log(0.5))
  const { rounds } = playFirst(given, rules, point)
  let cost = 1e6 * outside ** 2
  given.rounds.forEach(({ bytes, seconds }, index) => {
    const round = rounds[index]
    // A set that ended the migration before the second round is no explanation of one that had a second round.
    cost += round === undefined ? 1e6 : squaredLog(round.bytes / bytes, rules.figureError)
    if (round !== undefined && seconds !== null) {
      cost += squaredLog(round.seconds / seconds, rules.figureError)
    }
  })
  return (
    cost + (written - Math.log(rules.writtenShare)) ** 2 + (hot - Math.log(rules.hotShare)) ** 2
  )
}

/** A round that sent nothing is as wrong as can be, not infinitely so: the search has to find its way out of there. */
const squaredLog = (ratio: number, unit: number): number =>
  (Math.log(Math.max(ratio, 1e-3)) / unit) ** 2

function playFirst(given: FirstRounds, rules: HouseRules, point: Point): Omit<Fit, 'cost'> {
  const set = workingSetAt(given, rules, point)
  const scale = Math.max(1, given.memBytes / PAGE_BYTES / fitPages)
  // The link and the pause come after these rounds: any link above the profile's highest rate gives the same ones.
  const testbed = { linkBytesPerSec: 2 * NSDI_2005.mostBytesPerSec, switchOverMs: 0 }
  const input = precopyInput({ memBytes: given.memBytes, set, testbed, scale, seed: 1 })
  const rounds = runFirstRounds(input, given.rounds.length).map((round) => ({
    bytes: round.bytes * scale,
    seconds: (round.durationMs * scale) / 1000,
  }))
  return { set, rounds }
}

function workingSetAt(given: FirstRounds, rules: HouseRules, point: Point): WorkingSet {
  const writtenBytes = given.memBytes * Math.min(1, Math.exp(point[0]))
  const hotBytes = writtenBytes * Math.min(0.5, Math.exp(point[1]))
  const coldBytes = writtenBytes - hotBytes
  // The time of round 1 follows from its bytes and the profile's first rate.
  const firstSeconds = (given.rounds[0]?.bytes ?? given.memBytes) / NSDI_2005.firstBytesPerSec
  return {
    hotBytes,
    coldBytes,
    hotBytesPerSec: hotBytes * rules.hotWritesPerPagePerSec,
    coldBytesPerSec: coldBytes / (firstSeconds * Math.exp(point[2])),
  }
}
