import { PAGE_BYTES } from '@drover/api-schema/units.ts'

/**
 * How a guest dirties its memory: the bytes it writes at least once in any window of t seconds. The curve is all that
 * pre-copy depends on. What a round leaves is the curve at the length of the round; and of the pages dirtied in one
 * window of T, those written again in the first s of the next are D(T) + D(s) - D(T + s) (both windows, less their union).
 *
 * It is a sum of sets, each visited in turns of one length, the phase of the window unknown: the two-level working
 * set of Clark et al. (NSDI 2005) with as many levels as the samples show.
 */
export type DirtyCurve = {
  readonly sets: readonly WrittenSet[]
  /** How much faster or slower the load is from one migration to the next: standard deviation of its logarithm. */
  readonly levelSpread: number
  /** Made up of what is usual, not of samples. */
  readonly isAssumed: boolean
}
export type WrittenSet = {
  readonly bytes: number
  /** Seconds in which the guest goes once through the set. */
  readonly turnSeconds: number
}

/** In a window of so many seconds in which the guest ran, so many bytes were written at least once. */
export type DirtySample = { readonly seconds: number; readonly bytes: number }
/** Samples taken under one and the same load: the rounds of one migration, or one look at the dirty bitmap. */
export type DirtyRun = readonly DirtySample[]

/** An ordinary server guest, when nothing is known. Clark et al. (NSDI 2005) found SPECweb99 at 90 % load, one CPU and
 * 800 MB, to have written 127 MB during the 54 s of the first round: 2.3 MB/s into about a sixth of its memory. */
export const assumedDirtyBytesPerSec = 2.3e6
export const assumedWorkingSetRatio = 1 / 6

/** Guests differ by factors: an idle one writes a tenth of the assumed rate, a database ten times as much. */
const assumedLevelSpread = 1.3
/** Load from one migration to the next before there are two to compare, and how many migrations that guess counts for. */
const usualLevelSpread = 0.2
const usualLevelWeight = 3
/** Noise of one sample about the curve: standard deviation of its logarithm. */
const sampleNoise = 0.1
/** Below this many bytes a sample says little. */
const grainBytes = 8 * PAGE_BYTES

/** Of a shorter window nobody has measured anything. */
const leastSeconds = 1e-4

const turnsPerDecade = 4
/** Sets whose turns differ by less than this are hard to tell apart by samples. */
const alikeRatio = 2
const sweeps = 60
const levelRounds = 2
const widestLevel = 1.5
const levelStep = 0.05

/** The share of a set written at least once while the guest goes through `turns` of it, from a phase nobody knows. */
function writtenShare(turns: number): number {
  if (turns >= 2) return 1
  if (turns > 1) {
    const left = 2 - turns
    return 1 - (left * left * left) / 6
  }
  return turns - (turns * turns * turns) / 6
}

/** D(t), in bytes. */
export function dirtiedIn(curve: Pick<DirtyCurve, 'sets'>, seconds: number): number {
  let bytes = 0
  for (const set of curve.sets) bytes += set.bytes * writtenShare(seconds / set.turnSeconds)
  return bytes
}

/** A guest that writes so much a second into a set of that size. */
export function curveOf(bytesPerSec: number, workingSetBytes: number): DirtyCurve {
  const isWriting = bytesPerSec > 0 && workingSetBytes >= 1
  const set = { bytes: workingSetBytes, turnSeconds: workingSetBytes / bytesPerSec }
  return { sets: isWriting ? [set] : [], levelSpread: usualLevelSpread, isAssumed: false }
}

export function assumedCurve(memBytes: number, vcpuCount: number): DirtyCurve {
  const rate = assumedDirtyBytesPerSec * vcpuCount
  const known = curveOf(rate, memBytes * assumedWorkingSetRatio)
  return { ...known, levelSpread: assumedLevelSpread, isAssumed: true }
}

/**
 * The curve that the samples show; null when there are none. Once per domain, not per host. Least squares of the relative
 * error over sets of fixed turns (non-negative, so that the curve is concave as it must be). Runs under more and under
 * less load are then shifted along the time axis until they agree, and their shifts are the spread of the load.
 */
export function fitDirtyCurve(history: readonly DirtyRun[], memBytes: number): DirtyCurve | null {
  const runs = history
    .map((run) => run.filter(({ seconds, bytes }) => seconds >= leastSeconds && bytes >= 0))
    .filter((run) => run.length > 0)
  if (runs.length === 0) return null
  let levels = runs.map(() => 0)
  let sets = fitSets(runs, levels, memBytes)
  for (let round = 0; round < levelRounds && runs.length > 1; round++) {
    const found = runs.map((run) => levelOf(run, sets))
    const middle = found.reduce((sum, level) => sum + level, 0) / found.length
    levels = found.map((level) => level - middle)
    sets = fitSets(runs, levels, memBytes)
  }
  return { sets, levelSpread: spreadOf(levels), isAssumed: false }
}

/** Of the next migration: what the earlier ones scatter by, drawn towards the usual; their mean is not exact either. */
function spreadOf(levels: readonly number[]): number {
  const squares = levels.reduce((sum, level) => sum + level * level, 0)
  const known = Math.max(0, levels.length - 1)
  const variance = (usualLevelWeight * usualLevelSpread ** 2 + squares) / (usualLevelWeight + known)
  return Math.sqrt(variance * (1 + 1 / levels.length))
}

/** How much faster than the curve this run was, as a logarithm; near zero where the curve is flat and cannot tell. */
function levelOf(run: DirtyRun, sets: readonly WrittenSet[]): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let level = -widestLevel; level <= widestLevel + 1e-9; level += levelStep) {
    const pace = Math.exp(level)
    let cost = (level / (2 * usualLevelSpread)) ** 2
    for (const { seconds, bytes } of run) {
      const expected = dirtiedIn({ sets }, pace * seconds)
      const off = Math.log((expected + grainBytes) / (bytes + grainBytes)) / sampleNoise
      cost += off * off
    }
    if (cost >= least) continue
    least = cost
    best = level
  }
  return best
}

/** Non-negative least squares by coordinate descent: every step has its optimum in closed form. */
function fitSets(
  runs: readonly DirtyRun[],
  levels: readonly number[],
  memBytes: number,
): WrittenSet[] {
  const samples = runs.flatMap((run, index) => {
    const pace = Math.exp(levels[index] ?? 0)
    return run.map(({ seconds, bytes }) => ({ seconds: pace * seconds, bytes }))
  })
  const turns = turnGrid(samples)
  const scales = samples.map(({ bytes }) => 1 / (bytes + grainBytes))
  const columns = turns.map((turn) =>
    samples.map(({ seconds }, index) => writtenShare(seconds / turn) * (scales[index] ?? 0)),
  )
  const sizes = turns.map(() => 0)
  const left = samples.map(({ bytes }, index) => bytes * (scales[index] ?? 0))
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const [k, column] of columns.entries()) improve(sizes, k, column, left)
  }
  const found = turns.map((turnSeconds, k) => ({ bytes: sizes[k] ?? 0, turnSeconds }))
  return withinMemory(merged(found), memBytes)
}

/** Neighbours as one set of the same size and the same bytes per second: half the work of every prediction. */
function merged(sets: readonly WrittenSet[]): WrittenSet[] {
  const kept: WrittenSet[] = []
  for (const set of sets) {
    if (set.bytes < PAGE_BYTES / 4) continue
    const before = kept.at(-1)
    if (before === undefined || set.turnSeconds > alikeRatio * before.turnSeconds) {
      kept.push(set)
      continue
    }
    const bytes = before.bytes + set.bytes
    const bytesPerSec = before.bytes / before.turnSeconds + set.bytes / set.turnSeconds
    kept[kept.length - 1] = { bytes, turnSeconds: bytes / bytesPerSec }
  }
  return kept
}

function improve(sizes: number[], k: number, column: readonly number[], left: number[]): void {
  let along = 0
  let norm = 0
  for (const [index, value] of column.entries()) {
    along += value * (left[index] ?? 0)
    norm += value * value
  }
  const size = sizes[k] ?? 0
  const next = norm > 0 ? Math.max(0, size + along / norm) : 0
  for (const [index, value] of column.entries()) {
    left[index] = (left[index] ?? 0) - (next - size) * value
  }
  sizes[k] = next
}

/** From a quarter of the shortest window to four times the longest: slower sets look like a straight line in all of them. */
function turnGrid(samples: readonly DirtySample[]): number[] {
  const seconds = samples.map((sample) => sample.seconds)
  const from = Math.log10(Math.min(...seconds) / 4)
  const to = Math.log10(Math.max(...seconds) * 4)
  const count = Math.ceil((to - from) * turnsPerDecade) + 1
  return Array.from({ length: count }, (_, k) => 10 ** (from + ((to - from) * k) / (count - 1)))
}

/** A guest cannot write more than it has: what is too much is taken from the slowest sets, which are guessed the furthest. */
function withinMemory(sets: readonly WrittenSet[], memBytes: number): WrittenSet[] {
  let room = memBytes
  const kept: WrittenSet[] = []
  for (const { bytes, turnSeconds } of sets) {
    const share = Math.min(room, bytes)
    // Taken away with its pace: what is left of the set is still gone through at the same bytes per second.
    if (share > 0) kept.push({ bytes: share, turnSeconds: turnSeconds * (share / bytes) })
    room -= share
  }
  return kept
}
