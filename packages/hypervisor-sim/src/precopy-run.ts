import { createMemory, type MemoryShape, memoryDigest, viewMemory } from './dirty-memory.ts'
import {
  createPrecopySource,
  endFinalRound,
  endRound,
  nextBatch,
  type PrecopySource,
  type RoundStats,
  suspendSource,
} from './precopy.ts'
import {
  decide,
  firstRateLimit,
  type GiveUpReason,
  type PrecopyDecision,
  type PrecopyProfile,
  type StopReason,
  skipsDirtyPages,
} from './precopy-profiles.ts'
import { applyBatch, createMemoryImage, imageDigest, type MemoryImage } from './restore.ts'
import { PAGE_BYTES } from './units.ts'

/** A whole migration between two otherwise idle hosts, in virtual time: for laws and published figures. */
export interface PrecopyRunInput {
  readonly profile: PrecopyProfile
  readonly pageCount: number
  readonly shape: MemoryShape
  readonly hotWritesPerSec: number
  readonly coldWritesPerSec: number
  readonly linkBytesPerSec: number
  /** From accepted to the first byte. */
  readonly setupMs: number
  /** Part of the pause that is not copying. */
  readonly switchOverMs: number
  /** Pages per batch, default 256; finer is slower and more exact. */
  readonly batchPages?: number
}

export interface PrecopyRun {
  readonly outcome:
    | { readonly kind: 'completed'; readonly reason: StopReason; readonly downtimeMs: number }
    | { readonly kind: 'gave-up'; readonly reason: GiveUpReason }
    /** Its rounds are over; what comes then is `postcopy-run.ts`. */
    | { readonly kind: 'post-copy' }
  /** Pre-copy rounds, then the stop-and-copy round if it came to that. */
  readonly rounds: readonly RoundStats[]
  readonly totalBytes: number
  readonly totalMs: number
  readonly throttleRatio: number
  /** Source's and destination's digest agree. */
  readonly isSameImage: boolean
}

export function runPrecopy(input: PrecopyRunInput): PrecopyRun {
  const run = new Run(input)
  for (;;) {
    const decision = run.playRound()
    if (decision.kind === 'give-up') {
      return run.report({ kind: 'gave-up', reason: decision.reason }, false)
    }
    if (decision.kind === 'post-copy') return run.report({ kind: 'post-copy' }, false)
    if (decision.kind !== 'stop-and-copy') continue
    const pausedAtMs = run.nowMs
    suspendSource(run.source, run.counters, run.nowMs)
    run.isPaused = true
    run.sendRound(null)
    run.rounds.push(endFinalRound(run.source, run.nowMs))
    run.nowMs += input.switchOverMs
    const downtimeMs = run.nowMs - pausedAtMs
    const same = memoryDigest(viewMemory(run.source.memory, run.counters), input.pageCount)
    return run.report(
      { kind: 'completed', reason: decision.reason, downtimeMs },
      same === imageDigest(run.image),
    )
  }
}

/** At most the first `count` pre-copy rounds of the same run, fewer if the profile ends it before. */
export function runFirstRounds(input: PrecopyRunInput, count: number): readonly RoundStats[] {
  const run = new Run(input)
  while (run.rounds.length < count) {
    const decision = run.playRound()
    if (decision.kind !== 'another-round' && decision.kind !== 'throttle') break
  }
  return run.rounds
}

class Run {
  readonly counters = { hotWrites: 0, coldWrites: 0 }
  readonly rounds: RoundStats[] = []
  readonly input: PrecopyRunInput
  readonly source: PrecopySource
  readonly image: MemoryImage
  nowMs: number
  rateLimitBytesPerSec: number | null
  throttleRatio = 0
  isPaused = false

  constructor(input: PrecopyRunInput) {
    this.input = input
    this.source = createPrecopySource({
      memory: createMemory(input.shape),
      pageCount: input.pageCount,
      counters: this.counters,
      atMs: input.setupMs,
      skipsDirty: skipsDirtyPages(input.profile),
    })
    this.image = createMemoryImage(input.pageCount)
    this.nowMs = input.setupMs
    this.rateLimitBytesPerSec = firstRateLimit(input.profile)
  }

  /** One pre-copy round; what the profile then wants of rate and throttle is in force when this returns. */
  playRound(): PrecopyDecision {
    const { input, rounds } = this
    this.sendRound(this.rateLimitBytesPerSec)
    rounds.push(endRound(this.source, this.counters, this.nowMs))
    const decision = decide(input.profile, {
      pageCount: input.pageCount,
      rounds,
      linkBytesPerSec: input.linkBytesPerSec,
      rateLimitBytesPerSec: this.rateLimitBytesPerSec,
      throttleRatio: this.throttleRatio,
      switchOverMs: input.switchOverMs,
      isExecuting: true,
    })
    if (decision.kind === 'throttle') this.throttleRatio = decision.ratio
    if (decision.kind === 'another-round') this.rateLimitBytesPerSec = decision.rateLimitBytesPerSec
    return decision
  }

  sendRound(rateLimit: number | null): void {
    const bytesPerSec = Math.min(this.input.linkBytesPerSec, rateLimit ?? Infinity)
    for (;;) {
      const batch = nextBatch(this.source, this.input.batchPages ?? 256, this.counters)
      if (batch === null) return
      applyBatch(this.image, batch)
      const seconds = (batch.frames.length * PAGE_BYTES) / bytesPerSec
      this.nowMs += seconds * 1000
      if (this.isPaused) continue
      const executing = seconds * (1 - this.throttleRatio)
      this.counters.hotWrites += this.input.hotWritesPerSec * executing
      this.counters.coldWrites += this.input.coldWritesPerSec * executing
    }
  }

  report(outcome: PrecopyRun['outcome'], isSameImage: boolean): PrecopyRun {
    return {
      outcome,
      rounds: this.rounds,
      totalBytes: this.rounds.reduce((sum, round) => sum + round.bytes, 0),
      totalMs: this.nowMs,
      throttleRatio: this.throttleRatio,
      isSameImage,
    }
  }
}
