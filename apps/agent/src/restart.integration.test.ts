import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestConsole } from './testing/test-console.ts'
import {
  busyGuest,
  fastHost,
  newMove,
  prepare,
  settleMove,
  start,
  startMove,
  TestHost,
} from './testing/test-host.ts'

let console_: TestConsole
let source: TestHost
let destination: TestHost

beforeEach(async () => {
  console_ = await TestConsole.start()
  source = await TestHost.start(fastHost('xen-a', [busyGuest('web-7', 64)]), console_)
  destination = await TestHost.start(fastHost('xen-b'), console_)
  await console_.until('inventories', () =>
    [source, destination].every((host) => console_.facts(host.hostId).length > 0),
  )
})
afterEach(async () => {
  await source.stop()
  await destination.stop()
  await console_.stop()
  expect(console_.badFrames).toEqual([])
})

function expectOneRuns(domainId: string, where: 'source' | 'destination'): void {
  expect({
    source: source.isExecuting(domainId),
    destination: destination.isExecuting(domainId),
  }).toEqual({ source: where === 'source', destination: where === 'destination' })
  const [home, other] = where === 'source' ? [source, destination] : [destination, source]
  expect(home.hypervisor.findDomain(domainId)).not.toBeNull()
  expect(other.hypervisor.findDomain(domainId)).toBeNull()
}

const status = (role: 'source' | 'destination', name: string) => ({
  role,
  text: `"status":"${name}"`,
})
const points = [
  { ...status('source', 'connecting'), when: 'after', runsOn: 'source' },
  { ...status('source', 'copying'), when: 'before', runsOn: 'source' },
  { ...status('source', 'copying'), when: 'after', runsOn: 'source' },
  { ...status('source', 'paused'), when: 'before', runsOn: 'source' },
  { ...status('source', 'paused'), when: 'after', runsOn: 'source' },
  { ...status('source', 'committed'), when: 'before', runsOn: 'source' },
  { ...status('source', 'committed'), when: 'after', runsOn: 'source' },
  { ...status('source', 'completed'), when: 'before', runsOn: 'destination' },
  { ...status('source', 'completed'), when: 'after', runsOn: 'destination' },
  { ...status('destination', 'activated'), when: 'before', runsOn: 'source' },
  { ...status('destination', 'activated'), when: 'after', runsOn: 'destination' },
] as const

describe('a disk that is full', () => {
  it('stops the agent at once, and it starts again from what it had written', async () => {
    const { domainId } = source.facts('web-7')
    const pause = { kind: 'domain-action', domainId, action: 'pause' } as const
    expect(await console_.command(source.hostId, pause)).toEqual({ kind: 'done' })
    const failed = source.failed()
    source.storage.setFull(true)
    const unpause = { kind: 'domain-action', domainId, action: 'unpause' } as const
    console_.command(source.hostId, unpause).catch(() => {})
    await failed
    expect(source.agent.isConnected).toBe(false)
    source.storage.setFull(false)
    const left = source.storage.text
    source.agent.stop()
    source.kill()
    expect(source.storage.text).toBe(left)
    await source.restart()
    expect(source.domain('web-7')?.state).toBe('paused')
  })
})

describe('an agent killed and restarted', () => {
  it.each(points)(
    '$when $role writes $text leaves one running domain, on the $runsOn',
    async ({ role, text, when, runsOn }) => {
      const victim = role === 'source' ? source : destination
      const bootId = console_.host(victim.hostId).hello.bootId
      const move = newMove(source, 'web-7')
      const ticket = await prepare(source, destination, move)
      victim.storage.crashAt({ when, text })
      const dead = victim.crashed()
      // A command that the crash interrupts is never answered by that run of the agent.
      start(source, destination, { move, ticket }).catch(() => {})
      await dead
      const { domainId } = move.domain
      expect(source.isExecuting(domainId) && destination.isExecuting(domainId)).toBe(false)
      await victim.restart()
      expect(console_.host(victim.hostId).hello.bootId).toBe(bootId)
      expect(await settleMove(source, destination, move)).toBe(runsOn)
      expectOneRuns(domainId, runsOn)
      // And it can be moved again, from where it is.
      const [from, to] = runsOn === 'source' ? [source, destination] : [destination, source]
      const again = await startMove(from, to, 'web-7')
      await console_.reported(from.hostId, again.migrationId, 'completed')
      expectOneRuns(domainId, runsOn === 'source' ? 'destination' : 'source')
    },
  )

  it.each([0.01, 0.3, 0.9, 0.999])(
    'killed with %f of the decision to activate on the disk has not activated',
    async (share) => {
      const move = newMove(source, 'web-7')
      const ticket = await prepare(source, destination, move)
      const activated = '"status":"activated"'
      destination.storage.crashAt({ when: (length) => Math.floor(share * length), text: activated })
      const dead = destination.crashed()
      start(source, destination, { move, ticket }).catch(() => {})
      await dead
      await destination.restart()
      expect(await settleMove(source, destination, move)).toBe('source')
      expectOneRuns(move.domain.domainId, 'source')
    },
  )

  it('keeps its identity, its domains and its answers', async () => {
    const { domainId } = source.facts('web-7')
    const pause = { kind: 'domain-action', domainId, action: 'pause' } as const
    const first = await console_.command(source.hostId, pause, 'pause-once')
    expect(first).toEqual({ kind: 'done' })
    const before = source.hostId
    source.kill()
    await source.restart()
    expect(console_.host(before).hello.hostId).toBe(before)
    expect(source.domain('web-7')?.state).toBe('paused')
    // The same id again: the same answer, and not "web-7 is paused", which doing it twice would say.
    expect(await console_.command(source.hostId, pause, 'pause-once')).toEqual(first)
    expect(await console_.command(source.hostId, pause, 'pause-twice')).toMatchObject({
      kind: 'rejected',
      refusal: { code: 'wrong-state' },
    })
  })

  it('stays paused and says committed until somebody has asked the destination', async () => {
    const move = newMove(source, 'web-7')
    const ticket = await prepare(source, destination, move)
    source.storage.crashAt({ when: 'after', text: '"status":"committed"' })
    const dead = source.crashed()
    await start(source, destination, { move, ticket })
    await dead
    await source.restart()
    const report = await console_.reported(source.hostId, move.migrationId, 'committed')
    expect(report).toMatchObject({ role: 'source', generation: move.generation })
    expect(source.domain('web-7')?.state).toBe('suspended')
    expect(source.isExecuting(move.domain.domainId)).toBe(false)
    const unpause = {
      kind: 'domain-action',
      domainId: move.domain.domainId,
      action: 'unpause',
    } as const
    expect(await console_.command(source.hostId, unpause)).toMatchObject({
      refusal: { code: 'domain-migrating' },
    })
    expect(await settleMove(source, destination, move)).toBe('source')
    expectOneRuns(move.domain.domainId, 'source')
  })
})
