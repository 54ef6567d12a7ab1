import { describe, expect, it } from 'vitest'
import type { SplitHandover } from './migration-handover.ts'
import { countPages } from './page-bitmap.ts'
import { aDomainSpec, aHost, aHostWith, aLoad, codeOf, must } from './testing/builders.ts'
import { MIB } from './units.ts'
import { restoreXenHost, type XenHost } from './xen-host.ts'

/** It writes 24 MiB of its 32 faster than the link carries them. */
const busy = aDomainSpec('busy', {
  memMinBytes: 32 * MIB,
  memTargetBytes: 32 * MIB,
  memMaxBytes: 32 * MIB,
  workload: {
    kind: 'steady',
    load: aLoad({ hotPages: 6144, hotWritesPerSec: 40_000, coldPages: 1000 }),
    jitterRatio: 0,
  },
})
const id = busy.domainId
const pageCount = 8192
const tickMs = 5

interface Pair {
  source: XenHost
  destination: XenHost
  /** Pages sent, each time. */
  readonly sends: Uint8Array
}

function aPair(): Pair {
  const pair: Pair = {
    source: aHostWith([busy]),
    destination: aHost({ name: 'xen-02' }),
    sends: new Uint8Array(pageCount),
  }
  pair.source.tick(3000)
  must(
    pair.destination.prepareIncoming(must(pair.source.beginOutgoing(id, 'm1', { kind: 'xen-4' }))),
  )
  return pair
}

function tick({ source, destination }: Pair): void {
  source.tick(tickMs)
  destination.tick(tickMs)
}

function copyFor(pair: Pair, ticks: number): void {
  for (let i = 0; i < ticks; i++) {
    tick(pair)
    const room = pair.destination.takeIncomingBudgetBytes('m1', 64 * MIB)
    const step = must(pair.source.takeOutgoingBatch(id, Math.floor(room / 4096)))
    if (step.kind === 'batch') must(pair.destination.applyIncoming('m1', step.batch))
    if (step.kind === 'round-sent') must(pair.source.endOutgoingRound(id))
  }
}

function split(pair: Pair): SplitHandover {
  const { handover } = must(pair.source.splitOutgoing(id))
  must(pair.destination.splitIncoming(handover))
  return handover
}

function activate(pair: Pair, handover: SplitHandover): void {
  must(pair.destination.activateFilling(handover))
  must(pair.source.servePages({ domainId: id, migrationId: 'm1' }, handover.missing))
}

/** One step of both hosts; false when the source has sent everything. */
function serve(pair: Pair): boolean {
  const { source, destination, sends } = pair
  tick(pair)
  expect(Number(source.isExecuting(id)) + Number(destination.isExecuting(id))).toBe(1)
  for (const frame of must(destination.takeAsks('m1'))) must(source.reportMissing(id, frame))
  const room = destination.takeIncomingBudgetBytes('m1', 64 * MIB)
  const step = must(source.takeServedBatch(id, Math.floor(room / 4096)))
  if (step.kind === 'round-sent') return false
  if (step.kind === 'batch') {
    for (const frame of step.batch.frames) sends[frame] = (sends[frame] ?? 0) + 1
    must(destination.applyFilling('m1', step.batch))
  }
  expectHonest(pair)
  return true
}

/** What has come is what was paused, and no page that has not come has been written, but for the one that is waited for. */
function expectHonest({ source, destination }: Pair): void {
  const seen = destination.inspectFilling(id)
  if (seen === null) return
  expect(seen.arrivedDigest).toBe(source.heldDigest(id, seen.missing))
  const others = seen.missing.map((word) => ~word)
  if (seen.waitsFor !== null) others[seen.waitsFor >>> 5]! |= 1 << (seen.waitsFor & 31)
  expect(destination.heldDigest(id, others)).toBe(source.heldDigest(id, others))
}

function serveAll(pair: Pair): void {
  while (serve(pair));
}

describe('post-copy between two hosts', () => {
  it('runs the domain on the destination at once and proves its memory when the last page has come', () => {
    const pair = aPair()
    copyFor(pair, 200)
    const handover = split(pair)
    expect(pair.source.isExecuting(id)).toBe(false)
    expect(pair.destination.isExecuting(id)).toBe(false)
    const missingPages = countPages(handover.missing)
    expect(missingPages).toBeGreaterThan(1000)
    activate(pair, handover)
    expect(pair.destination.findDomain(id)).toMatchObject({
      isExecuting: true,
      generation: 2,
      migration: { role: 'filling', migrationId: 'm1' },
    })
    serveAll(pair)
    const progress = must(pair.destination.fillingProgress('m1'))
    expect(progress).toMatchObject({ missingPages: 0, firstMissingPages: missingPages })
    expect(progress.demandedPages).toBeGreaterThan(0)
    expect(progress.waitedMs).toBeGreaterThan(0)
    expect(must(pair.destination.finishFilling('m1')).digest).toBe(handover.digest)
    expect(handover.digest).toBe(pair.source.memoryDigest(id))
    must(pair.source.releaseMigrated(id, 'm1'))
    expect(pair.source.listDomains()).toEqual([])
    expect(pair.destination.findDomain(id)?.migration).toBeNull()
  })

  it('is possible at any point, before the first page as well, and sends what is missing exactly once', () => {
    for (const ticks of [0, 1, 37, 120]) {
      const pair = aPair()
      copyFor(pair, ticks)
      const handover = split(pair)
      activate(pair, handover)
      serveAll(pair)
      const wanted = Uint8Array.from({ length: pageCount }, (_, frame) =>
        Number(((handover.missing[frame >>> 5] ?? 0) & (1 << (frame & 31))) !== 0),
      )
      expect(pair.sends).toEqual(wanted)
      must(pair.destination.finishFilling('m1'))
    }
  })

  it('lets the guest stand still while nothing comes, and use nothing', () => {
    const pair = aPair()
    activate(pair, split(pair))
    pair.destination.tick(1000)
    const before = must(pair.destination.domainStats(id))
    const { waitsFor, waitedMs } = must(pair.destination.fillingProgress('m1'))
    expect(waitsFor).not.toBeNull()
    pair.destination.tick(10_000)
    expect(must(pair.destination.domainStats(id)).cpuTimeMs).toBe(before.cpuTimeMs)
    expect(must(pair.destination.fillingProgress('m1')).waitedMs).toBe(waitedMs + 10_000)
    expect(must(pair.destination.fillingProgress('m1')).demandedPages).toBe(1)
    expectHonest(pair)
  })

  it('goes on after the agents were started again, from what the destination remembers', () => {
    const pair = aPair()
    copyFor(pair, 60)
    const handover = split(pair)
    activate(pair, handover)
    for (let i = 0; i < 10; i++) serve(pair)
    const saved = JSON.stringify(pair.destination.snapshot())
    for (let i = 0; i < 10; i++) serve(pair)
    pair.destination = must(restoreXenHost(JSON.parse(saved)))
    pair.source = must(restoreXenHost(JSON.parse(JSON.stringify(pair.source.snapshot()))))
    expect(codeOf(pair.source.takeServedBatch(id, 10))).toBe('not-migrating')
    const missing = must(pair.destination.missingOf('m1'))
    must(pair.source.servePages({ domainId: id, migrationId: 'm1' }, missing))
    expectHonest(pair)
    serveAll(pair)
    expect(must(pair.destination.finishFilling('m1')).digest).toBe(handover.digest)
  })

  it('takes a page that comes twice once, whatever the guest has written since', () => {
    const pair = aPair()
    activate(pair, split(pair))
    tick(pair)
    const step = must(pair.source.takeServedBatch(id, 64))
    if (step.kind !== 'batch') throw new Error(step.kind)
    expect(must(pair.destination.applyFilling('m1', step.batch)).appliedPages).toBe(64)
    pair.destination.tick(50)
    expect(must(pair.destination.applyFilling('m1', step.batch)).appliedPages).toBe(0)
    expectHonest(pair)
  })

  it('refuses to run a copy whose held pages are not those of the source', () => {
    const pair = aPair()
    copyFor(pair, 20)
    const { handover } = must(pair.source.splitOutgoing(id))
    expect(codeOf(pair.destination.splitIncoming({ ...handover, heldDigest: 'other' }))).toBe(
      'digest-mismatch',
    )
    expect(
      codeOf(pair.destination.splitIncoming({ ...handover, missing: new Uint32Array(3) })),
    ).toBe('bad-batch')
    // Without the bitmap it would run on pages it has not got.
    const nothing = new Uint32Array(handover.missing.length)
    expect(codeOf(pair.destination.activateFilling({ ...handover, missing: nothing }))).toBe(
      'pages-missing',
    )
    must(pair.source.resumeAfterMigration(id, 'm1'))
    expect(pair.source.isExecuting(id)).toBe(true)
  })

  it('notices a page that came with another version', () => {
    const pair = aPair()
    activate(pair, split(pair))
    tick(pair)
    const step = must(pair.source.takeServedBatch(id, 64))
    if (step.kind !== 'batch') throw new Error(step.kind)
    const versions = step.batch.versions.map((version, index) =>
      index === 7 ? version + 1 : version,
    )
    must(pair.destination.applyFilling('m1', { ...step.batch, versions }))
    while (
      must(pair.destination.fillingProgress('m1')).missingPages > 0 &&
      pair.destination.clockMs < 60_000
    ) {
      tick(pair)
      const next = must(pair.source.takeServedBatch(id, 4096))
      if (next.kind === 'batch') must(pair.destination.applyFilling('m1', next.batch))
    }
    expect(codeOf(pair.destination.finishFilling('m1'))).toBe('digest-mismatch')
  })

  it('needs no page any more once the guest has rebooted or is gone', () => {
    for (const end of ['rebootDomain', 'shutDownDomain', 'destroyDomain'] as const) {
      const pair = aPair()
      activate(pair, split(pair))
      must(pair.destination[end](id))
      for (let i = 0; i < 20_000 && pair.destination.findDomain(id)?.migration != null; i++) {
        tick(pair)
        if (pair.destination.findDomain(id)?.migration == null) break
        const step = must(pair.source.takeServedBatch(id, 4096))
        if (step.kind === 'batch') must(pair.destination.applyFilling('m1', step.batch))
      }
      expect(pair.destination.findDomain(id)?.migration).toBeNull()
      expect(codeOf(pair.destination.fillingProgress('m1'))).toBe('no-such-migration')
    }
  })

  it('cannot leave again, nor change its size, before its pages are there', () => {
    const pair = aPair()
    activate(pair, split(pair))
    const { destination } = pair
    expect(codeOf(destination.beginOutgoing(id, 'm2', { kind: 'xen-4' }))).toBe(
      'migration-in-progress',
    )
    expect(codeOf(destination.setMemTarget(id, 32 * MIB))).toBe('migration-in-progress')
    expect(codeOf(pair.source.pauseDomain(id))).toBe('migration-in-progress')
  })
})
