import type { MigrationProfile } from '@drover/api-schema/migration.ts'
import { bitsToBytesPerSec, bytesToPages, MIB, PAGE_BYTES } from '@drover/api-schema/units.ts'
import { createMemory, markWritten, viewMemory } from '@drover/hypervisor-sim/dirty-memory.ts'
import { type PrecopyRun, runPrecopy } from '@drover/hypervisor-sim/precopy-run.ts'
import { createRandom, type Random } from '@drover/hypervisor-sim/random.ts'
import type { DirtyRun } from '@drover/optimizer/migration-cost-curve.ts'

/** One random migration: what is true of it, hidden from the predictor, and what a console would know beforehand. */
export type Case = {
  readonly seed: number
  readonly memBytes: number
  readonly vcpuCount: number
  readonly profile: MigrationProfile
  readonly sourceNicBytesPerSec: number
  readonly destinationNicBytesPerSec: number
  readonly sharers: number
  /** What earlier migrations of the domain showed of its writing. */
  readonly history: readonly DirtyRun[]
  readonly truth: Truth
}
type Guest = {
  readonly seed: number
  readonly pageCount: number
  readonly hotPages: number
  readonly coldPages: number
  readonly hotWritesPerSec: number
  readonly coldWritesPerSec: number
}
type Truth = {
  readonly guest: Guest
  /** Load of this migration against the domain's usual one. */
  readonly level: number
  readonly linkBytesPerSec: number
  readonly setupMs: number
  readonly switchOverMs: number
}

const nics = [1e9, 1e9, 2.5e9, 10e9].map(bitsToBytesPerSec)
/** How many migrations share the link; one alone is as likely as all others together. */
const crowds = [1, 1, 1, 2, 3, 4] as const
/** Standard deviation of the logarithm of the load between two windows of one migration. */
const unrest = 0.1

export function randomCase(seed: number, mostMemMib: number): Case {
  const random = createRandom(seed)
  const pageCount = bytesToPages(logUniform(random, 64, mostMemMib) * MIB)
  const memBytes = pageCount * PAGE_BYTES
  const vcpuCount = 1 + random.int(8)
  const guest = randomGuest(random, seed, pageCount, vcpuCount)
  /** How much the load of this domain differs from one time to the next. */
  const levelSpread = uniform(random, 0.05, 0.35)
  const sourceNicBytesPerSec = pick(random, nics)
  const destinationNicBytesPerSec = pick(random, nics)
  const nic = Math.min(sourceNicBytesPerSec, destinationNicBytesPerSec)
  const sharers = pick(random, crowds)
  const runs = 1 + random.int(5)
  const history = Array.from({ length: runs }, () =>
    earlierMigration(random, guest, {
      level: Math.exp(levelSpread * normal(random)),
      linkBytesPerSec: (nic / pick(random, crowds)) * uniform(random, 0.9, 1),
    }),
  )
  return {
    seed,
    memBytes,
    vcpuCount,
    profile: randomProfile(random),
    sourceNicBytesPerSec,
    destinationNicBytesPerSec,
    sharers,
    history,
    truth: {
      guest,
      level: Math.exp(levelSpread * normal(random)),
      // Guests' own traffic takes up to 8 % that nobody told the predictor of.
      linkBytesPerSec: (nic / sharers) * uniform(random, 0.92, 1),
      setupMs: 200 * Math.exp(0.3 * normal(random)),
      switchOverMs: 30 * Math.exp(0.2 * normal(random)),
    },
  }
}

/** The simulator's own pre-copy, page by page. */
export function runCase({ profile, truth }: Case): PrecopyRun {
  const { guest, level } = truth
  return runPrecopy({
    profile,
    pageCount: guest.pageCount,
    shape: {
      seed: guest.seed,
      spanPages: guest.pageCount,
      hotPages: guest.hotPages,
      coldPages: guest.coldPages,
    },
    hotWritesPerSec: level * guest.hotWritesPerSec,
    coldWritesPerSec: level * guest.coldWritesPerSec,
    linkBytesPerSec: truth.linkBytesPerSec,
    setupMs: truth.setupMs,
    switchOverMs: truth.switchOverMs,
  })
}

/**
 * Two levels: up to a tenth of the memory written often, up to half of it rarely; each vCPU writes its part. The busiest
 * write several times what a 1 Gbit/s link carries, the quietest next to nothing.
 */
function randomGuest(random: Random, seed: number, pageCount: number, vcpuCount: number): Guest {
  return {
    seed,
    pageCount,
    hotPages: Math.floor(pageCount * logUniform(random, 0.001, 0.1)),
    coldPages: Math.floor(pageCount * logUniform(random, 0.02, 0.5)),
    hotWritesPerSec: vcpuCount * logUniform(random, 100, 20_000),
    coldWritesPerSec: vcpuCount * logUniform(random, 30, 10_000),
  }
}

/** The rounds of an earlier migration as the console has stored them: seconds and dirty bytes, counted by the simulator. */
function earlierMigration(
  random: Random,
  guest: Guest,
  { level, linkBytesPerSec }: { level: number; linkBytesPerSec: number },
): DirtyRun {
  const { pageCount, hotPages, coldPages } = guest
  const memory = createMemory({ seed: guest.seed, spanPages: pageCount, hotPages, coldPages })
  let counters = {
    hotWrites: random.int(1 + 5 * hotPages),
    coldWrites: random.int(1 + 5 * coldPages),
  }
  let dirtyPages = pageCount
  const samples: { seconds: number; bytes: number }[] = []
  while (samples.length < 5 && dirtyPages >= 50) {
    const seconds = (dirtyPages * PAGE_BYTES) / linkBytesPerSec
    const pace = level * Math.exp(unrest * normal(random))
    const before = viewMemory(memory, counters)
    counters = {
      hotWrites: counters.hotWrites + pace * seconds * guest.hotWritesPerSec,
      coldWrites: counters.coldWrites + pace * seconds * guest.coldWritesPerSec,
    }
    const bitmap = new Uint32Array(Math.ceil(pageCount / 32))
    dirtyPages = markWritten(bitmap, before, viewMemory(memory, counters))
    samples.push({ seconds, bytes: dirtyPages * PAGE_BYTES })
  }
  return samples
}

function randomProfile(random: Random): MigrationProfile {
  const kind = pick(random, ['xen-3.0', 'nsdi-2005', 'xen-4', 'downtime-target'] as const)
  if (kind !== 'downtime-target') return { kind }
  const lastResorts: Extract<MigrationProfile, { kind: 'downtime-target' }>['lastResort'][] = [
    { kind: 'auto-converge' },
    { kind: 'auto-converge' },
    { kind: 'longer-pause', downtimeLimitMs: 5_000 },
    { kind: 'give-up' },
  ]
  return {
    kind,
    downtimeLimitMs: pick(random, [100, 300, 1000]),
    lastResort: pick(random, lastResorts),
  }
}

function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[random.int(from.length)]
  if (picked === undefined) throw new Error('nothing to pick from')
  return picked
}
const uniform = (random: Random, low: number, high: number): number =>
  low + (high - low) * random.next()
const logUniform = (random: Random, low: number, high: number): number =>
  low * (high / low) ** random.next()
/** Box and Muller. */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
