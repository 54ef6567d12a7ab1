import { domainId, hostId, someDomainFacts } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { every } from './clock.ts'
import { createGate } from './gate.ts'
import { createHealth } from './health.ts'
import { isPublicPage } from './http/page-gate.ts'
import { matchRoute } from './http/router.ts'
import { createDoubleRunWatch } from './inventory/double-runs.ts'
import { createInventory } from './inventory.ts'
import { createLog } from './log.ts'
import { createRateLimit } from './rate-limit.ts'
import { createSessionCache, type Session } from './session-cache.ts'
import { createVirtualClock } from './testing/virtual-clock.ts'

describe('the log', () => {
  it('writes one JSON object a line, from its level on, with the fields of its parents', () => {
    const lines: string[] = []
    const log = createLog('warn', (line) => lines.push(line)).child({ part: 'gateway' })
    log.info('not this')
    log.error('this', { error: new Error('broken'), big: 7n })
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      message: 'this',
      part: 'gateway',
      error: { message: 'broken' },
      big: '7',
    })
  })
})

describe('every', () => {
  it('repeats until it is stopped, also from inside', () => {
    const clock = createVirtualClock()
    let runs = 0
    const stop = every(clock, 100, () => {
      runs += 1
      if (runs === 3) stop()
    })
    clock.advance(1_000)
    expect(runs).toBe(3)
  })
})

describe('the rate limit', () => {
  it('slides: what is older than the window no longer counts', () => {
    const clock = createVirtualClock()
    const limit = createRateLimit({ clock, limit: 2, windowMs: 1_000 })
    expect([limit.take('a'), limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([
      true,
      true,
      false,
      true,
    ])
    clock.stepWall(3_600_000)
    expect(limit.take('a')).toBe(false)
    clock.stepWall(-7_200_000)
    clock.advance(1_001)
    expect(limit.take('a')).toBe(true)
  })

  it('takes good attempts back and keeps a bounded number of keys', () => {
    const clock = createVirtualClock()
    const limit = createRateLimit({ clock, limit: 1, windowMs: 1_000, maxKeys: 2 })
    limit.take('a')
    limit.refund('a')
    expect(limit.take('a')).toBe(true)
    for (const key of ['b', 'c']) limit.take(key)
    expect([limit.take('a'), limit.take('c')]).toEqual([true, false])
  })
})

describe('health', () => {
  it('asks the database once a second, however many ask', async () => {
    const clock = createVirtualClock()
    let asked = 0
    const health = createHealth(clock, async () => {
      asked += 1
      return asked === 1
    })
    expect(await Promise.all([health(), health(), health()])).toEqual(['ok', 'ok', 'ok'])
    clock.stepWall(3_600_000)
    expect([await health(), asked]).toEqual(['ok', 1])
    clock.advance(1_000)
    expect([await health(), asked]).toEqual(['degraded', 2])
  })

  it('does not wait for a database that says nothing, and does not ask it again meanwhile', async () => {
    const clock = createVirtualClock()
    let asked = 0
    let answer = (_isThere: boolean) => {}
    const health = createHealth(clock, () => {
      asked += 1
      return new Promise((resolve) => {
        answer = resolve
      })
    })
    const first = health()
    clock.advance(2_500)
    const second = health()
    clock.advance(2_500)
    expect([await first, await second, asked]).toEqual(['degraded', 'degraded', 1])
    clock.advance(1_000)
    const third = health()
    answer(true)
    expect([await third, asked]).toEqual(['ok', 1])
  })
})

describe('the gate', () => {
  it('lets only so many work at once, in order, also after one has failed', async () => {
    const gate = createGate(2)
    let running = 0
    let most = 0
    const order: number[] = []
    const work = (number: number) => async () => {
      running += 1
      most = Math.max(most, running)
      order.push(number)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      if (number === 1) throw new Error('one that fails')
      return number
    }
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map((number) => gate(work(number))))
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([
      false,
      true,
      true,
      true,
      true,
    ])
    expect([most, order]).toEqual([2, [1, 2, 3, 4, 5]])
  })
})

describe('the watch for domains that run twice', () => {
  it('raises one alarm a copy, and only for what is so at two looks while its host is there', () => {
    const inventory = createInventory((publish) => publish())
    const alarms: string[] = []
    let isOnline = true
    const watch = createDoubleRunWatch({
      losingCopies: inventory.losingCopies,
      onlineHostName: (id) => (isOnline ? `name of ${id.slice(-1)}` : null),
      hostName: (id) => `name of ${id.slice(-1)}`,
      alarm: (_subject, sentence) => alarms.push(sentence),
    })
    inventory.domainChanged(hostId(1), someDomainFacts())
    inventory.domainChanged(hostId(2), someDomainFacts({ generation: 1 }))
    // The source says a moment later that its copy does not run.
    watch.look()
    inventory.domainChanged(
      hostId(1),
      someDomainFacts({ state: { status: 'paused', by: 'migration' } }),
    )
    watch.look()
    expect(alarms).toEqual([])
    inventory.domainChanged(hostId(1), someDomainFacts())
    isOnline = false
    for (let look = 0; look < 3; look += 1) watch.look()
    expect(alarms).toEqual([])
    isOnline = true
    for (let look = 0; look < 3; look += 1) watch.look()
    expect(alarms).toHaveLength(1)
    expect(alarms[0]).toContain('name of 1 runs a copy of')
    expect(inventory.domain(domainId(1))?.hostId).toBe(hostId(2))
    inventory.domainRemoved(hostId(1), domainId(1), 0)
    expect(inventory.losingCopies()).toEqual([])
  })
})

describe('the session cache', () => {
  const session = (userId: string): Session => ({
    sessionId: `session-of-${userId}`,
    expiresAt: Number.MAX_SAFE_INTEGER,
    user: {
      userId: userId as never,
      email: 'a@example.org',
      name: 'A',
      role: 'viewer',
      createdAt: 1e12,
    },
  })

  function bed() {
    const clock = createVirtualClock()
    const state = { lookups: 0, answer: async (): Promise<Session | null> => session('u1') }
    const cache = createSessionCache(clock, () => {
      state.lookups += 1
      return state.answer()
    })
    return { clock, state, cache }
  }

  it('asks once for many at the same time, and again after some seconds', async () => {
    const { clock, state, cache } = bed()
    await Promise.all([cache.find('t'), cache.find('t'), cache.find('t')])
    await cache.find('t')
    expect(state.lookups).toBe(1)
    clock.advance(5_001)
    await cache.find('t')
    expect(state.lookups).toBe(2)
  })

  it('forgets at once, also what is being looked up at that moment', async () => {
    const { state, cache } = bed()
    let answerFirst: (found: Session | null) => void = () => {}
    state.answer = () => new Promise((resolve) => (answerFirst = resolve))
    const looking = cache.find('t')
    cache.forget((found) => found.user.userId === 'u1')
    state.answer = async () => null
    answerFirst(session('u1'))
    expect(await looking).toBeNull()
  })

  it('goes on with a known session while lookups fail, for ten minutes, and never with an ended one', async () => {
    const { clock, state, cache } = bed()
    await cache.find('t')
    state.answer = () => Promise.reject(new Error('the database is away'))
    clock.advance(9 * 60_000)
    expect(await cache.find('t')).not.toBeNull()
    clock.advance(2 * 60_000)
    await expect(cache.find('t')).rejects.toThrow('away')
    state.answer = async () => session('u1')
    await cache.find('t')
    cache.forget(() => true)
    state.answer = () => Promise.reject(new Error('the database is away'))
    await expect(cache.find('t')).rejects.toThrow('away')
  })

  it('does not let an expired session through', async () => {
    const { clock, state, cache } = bed()
    state.answer = async () => ({ ...session('u1'), expiresAt: clock.now() + 1_000 })
    expect(await cache.find('t')).not.toBeNull()
    clock.advance(1_000)
    expect(await cache.find('t')).toBeNull()
  })
})

describe('the router', () => {
  it.each([
    ['GET', '/api/v1/fleet', 'getFleet', {}],
    ['HEAD', '/api/v1/fleet', 'getFleet', {}],
    ['DELETE', '/api/v1/hosts/a%2Fb', 'removeHost', { hostId: 'a/b' }],
    ['POST', '/api/v1/migrations/x/cancel', 'cancelMigration', { migrationId: 'x' }],
  ])('%s %s is %s', (method, path, name, params) => {
    expect(matchRoute(method, path)).toEqual({ kind: 'endpoint', name, params })
  })

  it.each([
    '/api/v1',
    '/api/v1/',
    '/api/v2/fleet',
    '/api/v1/hosts/',
    '/api/v1/hosts/%zz',
    '/api/v1/fleet/',
  ])('%s is unknown', (path) => {
    expect(matchRoute('GET', path)).toEqual({ kind: 'unknown' })
  })
})

it.each([
  ['/sign-in', true],
  ['/setup', true],
  ['/_next/static/chunks/a.js', true],
  ['/icon.svg', true],
  ['/', false],
  ['/hosts', false],
  ['/sign-in-not', false],
  ['/icons/../hosts', false],
])('the page %s is public: %s', (path, isPublic) => {
  expect(isPublicPage(path)).toBe(isPublic)
})
