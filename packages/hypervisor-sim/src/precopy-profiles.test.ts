import { describe, expect, it } from 'vitest'
import type { RoundStats } from './precopy.ts'
import {
  decide,
  firstRateLimit,
  measuredBytesPerSec,
  type PrecopyContext,
} from './precopy-profiles.ts'
import { mbitPerSec } from './units.ts'

function round(changes: Partial<RoundStats>): RoundStats {
  return {
    roundIndex: 0,
    sentPages: 1000,
    skippedPages: 0,
    dirtyPages: 1000,
    durationMs: 1000,
    bytes: 4_096_000,
    dirtyPagesPerSec: 1000,
    bytesPerSec: 4_096_000,
    ...changes,
  }
}

function after(rounds: RoundStats[], changes: Partial<PrecopyContext> = {}): PrecopyContext {
  return {
    pageCount: 100_000,
    rounds,
    linkBytesPerSec: 100_000_000,
    rateLimitBytesPerSec: null,
    throttleRatio: 0,
    switchOverMs: 30,
    isExecuting: true,
    ...changes,
  }
}

const times = (count: number, changes: Partial<RoundStats> = {}) =>
  Array.from({ length: count }, () => round(changes))

describe('profile xen-3.0', () => {
  it.each([
    ['goes on otherwise', after(times(28)), 'another-round'],
    ['stops after round 29', after(times(29)), 'round-limit'],
    [
      'stops when sent and skipped are 49',
      after([round({ sentPages: 40, skippedPages: 9 })]),
      'few-pages-left',
    ],
    [
      'goes on when they are 50',
      after([round({ sentPages: 40, skippedPages: 10 })]),
      'another-round',
    ],
    [
      'stops when more than three times the pages were sent',
      after(times(4, { sentPages: 75_001 })),
      'sent-limit',
    ],
    ['goes on at exactly three times', after(times(4, { sentPages: 75_000 })), 'another-round'],
  ])('%s', (_, context, expected) => {
    const decision = decide({ kind: 'xen-3.0' }, context)
    expect(decision.kind === 'stop-and-copy' ? decision.reason : decision.kind).toBe(expected)
  })
})

describe('profile nsdi-2005', () => {
  const profile = { kind: 'nsdi-2005' } as const
  const full = { rateLimitBytesPerSec: mbitPerSec(500) }

  it('starts at 100 Mbit/s', () => {
    expect(firstRateLimit(profile)).toBe(12_500_000)
    expect(firstRateLimit({ kind: 'xen-3.0' })).toBeNull()
  })

  it.each([
    ['dirtying rate + 50 Mbit/s', 4000, 4000 * 4096 + 6_250_000],
    ['at least 100 Mbit/s', 10, mbitPerSec(100)],
    ['at most 500 Mbit/s', 20_000, mbitPerSec(500)],
  ])('sets the next round to %s', (_, dirtyPagesPerSec, rateLimitBytesPerSec) => {
    expect(decide(profile, after([round({ dirtyPagesPerSec })]))).toEqual({
      kind: 'another-round',
      rateLimitBytesPerSec,
    })
  })

  it('stops when more was sent than before while the rate was at its maximum', () => {
    const rounds = [round({ sentPages: 500 }), round({ sentPages: 501 })]
    expect(decide(profile, after(rounds, full))).toEqual({
      kind: 'stop-and-copy',
      reason: 'sent-grew-at-full-rate',
    })
    expect(decide(profile, after(rounds, { rateLimitBytesPerSec: mbitPerSec(400) })).kind).toBe(
      'another-round',
    )
    expect(decide(profile, after([...rounds].reverse(), full)).kind).toBe('another-round')
  })
})

describe('profile xen-4', () => {
  it.each([
    [
      'goes on with 50 dirty pages after four rounds',
      after(times(4, { dirtyPages: 50 })),
      'another-round',
    ],
    ['stops with 49', after([round({ dirtyPages: 49 })]), 'few-pages-left'],
    ['stops after five rounds', after(times(5)), 'round-limit'],
  ])('%s', (_, context, expected) => {
    const decision = decide({ kind: 'xen-4' }, context)
    expect(decision.kind === 'stop-and-copy' ? decision.reason : decision.kind).toBe(expected)
  })
})

describe('profile downtime-target', () => {
  const target = (lastResort: { kind: 'auto-converge' } | { kind: 'give-up' }) =>
    ({ kind: 'downtime-target', downtimeLimitMs: 300, lastResort }) as const
  const giveUp = target({ kind: 'give-up' })
  // At 100 MB/s a pause of 300 ms less 30 ms switch-over is 27 MB: 6591 pages.
  const stuck = [round({ dirtyPages: 9000 }), ...times(2, { dirtyPages: 9000 })]

  it('stops when the predicted pause is within the limit', () => {
    expect(decide(giveUp, after([round({ dirtyPages: 6591 })]))).toEqual({
      kind: 'stop-and-copy',
      reason: 'downtime-reached',
    })
    expect(decide(giveUp, after([round({ dirtyPages: 6592 })])).kind).toBe('another-round')
  })

  it('goes on while rounds shrink, and for one round that does not', () => {
    const rounds = [9000, 8500, 8400].map((dirtyPages) => round({ dirtyPages }))
    expect(decide(giveUp, after(rounds)).kind).toBe('another-round')
    expect(decide(giveUp, after([...rounds, round({ dirtyPages: 8390 })]))).toEqual({
      kind: 'give-up',
      reason: 'no-progress',
    })
  })

  it('goes over before its memory where that is the last resort', () => {
    const profile = {
      kind: 'downtime-target',
      downtimeLimitMs: 300,
      lastResort: { kind: 'post-copy' },
    } as const
    expect(decide(profile, after(stuck))).toEqual({ kind: 'post-copy' })
    expect(decide(profile, after(stuck.slice(0, 1))).kind).toBe('another-round')
    expect(decide(profile, after([round({ dirtyPages: 6591 })])).kind).toBe('stop-and-copy')
  })

  it('accepts a longer pause up to the second limit, and no longer', () => {
    const profile = (downtimeLimitMs: number) =>
      ({
        kind: 'downtime-target',
        downtimeLimitMs: 300,
        lastResort: { kind: 'longer-pause', downtimeLimitMs },
      }) as const
    expect(decide(profile(1000), after(stuck))).toEqual({
      kind: 'stop-and-copy',
      reason: 'longer-pause-accepted',
    })
    expect(decide(profile(350), after(stuck))).toEqual({
      kind: 'give-up',
      reason: 'pause-over-second-limit',
    })
  })

  it('throttles in steps of 20, 30 … 99 %, then gives up', () => {
    const profile = target({ kind: 'auto-converge' })
    const ratios: number[] = []
    let throttleRatio = 0
    for (;;) {
      const decision = decide(profile, after(stuck, { throttleRatio }))
      if (decision.kind !== 'throttle') {
        expect(decision).toEqual({ kind: 'give-up', reason: 'throttle-exhausted' })
        break
      }
      throttleRatio = decision.ratio
      ratios.push(Math.round(100 * throttleRatio))
    }
    expect(ratios).toEqual([20, 30, 40, 50, 60, 70, 80, 90, 99])
  })

  it('stops at once when the domain is paused: no round can change anything', () => {
    expect(decide(giveUp, after(stuck, { isExecuting: false }))).toEqual({
      kind: 'stop-and-copy',
      reason: 'not-running',
    })
  })
})

describe('every profile', () => {
  const dirtyInTurns = (index: number) => (index % 2 === 0 ? 9000 : 18_000)

  it.each([
    { kind: 'xen-3.0' },
    { kind: 'nsdi-2005' },
    { kind: 'xen-4' },
    { kind: 'downtime-target', downtimeLimitMs: 300, lastResort: { kind: 'give-up' } },
    { kind: 'downtime-target', downtimeLimitMs: 300, lastResort: { kind: 'auto-converge' } },
    {
      kind: 'downtime-target',
      downtimeLimitMs: 300,
      lastResort: { kind: 'longer-pause', downtimeLimitMs: 1_000 },
    },
  ] as const)('ends a guest that is busy and quiet in turns: %o', (profile) => {
    const rounds: RoundStats[] = []
    let throttleRatio = 0
    for (;;) {
      rounds.push(round({ dirtyPages: dirtyInTurns(rounds.length) }))
      const decision = decide(profile, after(rounds, { throttleRatio }))
      if (decision.kind === 'stop-and-copy' || decision.kind === 'give-up') break
      if (decision.kind === 'throttle') throttleRatio = decision.ratio
      expect(rounds.length).toBeLessThan(110)
    }
  })
})

describe('measured bandwidth', () => {
  it('is unknown before anything was sent', () => {
    expect(measuredBytesPerSec([])).toBeNull()
    expect(measuredBytesPerSec([round({ bytes: 0, durationMs: 0 })])).toBeNull()
  })

  it('is that of the last round when it was long enough', () => {
    const rounds = [round({ bytes: 1e9, durationMs: 1000 }), round({ bytes: 5e6, durationMs: 500 })]
    expect(measuredBytesPerSec(rounds)).toBe(10e6)
  })

  it('adds up short rounds, whose own rate says little', () => {
    const rounds = [
      round({ bytes: 1e9, durationMs: 10 }),
      round({ bytes: 39e6, durationMs: 490 }),
      round({ bytes: 1e6, durationMs: 10 }),
    ]
    expect(measuredBytesPerSec(rounds)).toBe(80e6)
  })
})
