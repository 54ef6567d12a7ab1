import {
  type MigrationPriority,
  migrationPriorities,
  type RetryPolicy,
} from '@drover/api-schema/migration-terms.ts'
import type { WriteFault } from './world/disk.ts'
import type { Course } from './world/fleet.ts'
import type { Direction, LinkName, Treatment } from './world/network.ts'

/** The hosts by what they are to the migration under test. */
export type HostRole = 'source' | 'destination'
export type ProcessRole = HostRole | 'console'
export type GuestAction = 'shut-down' | 'reboot' | 'crash' | 'destroy' | 'pause'

/** What happens at a moment, in ms since the request. */
export type TimedFault =
  | { readonly kind: 'database-away'; readonly atMs: number; readonly ms: number }
  | { readonly kind: 'guest'; readonly action: GuestAction; readonly atMs: number }
  | { readonly kind: 'cancel'; readonly atMs: number }
  | { readonly kind: 'second-request'; readonly atMs: number }
  | {
      readonly kind: 'clock-jump'
      readonly process: ProcessRole
      readonly atMs: number
      readonly ms: number
    }

/** One thing that goes wrong, and where: positions count from the request to migrate. */
export type Fault =
  | {
      readonly kind: 'frame'
      readonly link: LinkName
      readonly direction: Direction
      readonly index: number
      readonly treatment: Exclude<Treatment, { kind: 'deliver' }>
    }
  | {
      readonly kind: 'kill'
      readonly process: ProcessRole
      /** Before this step of the process. */
      readonly step: number
      readonly downMs: number
    }
  | {
      readonly kind: 'kill-writing'
      readonly host: HostRole
      readonly write: number
      readonly how: Exclude<WriteFault, 'none'>
      readonly downMs: number
    }
  | {
      readonly kind: 'kill-saving'
      readonly operation: number
      readonly how: 'kill-before' | 'kill-after'
      readonly downMs: number
    }
  | {
      readonly kind: 'stop'
      readonly process: ProcessRole
      readonly step: number
      readonly ms: number
    }
  | {
      readonly kind: 'power-cut'
      readonly host: HostRole
      readonly step: number
      readonly downMs: number
    }
  | TimedFault

/** What the first migration is asked for; a second administrator asks for the opposite priority. */
export type Terms = { readonly priority: MigrationPriority; readonly retry: RetryPolicy }

export type Schedule = {
  readonly seed: number
  /** Left out: as if nobody had asked for anything. */
  readonly terms?: Terms
  /** Left out: pre-copy is enough. */
  readonly course?: Course
  readonly faults: readonly Fault[]
}

/** What a migration without faults does, so that faults can be put everywhere in it and a little beyond. */
export type Extent = {
  readonly ms: number
  readonly steps: Readonly<Record<ProcessRole, number>>
  readonly writes: Readonly<Record<HostRole, number>>
  readonly operations: number
  readonly frames: readonly {
    readonly link: LinkName
    readonly direction: Direction
    readonly count: number
  }[]
}

/** Mulberry32: 32 bits of state are plenty to choose two faults, and the same everywhere. */
export function chanceFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Where faults may fall, by what the migration comes to. */
export type Extents = Readonly<Record<Course, Extent>>

/** One or two faults, anywhere; every third migration goes on in post-copy. The same seed and extents give the same schedule. */
export function scheduleFrom(seed: number, extents: Extents): Schedule {
  const course = seed % 3 === 2 ? 'post-copy' : 'pre-copy'
  const extent = extents[course]
  const chance = chanceFrom(seed)
  const count = chance() < 0.4 ? 1 : 2
  // Dice of their own, so that what goes wrong for a seed does not depend on them.
  const terms = termsFrom(new Dice(chanceFrom(seed ^ 0x5f37_59df)))
  const faults = Array.from({ length: count }, () => faultFrom(chance, extent))
  return { seed, terms, course, faults }
}

function termsFrom(dice: Dice): Terms {
  const attempts = 1 + dice.below(3)
  return {
    priority: dice.pick(migrationPriorities),
    retry: dice.pick([
      { kind: 'none' },
      { kind: 'same-host', attempts },
      { kind: 'next-best-host', attempts },
    ] as const),
  }
}

const makers: readonly ((dice: Dice, extent: Extent) => Fault)[] = [
  frameFault,
  frameFault,
  frameFault,
  (dice, { steps }) => {
    const process = dice.pick(['source', 'destination', 'console'] as const)
    return { kind: 'kill', process, step: dice.upTo(steps[process]), downMs: dice.wait() }
  },
  (dice, { writes }) => {
    const host = dice.pick(['source', 'destination'] as const)
    const how = dice.pick(['kill-before', 'kill-torn', 'kill-after'] as const)
    return { kind: 'kill-writing', host, write: dice.below(writes[host]), how, downMs: dice.wait() }
  },
  (dice, { operations }) => ({
    kind: 'kill-saving',
    operation: dice.below(operations),
    how: dice.pick(['kill-before', 'kill-after'] as const),
    downMs: dice.wait(),
  }),
  (dice, { steps }) => {
    const process = dice.pick(['source', 'destination', 'console'] as const)
    return { kind: 'stop', process, step: dice.upTo(steps[process]), ms: dice.wait() }
  },
  (dice, { steps }) => {
    const host = dice.pick(['source', 'destination'] as const)
    return { kind: 'power-cut', host, step: dice.upTo(steps[host]), downMs: dice.wait() }
  },
  (dice, { ms }) => ({
    kind: 'database-away',
    atMs: dice.upTo(ms),
    ms: dice.pick([1_000, 30_000]),
  }),
  (dice, { ms }) => ({
    kind: 'guest',
    action: dice.pick(['shut-down', 'reboot', 'crash', 'destroy', 'pause'] as const),
    atMs: dice.upTo(ms),
  }),
  (dice, { ms }) => ({ kind: 'cancel', atMs: dice.upTo(ms) }),
  (dice, { ms }) => ({ kind: 'second-request', atMs: dice.upTo(ms) }),
  (dice, { ms }) => ({
    kind: 'clock-jump',
    process: dice.pick(['source', 'destination', 'console'] as const),
    atMs: dice.upTo(ms),
    ms: dice.pick([-3_600_000, -10_000, 10_000, 3_600_000]),
  }),
]

function frameFault(dice: Dice, { frames }: Extent): Fault {
  const { link, direction, count } = dice.pick(frames)
  const treatment = dice.pick([
    { kind: 'drop' },
    { kind: 'duplicate' },
    { kind: 'delay', ms: dice.wait() },
    { kind: 'halve' },
    { kind: 'cut' },
    { kind: 'half-open' },
    { kind: 'late', ms: dice.wait() },
  ] as const)
  return { kind: 'frame', link, direction, index: dice.below(count), treatment }
}

function faultFrom(chance: () => number, extent: Extent): Fault {
  const dice = new Dice(chance)
  return dice.pick(makers)(dice, extent)
}

/** Beyond the end by this share: what comes after the migration matters too. */
const beyond = 1.15
const waitsMs = [50, 700, 3_000, 7_000, 20_000, 70_000] as const

class Dice {
  readonly #chance: () => number

  constructor(chance: () => number) {
    this.#chance = chance
  }

  below(count: number): number {
    return Math.floor(this.#chance() * Math.max(1, count))
  }

  upTo(extent: number): number {
    return this.below(extent * beyond)
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('There is nothing to choose from.')
    return item
  }

  /** Shorter and longer than every patience in the system. */
  wait(): number {
    return this.pick(waitsMs)
  }
}

/** A line for people: what went wrong, where. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'frame': {
      const { treatment } = fault
      const ms = 'ms' in treatment ? ` ${treatment.ms} ms` : ''
      return `${treatment.kind}${ms} frame ${fault.index} of ${fault.link} ${fault.direction}`
    }
    case 'kill':
      return `kill ${fault.process} at step ${fault.step} for ${fault.downMs} ms`
    case 'kill-writing':
      return `${fault.how} write ${fault.write} of ${fault.host} for ${fault.downMs} ms`
    case 'kill-saving':
      return `${fault.how} operation ${fault.operation} of the database, console away ${fault.downMs} ms`
    case 'stop':
      return `stop ${fault.process} at step ${fault.step} for ${fault.ms} ms`
    case 'power-cut':
      return `cut the power of ${fault.host} at step ${fault.step} for ${fault.downMs} ms`
    case 'database-away':
      return `database away at ${fault.atMs} ms for ${fault.ms} ms`
    case 'guest':
      return `guest: ${fault.action} at ${fault.atMs} ms`
    case 'cancel':
      return `cancel at ${fault.atMs} ms`
    case 'second-request':
      return `a second administrator at ${fault.atMs} ms`
    case 'clock-jump':
      return `clock of ${fault.process} jumps ${fault.ms} ms at ${fault.atMs} ms`
  }
}
