import { describe, expect, it } from 'vitest'
import { type PrecopyRunInput, runPrecopy } from './precopy-run.ts'
import { MIB, mbitPerSec, pagesOf } from './units.ts'

function input(memMib: number, changes: Partial<PrecopyRunInput> = {}): PrecopyRunInput {
  const pageCount = pagesOf(memMib * MIB)
  return {
    profile: { kind: 'xen-3.0' },
    pageCount,
    shape: { seed: 1, spanPages: pageCount, hotPages: 0, coldPages: 0 },
    hotWritesPerSec: 0,
    coldWritesPerSec: 0,
    linkBytesPerSec: mbitPerSec(1000),
    setupMs: 0,
    switchOverMs: 30,
    ...changes,
  }
}

const busy = (memMib: number, hot: number, cold: number, rate: number) => ({
  shape: { seed: 5, spanPages: pagesOf(memMib * MIB), hotPages: hot, coldPages: cold },
  hotWritesPerSec: rate,
  coldWritesPerSec: rate / 20,
})

describe('a migration between idle hosts', () => {
  it('sends at most N / (1 - d/b) for a dirty rate d below b, and less by what it skips', () => {
    // 100 MiB at 16 MiB/s, dirtied at 4 MiB/s: 133 MiB on real QEMU, which sends a page even if it is
    // already dirty again. Xen skips it: about half of the 25 MiB dirtied in round 0 go once only.
    const run = runPrecopy(
      input(100, {
        profile: { kind: 'downtime-target', downtimeLimitMs: 30, lastResort: { kind: 'give-up' } },
        ...busy(100, 0, 25_600, 0),
        coldWritesPerSec: 1024,
        linkBytesPerSec: 16 * MIB,
        switchOverMs: 5,
      }),
    )
    expect(run.isSameImage).toBe(true)
    expect(run.totalBytes / MIB).toBeGreaterThan(112)
    expect(run.totalBytes / MIB).toBeLessThan(134)
    expect(run.rounds.length).toBeGreaterThanOrEqual(5)
    expect(run.rounds.length).toBeLessThanOrEqual(8)
  })

  it('sends a page by Xen 4 even if it is dirty again, as QEMU does: 133 MiB of 100', () => {
    const run = runPrecopy(
      input(100, {
        profile: { kind: 'xen-4' },
        ...busy(100, 0, 25_600, 0),
        coldWritesPerSec: 1024,
        linkBytesPerSec: 16 * MIB,
      }),
    )
    expect(run.isSameImage).toBe(true)
    expect(run.rounds.every(({ skippedPages }) => skippedPages === 0)).toBe(true)
    // Pages written twice in one round count once: a little less than 4 MiB/s become dirty.
    expect(run.totalBytes / MIB).toBeGreaterThan(127)
    expect(run.totalBytes / MIB).toBeLessThanOrEqual(134)
  })

  it('ends a memory muncher by "rate at maximum and sent grew", with a pause of seconds', () => {
    // MMuncher of Clark et al.: 512 MB, writes a 256 MB region constantly; 3.5 s of downtime.
    const run = runPrecopy(
      input(512, {
        profile: { kind: 'nsdi-2005' },
        ...busy(512, pagesOf(222.5 * MIB), 0, 40_000),
        linkBytesPerSec: mbitPerSec(500),
      }),
    )
    expect(run.outcome).toMatchObject({ kind: 'completed', reason: 'sent-grew-at-full-rate' })
    if (run.outcome.kind === 'completed') {
      expect(run.outcome.downtimeMs).toBeGreaterThan(3000)
      expect(run.outcome.downtimeMs).toBeLessThan(4100)
    }
  })

  it('cures a guest that dirties too fast by throttling, but not one that touches everything', () => {
    const profile = {
      kind: 'downtime-target',
      downtimeLimitMs: 100,
      lastResort: { kind: 'auto-converge' },
    } as const
    const cured = runPrecopy(
      input(128, { profile, ...busy(128, 0, 32_768, 0), coldWritesPerSec: 40_000 }),
    )
    expect(cured.outcome.kind).toBe('completed')
    expect(cured.throttleRatio).toBeGreaterThan(0)
    const hopeless = runPrecopy(input(128, { profile, ...busy(128, 32_768, 0, 5_000_000) }))
    expect(hopeless.outcome).toEqual({ kind: 'gave-up', reason: 'throttle-exhausted' })
  })
})
