import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NSDI_2005, type PrecopyProfile } from './precopy-profiles.ts'
import { type PrecopyRunInput, runFirstRounds, runPrecopy } from './precopy-run.ts'
import { aDomainSpec, aHost, aHostWith, aSteadyLoad, must } from './testing/builders.ts'
import { GIB, MIB, mbitPerSec, PAGE_BYTES, pagesOf } from './units.ts'
import type { XenHost } from './xen-host.ts'

const gigabit = mbitPerSec(1000)
const switchOverMs = 30

interface Guest {
  readonly memMib: number
  /** Of the memory; the two together at most 1. */
  readonly hotShare: number
  readonly coldShare: number
  readonly hotWritesPerSec: number
  readonly coldWritesPerSec: number
}

const guests = fc.record<Guest>({
  memMib: fc.integer({ min: 8, max: 96 }),
  hotShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
  coldShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
  hotWritesPerSec: fc.integer({ min: 0, max: 200_000 }),
  coldWritesPerSec: fc.integer({ min: 0, max: 30_000 }),
})

function inputOf(guest: Guest, profile: PrecopyProfile): PrecopyRunInput {
  const pageCount = pagesOf(guest.memMib * MIB)
  return {
    profile,
    pageCount,
    shape: {
      seed: 1,
      spanPages: pageCount,
      hotPages: Math.floor(guest.hotShare * pageCount),
      coldPages: Math.floor(guest.coldShare * pageCount),
    },
    hotWritesPerSec: guest.hotWritesPerSec,
    coldWritesPerSec: guest.coldWritesPerSec,
    linkBytesPerSec: gigabit,
    setupMs: 0,
    switchOverMs,
  }
}

describe('total time', () => {
  it('of an idle guest is proportional to its memory, within 1 %', () => {
    const factors = fc.integer({ min: 2, max: 6 })
    fc.assert(
      fc.property(guests, factors, fc.constantFrom('xen-3.0', 'xen-4'), (guest, factor, kind) => {
        const idle = { ...guest, hotWritesPerSec: 0, coldWritesPerSec: 0 }
        const small = runPrecopy(inputOf(idle, { kind }))
        const large = runPrecopy(inputOf({ ...idle, memMib: factor * idle.memMib }, { kind }))
        const ratio = (large.totalMs - switchOverMs) / (small.totalMs - switchOverMs)
        expect(Math.abs(ratio / factor - 1)).toBeLessThan(0.01)
      }),
      { seed: 801, numRuns: 25 },
    )
  })

  it('of the rounds of a busy guest too, when its sets grow with it at the same rates of writing', () => {
    const profile: PrecopyProfile = { kind: 'nsdi-2005' }
    fc.assert(
      fc.property(guests, fc.integer({ min: 2, max: 4 }), (guest, factor) => {
        const small = runFirstRounds({ ...inputOf(guest, profile), batchPages: 64 }, 2)
        const grown = inputOf({ ...guest, memMib: factor * guest.memMib }, profile)
        const large = runFirstRounds({ ...grown, batchPages: 64 * factor }, 2)
        expect(large).toHaveLength(small.length)
        for (const [index, { bytes }] of large.entries()) {
          const off = bytes / factor - (small[index]?.bytes ?? Number.NaN)
          expect(Math.abs(off)).toBeLessThan(0.01 * guest.memMib * MIB)
        }
      }),
      { seed: 805, numRuns: 25 },
    )
  })
})

describe('bounds of Akoush et al., MASCOTS 2010', () => {
  /** Rates between which the profile sends on a gigabit, and how often it may send the memory. */
  const bounds: readonly (readonly [
    profile: PrecopyProfile,
    slowest: number,
    mostTimes: number,
    why: string,
  ])[] = [
    [{ kind: 'xen-3.0' }, gigabit, 5, 'more than 3 x, one full round over it, and the last'],
    [
      { kind: 'nsdi-2005' },
      NSDI_2005.firstBytesPerSec,
      5,
      'the same rules, never below 100 Mbit/s',
    ],
    [{ kind: 'xen-4' }, gigabit, 6, 'five rounds and the last'],
  ]

  it.each(bounds)('hold for every guest under $kind', (profile, slowest, mostTimes) => {
    fc.assert(
      fc.property(guests, (guest) => {
        const run = runPrecopy(inputOf(guest, profile))
        const memBytes = pagesOf(guest.memMib * MIB) * PAGE_BYTES
        const passMs = (bytesPerSec: number) => (1000 * memBytes) / bytesPerSec
        expect(run.isSameImage).toBe(true)
        expect(run.totalBytes).toBeGreaterThanOrEqual(memBytes)
        expect(run.totalBytes).toBeLessThanOrEqual(mostTimes * memBytes - PAGE_BYTES)
        expect(run.totalMs).toBeGreaterThanOrEqual(passMs(gigabit) + switchOverMs - 1e-6)
        expect(run.totalMs).toBeLessThanOrEqual(mostTimes * passMs(slowest) + switchOverMs)
        if (run.outcome.kind !== 'completed') throw new Error(`${profile.kind} always completes`)
        expect(run.outcome.downtimeMs).toBeGreaterThanOrEqual(switchOverMs - 1e-6)
        expect(run.outcome.downtimeMs).toBeLessThanOrEqual(passMs(gigabit) + switchOverMs + 1e-6)
      }),
      { seed: 802, numRuns: 40 },
    )
  })

  it('hold for the pause under downtime-target too; its rounds have a limit of another kind', () => {
    const profile: PrecopyProfile = {
      kind: 'downtime-target',
      downtimeLimitMs: 100,
      lastResort: { kind: 'longer-pause', downtimeLimitMs: 60_000 },
    }
    fc.assert(
      fc.property(guests, (guest) => {
        const { outcome, totalMs } = runPrecopy(inputOf(guest, profile))
        const onePassMs = (1000 * guest.memMib * MIB) / gigabit
        expect(totalMs).toBeGreaterThanOrEqual(onePassMs - 1e-6)
        if (outcome.kind !== 'completed') return
        expect(outcome.downtimeMs).toBeLessThanOrEqual(onePassMs + switchOverMs + 1e-6)
      }),
      { seed: 803, numRuns: 25 },
    )
  })
})

interface Move {
  readonly domainId: string
  readonly source: XenHost
  readonly destination: XenHost
  /** Taken from the destination's NIC and not used yet. */
  creditBytes: number
  endedAtMs: number | null
}

const quiet = aSteadyLoad({
  cpuVcpus: 0,
  netRxBytesPerSec: 0,
  netTxBytesPerSec: 0,
  diskReadBytesPerSec: 0,
  diskWriteBytesPerSec: 0,
  hotWritesPerSec: 0,
  coldWritesPerSec: 0,
})

const aQuietDomain = (name: string, memMib: number) => {
  const memBytes = memMib * MIB
  return aDomainSpec(name, {
    workload: quiet,
    memMinBytes: memBytes,
    memTargetBytes: memBytes,
    memMaxBytes: memBytes,
  })
}

/** Both ends' NICs are charged for every page; what one of them has not got yet waits for the next tick. */
function pump(move: Move): void {
  const { source, destination, domainId } = move
  for (;;) {
    move.creditBytes += destination.takeIncomingBudgetBytes(
      domainId,
      64 * PAGE_BYTES - move.creditBytes,
    )
    const room = Math.floor(move.creditBytes / PAGE_BYTES)
    const step = must(source.takeOutgoingBatch(domainId, room))
    if (step.kind === 'no-budget') return
    if (step.kind === 'batch') {
      must(destination.applyIncoming(domainId, step.batch))
      move.creditBytes -= step.batch.frames.length * PAGE_BYTES
      continue
    }
    if (must(source.outgoingProgress(domainId)).isSuspended) return finish(move)
    if (must(source.endOutgoingRound(domainId)).decision.kind === 'stop-and-copy') {
      must(source.suspendForMigration(domainId))
    }
  }
}

function finish(move: Move): void {
  must(move.destination.activateIncoming(must(move.source.finishOutgoing(move.domainId)).handover))
  must(move.source.releaseMigrated(move.domainId, move.domainId))
  move.endedAtMs = move.source.clockMs
}

/** Starts all at once and returns how long each took. The migration has the id of its domain. */
function migrate(routes: readonly (readonly [string, XenHost, XenHost])[]): number[] {
  const hosts = [...new Set(routes.flatMap(([, source, destination]) => [source, destination]))]
  const moves = routes.map(([domainId, source, destination]): Move => {
    const outgoing = must(source.beginOutgoing(domainId, domainId, { kind: 'xen-3.0' }))
    must(destination.prepareIncoming(outgoing))
    return { domainId, source, destination, creditBytes: 0, endedAtMs: null }
  })
  const startedAtMs = hosts[0]?.clockMs ?? 0
  for (let tick = 0; moves.some((move) => move.endedAtMs === null); tick++) {
    expect(tick).toBeLessThan(100_000)
    for (const host of hosts) host.tick(2)
    for (const move of moves) if (move.endedAtMs === null) pump(move)
  }
  return moves.map((move) => (move.endedAtMs ?? Number.NaN) - startedAtMs)
}

describe('migrations between simulated hosts', () => {
  const roomy = { memTotalBytes: 64 * GIB }
  const sizes = fc.integer({ min: 96, max: 256 })
  const alone = (memMib: number) => {
    const spec = aQuietDomain('a', memMib)
    return migrate([[spec.domainId, aHostWith([spec], roomy), aHost(roomy)]])[0] ?? Number.NaN
  }

  it.each(['from one host to one', 'from one host to two', 'from two hosts to one'])(
    'take 2.00 x as long when two share one link, %s',
    (route) => {
      fc.assert(
        fc.property(sizes, (memMib) => {
          const a = aQuietDomain('a', memMib)
          const b = aQuietDomain('b', memMib)
          const source = aHostWith(route === 'from two hosts to one' ? [a] : [a, b], roomy)
          const second = route === 'from two hosts to one' ? aHostWith([b], roomy) : source
          const destination = aHost(roomy)
          const other = route === 'from one host to two' ? aHost(roomy) : destination
          const times = migrate([
            [a.domainId, source, destination],
            [b.domainId, second, other],
          ])
          const single = alone(memMib)
          for (const time of times) expect(Math.abs(time / single - 2)).toBeLessThan(0.01)
        }),
        { seed: 804, numRuns: 5 },
      )
    },
  )

  it('do not slow each other down on separate links', () => {
    const a = aQuietDomain('a', 128)
    const b = aQuietDomain('b', 128)
    const times = migrate([
      [a.domainId, aHostWith([a], roomy), aHost(roomy)],
      [b.domainId, aHostWith([b], roomy), aHost(roomy)],
    ])
    expect(times).toEqual([alone(128), alone(128)])
  })

  it('take time in proportion to memory, within 1 %', () => {
    expect(Math.abs(alone(960) / alone(96) / 10 - 1)).toBeLessThan(0.01)
  })
})
