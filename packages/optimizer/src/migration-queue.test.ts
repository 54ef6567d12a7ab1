import type { Host } from '@drover/api-schema/host.ts'
import type { HostId, UserId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import {
  defaultMigrationSettings,
  type MigrationLimits,
  type MigrationSettings,
  poolSettings,
} from '@drover/api-schema/migration-settings.ts'
import {
  aHost,
  aMigration,
  domainId,
  hostId,
  migrationId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { nextToGo, overdueAfterMs, type QueueView, queueOrder } from './migration-queue.ts'
import { describeWait, waits } from './migration-queue-wait.ts'

const roomy: MigrationLimits = {
  total: 100,
  perPool: 100,
  outgoingPerHost: 100,
  incomingPerHost: 100,
}

function view(
  limits: Partial<MigrationLimits> = {},
  more: { hosts?: Partial<Host>[]; pools?: MigrationSettings['pools']; now?: number } = {},
): QueueView {
  const hosts = new Map<HostId, Host>()
  for (let number = 1; number <= 9; number += 1)
    hosts.set(hostId(number), aHost({ hostId: hostId(number), name: `xen-0${number}` }))
  for (const host of more.hosts ?? [])
    hosts.set(host.hostId ?? hostId(1), aHost({ ...hosts.get(host.hostId ?? hostId(1)), ...host }))
  const settings = {
    ...defaultMigrationSettings,
    limits: { ...roomy, ...limits },
    pools: more.pools ?? [],
  }
  return { host: (id) => hosts.get(id) ?? null, settings, now: more.now ?? testMoment + 1_000 }
}

const person = (name: string) => ({ userId: name as UserId, name }) // an id is any text
/** From host `from` to host `to`; asked for `number` ms after the test's moment. */
function queued(number: number, from: number, to: number, more: Partial<Migration> = {}) {
  return aMigration({
    migrationId: migrationId(number),
    domainId: domainId(number),
    sourceHostId: hostId(from),
    sourceHostName: `xen-0${from}`,
    destinationHostId: hostId(to),
    destinationHostName: `xen-0${to}`,
    requestedAt: testMoment + number,
    ...more,
  })
}
const runs = (number: number, from: number, to: number, more: Partial<Migration> = {}) =>
  queued(number, from, to, {
    state: { phase: 'preparing', startedAt: testMoment + number },
    ...more,
  })
const numbers = (migrations: readonly Migration[]) =>
  migrations.map(({ requestedAt }) => requestedAt - testMoment)

describe('limits', () => {
  it.each([
    ['total', { total: 1 }, runs(1, 8, 9)],
    ['pool', { perPool: 1 }, runs(1, 8, 9)],
    ['source', { outgoingPerHost: 1 }, runs(1, 1, 9)],
    ['destination', { incomingPerHost: 1 }, runs(1, 8, 2)],
  ])('of the %s hold back, one more would let go', (_name, limits, running) => {
    const waiting = queued(2, 1, 2)
    expect(nextToGo([running, waiting], view(limits))).toBeNull()
    const [key] = Object.keys(limits)
    expect(nextToGo([running, waiting], view({ [String(key)]: 2 }))).toBe(waiting)
  })

  it('of a pool are its own where they are set, and no other pool fills them', () => {
    const pools = [
      { ...poolSettings(defaultMigrationSettings, 'pool-a'), maxAtOnce: 2 },
      { ...poolSettings(defaultMigrationSettings, 'pool-b'), maxAtOnce: 1 },
    ]
    const hosts = [8, 9].map((number) => ({ hostId: hostId(number), pool: 'pool-b' }))
    const both = view({ perPool: 1 }, { pools, hosts })
    const waiting = queued(5, 1, 2)
    expect(nextToGo([runs(1, 3, 4), runs(2, 8, 9), waiting], both)).toBe(waiting)
    expect(nextToGo([runs(1, 3, 4), runs(2, 8, 9), queued(6, 9, 8)], both)).toBeNull()
  })

  it('that were lowered while more run let nothing new go', () => {
    const open = [runs(1, 1, 2), runs(2, 3, 4), runs(3, 5, 6), queued(4, 7, 8)]
    expect(nextToGo(open, view({ total: 1 }))).toBeNull()
    expect(nextToGo(open.slice(2), view({ total: 1 }))).toBeNull()
    expect(nextToGo(open.slice(3), view({ total: 1 }))).toBe(open[3])
  })

  it('do not let one with busy hosts hold up those behind it', () => {
    const open = [runs(1, 1, 2), queued(2, 1, 3), queued(3, 4, 5)]
    expect(nextToGo(open, view({ outgoingPerHost: 1 }))).toBe(open[2])
  })

  it('do not count a migration that waits for a lost host, but its hosts stay taken', () => {
    const hosts = [
      { hostId: hostId(2), connection: { status: 'lost' as const, lastSeenAt: testMoment } },
    ]
    const stuck = runs(1, 1, 2)
    expect(nextToGo([stuck, queued(2, 3, 4)], view({ total: 1 }, { hosts }))).not.toBeNull()
    expect(nextToGo([stuck, queued(2, 1, 4)], view({ outgoingPerHost: 1 }, { hosts }))).toBeNull()
  })
})

describe('who goes first', () => {
  const order = (open: Migration[], now?: number) =>
    numbers(queueOrder(open, view({}, now === undefined ? {} : { now })))

  it('is the higher priority, then the older', () => {
    expect(
      order([
        queued(1, 1, 2, { priority: 'low' }),
        queued(2, 1, 2),
        queued(3, 1, 2),
        queued(4, 1, 2, { priority: 'high' }),
      ]),
    ).toEqual([4, 2, 3, 1])
  })

  it("is somebody's single move before the rest of another's evacuation", () => {
    const evacuation = Array.from({ length: 6 }, (_, index) =>
      queued(index + 1, 1, 2, { groupId: migrationId(900), requestedBy: person('ada') }),
    )
    const single = queued(7, 3, 4, { requestedBy: person('bo') })
    const running = evacuation
      .slice(0, 2)
      .map((one) => runs(one.requestedAt - testMoment, 1, 2, one))
    const busy = running.map((one) => ({
      ...one,
      state: { phase: 'preparing' as const, startedAt: testMoment },
    }))
    const open = [...busy, ...evacuation.slice(2), single]
    expect(nextToGo(open, view())).toBe(single)
    expect(order(open)).toEqual([7, 3, 4, 5, 6])
  })

  it("is one's own single move before the rest of one's own evacuation", () => {
    const evacuation = [1, 2, 3].map((number) =>
      queued(number, 1, 2, { groupId: migrationId(900) }),
    )
    expect(
      order([runs(9, 1, 2, { groupId: migrationId(900) }), ...evacuation, queued(4, 3, 4)]),
    ).toEqual([4, 1, 2, 3])
  })

  it('takes turns between two who evacuate at once', () => {
    const of = (name: string, first: number) =>
      [0, 1, 2].map((index) =>
        queued(first + index, 1, 2, {
          groupId: migrationId(name === 'ada' ? 900 : 901),
          requestedBy: person(name),
        }),
      )
    expect(order([...of('ada', 1), ...of('bo', 11)])).toEqual([1, 11, 2, 12, 3, 13])
  })

  it('is the oldest overdue one, then the order is as before', () => {
    const open = [
      queued(1, 1, 2, { priority: 'low' }),
      queued(2, 1, 2, { priority: 'low' }),
      queued(5_000, 1, 2, { priority: 'high' }),
    ]
    expect(order(open, testMoment + overdueAfterMs)).toEqual([5_000, 1, 2])
    expect(order(open, testMoment + overdueAfterMs + 2)).toEqual([1, 5_000, 2])
  })

  it('is one overdue migration at a time', () => {
    const now = testMoment + overdueAfterMs + 100
    const first = runs(1, 1, 2, {
      priority: 'low',
      state: { phase: 'preparing', startedAt: now - 10 },
    })
    const second = queued(2, 1, 2, { priority: 'low' })
    const high = queued(5_000, 1, 2, { priority: 'high' })
    expect(nextToGo([first, second, high], view({}, { now }))).toBe(high)
    expect(nextToGo([second, high], view({}, { now }))).toBe(second)
  })

  it('is one overdue migration of a request at a time', () => {
    const now = testMoment + overdueAfterMs + 5_000
    const request = { requestedAt: testMoment, groupId: migrationId(900), priority: 'low' as const }
    let open = [1, 2, 3, 4].map((number) => queued(number, 1, 2, request))
    const high = queued(4_000, 3, 4, { priority: 'high' })
    open.push(high)
    const went: Migration[] = []
    for (let left = open.length; left > 0; left -= 1) {
      const next = nextToGo(open, view({}, { now })) ?? expect.fail('all may go')
      went.push(next)
      const state = { phase: 'preparing' as const, startedAt: now }
      open = open.map((one) => (one === next ? { ...one, state } : one))
    }
    expect(went.indexOf(high)).toBe(1)
  })

  it('is not one that only a lost host can make room for, nor behind one that waits for it', () => {
    const now = testMoment + overdueAfterMs + 1_000
    const hosts = [
      { hostId: hostId(2), connection: { status: 'lost' as const, lastSeenAt: testMoment } },
    ]
    const startedAt = testMoment + 2
    const stuck = runs(1, 1, 2, { state: { phase: 'preparing', startedAt } })
    const behind = queued(2, 1, 3)
    const next = queued(3, 5, 6, { priority: 'low' })
    const high = queued(500_000, 7, 8, { priority: 'high' })
    const at = view({ perPool: 1, outgoingPerHost: 1 }, { hosts, now })
    expect(nextToGo([stuck, behind, high], at)).toBe(high)
    expect(nextToGo([stuck, behind, next, high], at)).toBe(next)
    const late = runs(1, 1, 2, { state: { phase: 'preparing', startedAt: now - 5 } })
    expect(nextToGo([late, next, high], at)).toBe(next)
  })

  it('lets nobody take the places an overdue one waits for', () => {
    const now = testMoment + overdueAfterMs + 100
    const overdue = queued(1, 1, 2, { priority: 'low' })
    const high = queued(5_000, 1, 3, { priority: 'high' })
    const elsewhere = queued(5_001, 4, 5)
    const limits = { outgoingPerHost: 1, incomingPerHost: 1 }
    // Its destination is taken; its source, which is free, is kept for it.
    const open = [runs(4_000, 6, 2), overdue, high, elsewhere]
    expect(nextToGo(open, view(limits, { now }))).toBe(elsewhere)
    expect(nextToGo(open.slice(0, 3), view(limits, { now }))).toBeNull()
    expect(nextToGo(open.slice(1), view(limits, { now }))).toBe(overdue)
  })

  it('is nobody before their time, and nobody whose host is away', () => {
    const early = queued(1, 1, 2, { notBeforeAt: testMoment + 60_000 })
    const hosts = [
      { hostId: hostId(3), connection: { status: 'stale' as const, lastSeenAt: testMoment } },
    ]
    expect(nextToGo([early, queued(2, 1, 3)], view({}, { hosts }))).toBeNull()
    expect(nextToGo([early], view({}, { now: testMoment + 60_000 }))).toBe(early)
  })

  it('is one whose host was removed: the preflight refuses it', () => {
    const lost = queued(1, 1, 77)
    expect(nextToGo([runs(2, 1, 3), lost], view({ total: 1 }))).toBe(lost)
  })
})

describe('why a migration waits', () => {
  function said(open: Migration[], migration: Migration, at = view()): string {
    const wait = waits(open, at).get(migration.migrationId)
    return wait === undefined ? 'nothing' : describeWait(wait, at.now)
  }

  it('is its place in line and what is full', () => {
    const third = queued(5, 3, 4)
    const open = [runs(1, 3, 5), runs(2, 3, 6), queued(3, 1, 2), queued(4, 1, 2), third]
    expect(said(open, third, view({ outgoingPerHost: 2 }))).toBe(
      '3rd in line; xen-03 already sends 2',
    )
    expect(said(open, third)).toBe('3rd in line')
    expect(said(open, open[2] ?? third, view({ total: 2, perPool: 1 }))).toBe(
      'next in line; 2 already run in pool-a; 2 already run in all',
    )
    const full = queued(6, 1, 5)
    expect(said([...open, full], full, view({ incomingPerHost: 1 }))).toBe(
      '4th in line; xen-05 already receives 1',
    )
  })

  it('is the pause before a retry, or a host that is away: then it has no place', () => {
    const retry = queued(1, 1, 2, { notBeforeAt: testMoment + 31_000 })
    expect(said([retry], retry)).toBe('tries again in 30 s')
    const hosts = [
      { hostId: hostId(2), connection: { status: 'lost' as const, lastSeenAt: testMoment } },
    ]
    const waiting = queued(2, 1, 2)
    expect(said([waiting], waiting, view({}, { hosts }))).toBe('xen-02 is not connected')
  })

  it('counts as people do', () => {
    const place = (position: number) => describeWait({ position, reasons: [] }, 0)
    expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111].map(place)).toEqual([
      'next in line',
      '2nd in line',
      '3rd in line',
      '4th in line',
      '11th in line',
      '12th in line',
      '13th in line',
      '21st in line',
      '22nd in line',
      '103rd in line',
      '111th in line',
    ])
  })
})
