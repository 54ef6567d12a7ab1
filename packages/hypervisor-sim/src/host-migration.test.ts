import { describe, expect, it } from 'vitest'
import type { Handover } from './migration-handover.ts'
import type { PrecopyProfile } from './precopy-profiles.ts'
import {
  aDomainSpec,
  aHost,
  aHostWith,
  aLoad,
  aSteadyLoad,
  codeOf,
  must,
} from './testing/builders.ts'
import { MIB } from './units.ts'
import { restoreXenHost, type XenHost } from './xen-host.ts'

const web = aDomainSpec('web', {
  workload: {
    kind: 'steady',
    load: aLoad({ hotPages: 800, hotWritesPerSec: 4000 }),
    jitterRatio: 0.3,
  },
})
const id = web.domainId
const target: PrecopyProfile = {
  kind: 'downtime-target',
  downtimeLimitMs: 100,
  lastResort: { kind: 'auto-converge' },
}

interface Move {
  readonly domainId: string
  readonly migrationId: string
  readonly source: XenHost
  readonly destination: XenHost
}

function aMove(source = aHostWith([web]), destination = aHost({ name: 'xen-02' })): Move {
  return { domainId: id, migrationId: 'm1', source, destination }
}

function begin(move: Move, profile: PrecopyProfile = target): void {
  const { domainId, migrationId, source, destination } = move
  must(destination.prepareIncoming(must(source.beginOutgoing(domainId, migrationId, profile))))
}

/** Moves what the links allow until the round is sent; every batch is charged on both sides. */
function pump(move: Move, hosts: readonly XenHost[], tickMs = 10): boolean {
  for (const host of hosts) host.tick(tickMs)
  for (;;) {
    const room = move.destination.takeIncomingBudgetBytes(move.migrationId, 256 * 4096)
    const step = must(move.source.takeOutgoingBatch(move.domainId, Math.floor(room / 4096)))
    if (step.kind === 'round-sent') return true
    if (step.kind === 'no-budget') return false
    must(move.destination.applyIncoming(move.migrationId, step.batch))
    expect(both(move)).toBeLessThanOrEqual(1)
  }
}

function both({ domainId, source, destination }: Move): number {
  return Number(source.isExecuting(domainId)) + Number(destination.isExecuting(domainId))
}

/** All rounds, suspension and the last pages: everything but activation. */
function copy(move: Move): { handover: Handover; rounds: number } {
  const hosts = [move.source, move.destination]
  for (;;) {
    while (!pump(move, hosts));
    const { decision } = must(move.source.endOutgoingRound(move.domainId))
    if (decision.kind === 'give-up') throw new Error(decision.reason)
    if (decision.kind === 'stop-and-copy') break
  }
  must(move.source.suspendForMigration(move.domainId))
  while (!pump(move, hosts));
  const { handover, round } = must(move.source.finishOutgoing(move.domainId))
  return { handover, rounds: round.roundIndex }
}

describe('live migration between two hosts', () => {
  it('ends with the domain running on the destination only, with its memory and under a new domid', () => {
    const move = aMove()
    move.source.tick(5000)
    begin(move)
    expect(move.destination.findDomain(id)).toMatchObject({
      state: 'paused',
      isExecuting: false,
      migration: { role: 'destination', migrationId: 'm1' },
    })
    const { handover } = copy(move)
    expect(must(move.destination.incomingImage('m1'))).toMatchObject({
      digest: handover.digest,
      missingPages: 0,
    })
    expect(both(move)).toBe(0)
    must(move.destination.activateIncoming(handover))
    expect(both(move)).toBe(1)
    must(move.source.releaseMigrated(id, 'm1'))
    expect(move.source.listDomains()).toEqual([])
    expect(move.destination.isExecuting(id)).toBe(true)
    expect(move.destination.findDomain(id)).toMatchObject({ generation: 2, migration: null })
    expect(must(move.destination.domainStats(id)).cpuTimeMs).toBe(0)
  })

  it('does not start the guest anew: its uptime goes over with it', () => {
    const move = aMove()
    const uptimeOn = (host: XenHost) => host.clockMs - (host.findDomain(id)?.startedAtMs ?? 0)
    begin(move)
    const { handover } = copy(move)
    const before = uptimeOn(move.source)
    must(move.destination.activateIncoming(handover))
    expect(before).toBeGreaterThan(0)
    expect(uptimeOn(move.destination)).toBe(before)
  })

  it('carries the memory on: a second migration back brings the same image', () => {
    const there = aMove()
    begin(there)
    must(there.destination.activateIncoming(copy(there).handover))
    must(there.source.releaseMigrated(id, 'm1'))
    there.destination.tick(3000)
    const back = {
      ...there,
      migrationId: 'm2',
      source: there.destination,
      destination: there.source,
    }
    begin(back)
    const { handover } = copy(back)
    must(back.destination.activateIncoming(handover))
    expect(handover.hotWrites).toBeGreaterThan(0)
  })

  it.each<PrecopyProfile>([{ kind: 'xen-3.0' }, { kind: 'nsdi-2005' }, { kind: 'xen-4' }, target])(
    'arrives whole under profile $kind',
    (profile) => {
      const move = aMove()
      begin(move, profile)
      must(move.destination.activateIncoming(copy(move).handover))
    },
  )

  it('is refused activation when a page is missing or the digest differs', () => {
    const move = aMove()
    begin(move)
    const empty: Handover = {
      migrationId: 'm1',
      pageCount: 32_768,
      digest: '0',
      hotWrites: 0,
      coldWrites: 0,
      workloadTimeMs: 0,
      uptimeMs: 0,
      isPaused: false,
      pending: null,
    }
    expect(move.destination.activateIncoming(empty)).toEqual({
      ok: false,
      error: { code: 'pages-missing', missingPages: 32_768 },
    })
    const { handover } = copy(move)
    const wrong = { ...handover, digest: 'f'.repeat(16) }
    expect(codeOf(move.destination.activateIncoming(wrong))).toBe('digest-mismatch')
    expect(move.destination.isExecuting(id)).toBe(false)
    must(move.source.resumeAfterMigration(id, 'm1'))
    move.destination.abortIncoming('m1')
    expect([both(move), move.source.isExecuting(id)]).toEqual([1, true])
  })

  it('keeps a domain paused that was paused by its administrator', () => {
    const move = aMove()
    must(move.source.pauseDomain(id))
    begin(move)
    const { handover, rounds } = copy(move)
    expect(rounds).toBe(1)
    must(move.destination.activateIncoming(handover))
    expect(move.destination.findDomain(id)?.state).toBe('paused')
  })

  it('can be cancelled in a round and while suspended; the source runs on, the reservation goes', () => {
    for (const suspend of [false, true]) {
      const move = aMove()
      const free = move.destination.memFreeBytes
      begin(move)
      pump(move, [move.source, move.destination], 100)
      if (suspend) must(move.source.suspendForMigration(id))
      expect(move.destination.memFreeBytes).toBe(free - 128 * MIB)
      must(move.source.resumeAfterMigration(id, 'm1'))
      move.destination.abortIncoming('m1')
      expect([move.source.isExecuting(id), move.destination.listDomains()]).toEqual([true, []])
      expect(move.destination.memFreeBytes).toBe(free)
      begin({ ...move, migrationId: 'm2' })
    }
  })
})

describe('a domain in migration', () => {
  it('is not moved twice, and answers to its own migration only', () => {
    const move = aMove()
    begin(move)
    expect(codeOf(move.source.beginOutgoing(id, 'm2', target))).toBe('migration-in-progress')
    expect(codeOf(move.source.resumeAfterMigration(id, 'm2'))).toBe('migration-in-progress')
    expect(codeOf(move.source.releaseMigrated(id, 'm1'))).toBe('not-suspended')
    expect(codeOf(move.source.finishOutgoing(id))).toBe('not-suspended')
    expect(codeOf(move.source.endOutgoingRound(id))).toBe('round-not-over')
    expect(codeOf(move.source.setMemTarget(id, 64 * MIB))).toBe('migration-in-progress')
    expect(codeOf(move.destination.unpauseDomain(id))).toBe('migration-in-progress')
    expect(codeOf(move.destination.destroyDomain(id))).toBe('migration-in-progress')
    must(move.source.suspendForMigration(id))
    expect(codeOf(move.source.unpauseDomain(id))).toBe('migration-in-progress')
    expect(codeOf(move.source.startDomain(id))).toBe('migration-in-progress')
  })

  it.each(['crashDomain', 'destroyDomain', 'shutDownDomain', 'rebootDomain'] as const)(
    'can %s in a round, which ends the migration on the source',
    (what) => {
      const move = aMove()
      begin(move)
      pump(move, [move.source, move.destination])
      must(move.source[what](id))
      move.source.tick(10_000)
      expect(codeOf(move.source.takeOutgoingBatch(id, 1))).toBe('not-migrating')
      expect(move.source.findDomain(id)?.migration).toBeNull()
      move.destination.abortIncoming('m1')
      expect(both(move)).toBe(what === 'rebootDomain' ? 1 : 0)
    },
  )

  it('goes on shutting down on the destination if the move was faster', () => {
    const move = aMove()
    begin(move)
    must(move.source.shutDownDomain(id))
    const { handover } = copy(move)
    expect(handover.pending?.kind).toBe('shut-down')
    must(move.destination.activateIncoming(handover))
    move.destination.tick(5000)
    expect(move.destination.findDomain(id)?.state).toBe('shut-off')
  })

  it('is refused by a host without memory for it, and reserved memory cannot be taken twice', () => {
    const move = aMove(aHostWith([web]), aHost({ memTotalBytes: 1408 * MIB }))
    const description = must(move.source.beginOutgoing(id, 'm1', target))
    const big = aDomainSpec('big', { memTargetBytes: 200 * MIB })
    must(move.destination.createDomain(big))
    must(move.destination.prepareIncoming(description))
    expect(codeOf(move.destination.startDomain(big.domainId))).toBe('not-enough-memory')
    move.destination.abortIncoming('m1')
    must(move.destination.startDomain(big.domainId))
    expect(codeOf(move.destination.prepareIncoming(description))).toBe('not-enough-memory')
  })

  it('slows down under a throttle', () => {
    const source = aHostWith([aDomainSpec('web', { workload: aSteadyLoad() })])
    must(source.beginOutgoing(id, 'm1', target))
    must(source.setThrottle(id, 0.75))
    source.tick(1000)
    expect(must(source.domainStats(id))).toMatchObject({ throttleRatio: 0.75, stealMs: 0 })
    expect(must(source.domainStats(id)).rates.pageWritesPerSec).toBeCloseTo(2100 / 4, 5)
    must(source.resumeAfterMigration(id, 'm1'))
    expect(must(source.domainStats(id)).throttleRatio).toBe(0)
  })
})

describe('a killed agent', () => {
  it('comes back with a suspended domain suspended, and with nothing half arrived', () => {
    const move = aMove()
    begin(move)
    copy(move)
    const source = must(restoreXenHost(JSON.parse(JSON.stringify(move.source.snapshot()))))
    expect(source.findDomain(id)).toMatchObject({
      state: 'paused',
      isExecuting: false,
      migration: { role: 'source', migrationId: 'm1', isSuspended: true },
    })
    expect(must(restoreXenHost(move.destination.snapshot())).listDomains()).toEqual([])
    must(source.resumeAfterMigration(id, 'm1'))
    expect(source.isExecuting(id)).toBe(true)
  })

  it('comes back with a domain that was in a round simply running', () => {
    const move = aMove()
    begin(move)
    pump(move, [move.source, move.destination])
    const source = must(restoreXenHost(move.source.snapshot()))
    expect(source.findDomain(id)).toMatchObject({ isExecuting: true, migration: null })
  })
})

describe('the link', () => {
  function durations(count: number, tickMs: number): number {
    const specs = Array.from({ length: count }, (_, i) =>
      aDomainSpec(`w${i}`, {
        workload: aSteadyLoad({
          cpuVcpus: 0,
          hotWritesPerSec: 0,
          coldWritesPerSec: 0,
          netTxBytesPerSec: 0,
        }),
      }),
    )
    const source = aHostWith(specs)
    const destination = aHost({ nicBytesPerSec: 1e9 })
    const moves = specs.map((spec, i) => ({
      domainId: spec.domainId,
      migrationId: `m${i}`,
      source,
      destination,
    }))
    for (const move of moves) begin(move, { kind: 'xen-4' })
    const startedAtMs = source.clockMs
    const open = new Set(moves)
    while (open.size > 0) {
      source.tick(tickMs)
      destination.tick(tickMs)
      for (const move of open) if (pump(move, [])) open.delete(move)
    }
    return source.clockMs - startedAtMs
  }

  it('makes two migrations at once take twice as long', () => {
    const [one, two] = [durations(1, 5), durations(2, 5)]
    expect(one).toBeCloseTo((128 * MIB) / 125_000, -1)
    expect(two / one).toBeCloseTo(2, 1)
  })

  it('gives the same whether ticks are short or long', () => {
    expect(Math.abs(durations(1, 200) - durations(1, 5))).toBeLessThanOrEqual(200)
  })

  it('is charged to dom0 and to the NIC on both sides', () => {
    const move = aMove()
    begin(move, { kind: 'xen-4' })
    for (let i = 0; i < 50; i++) pump(move, [move.source, move.destination])
    const out = move.source.hostStats()
    expect(out.migrationTxBytes).toBeGreaterThan(50_000_000)
    expect(out.dom0.cpuTimeMs).toBeGreaterThan(500 * 0.09)
    expect(move.destination.hostStats().migrationRxBytes).toBeGreaterThanOrEqual(
      out.migrationTxBytes,
    )
  })

  it('honours a rate limit', () => {
    const move = aMove()
    begin(move, { kind: 'xen-4' })
    must(move.source.setOutgoingRateLimit(id, 10_000_000))
    for (let i = 0; i < 100; i++) pump(move, [move.source, move.destination])
    expect(move.source.hostStats().migrationTxBytes).toBeLessThanOrEqual(10_000_000)
    expect(move.source.hostStats().migrationTxBytes).toBeGreaterThan(9_500_000)
  })

  it('honours the lower of a rate limit and the pace of the profile', () => {
    const sentInOneSecond = (limit: number) => {
      const move = aMove()
      begin(move, { kind: 'nsdi-2005' })
      must(move.source.setOutgoingRateLimit(id, limit))
      for (let i = 0; i < 100; i++) pump(move, [move.source, move.destination])
      return move.source.hostStats().migrationTxBytes
    }
    expect(sentInOneSecond(50_000_000)).toBeLessThanOrEqual(12_500_000)
    expect(sentInOneSecond(5_000_000)).toBeLessThanOrEqual(5_000_000)
  })

  it('foretells the pause under a limit that does not bind as under none', () => {
    const decided = (limit: number | null) => {
      const move = aMove(undefined, aHost({ name: 'xen-02', nicBytesPerSec: 8_000_000 }))
      begin(move, { ...target, downtimeLimitMs: 300 })
      if (limit !== null) must(move.source.setOutgoingRateLimit(id, limit))
      while (!pump(move, [move.source, move.destination]));
      return must(move.source.endOutgoingRound(move.domainId)).decision
    }
    expect(decided(null).kind).toBe('another-round')
    expect(decided(100_000_000)).toEqual(decided(null))
    expect(decided(5_000_000).kind).toBe('another-round')
  })

  it('holds back the rounds, not the last pages of the paused guest; a slow path holds back both', () => {
    const pauseMs = (slow: (source: XenHost) => void) => {
      const move = aMove()
      begin(move, { kind: 'xen-4' })
      slow(move.source)
      for (let i = 0; i < 20; i++) pump(move, [move.source, move.destination])
      must(move.source.suspendForMigration(id))
      const at = move.source.clockMs
      while (!pump(move, [move.source, move.destination]));
      return move.source.clockMs - at
    }
    const free = pauseMs(() => {})
    const limited = pauseMs((source) => must(source.setOutgoingRateLimit(id, 10_000_000)))
    const slowPath = pauseMs((source) => must(source.setOutgoingPath(id, 10_000_000)))
    expect(limited).toBeLessThan(2 * free)
    expect(slowPath).toBeGreaterThan(5 * free)
  })
})
