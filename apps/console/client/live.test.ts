import type { Fleet, LiveDownFrame } from '@drover/api-schema/live-protocol.ts'
import {
  aFleet,
  aHost,
  hostId,
  migrationId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import { describe, expect, test, vi } from 'vitest'
import { LiveConnection, type LiveSocket, retryDelayMs } from './live.ts'

const fleet = aFleet({
  generation: 3,
  hosts: [aHost()],
})

/** A console, a clock and a cache in a test's hands. */
function aTab() {
  const sockets: (LiveSocket & { sent: unknown[] })[] = []
  const timers: { at: number; run: () => void; isOff: boolean }[] = []
  const cache: { fleet: Fleet | undefined } = { fleet: undefined }
  const clock = { now: testMoment }
  const samples = { connect: vi.fn(), acceptRoster: vi.fn(), acceptFrame: vi.fn() }
  const progress = { accept: vi.fn(), keepOnly: vi.fn() }
  const live = new LiveConnection({
    openSocket: () => {
      const sent: unknown[] = []
      const socket = {
        binaryType: 'blob' as BinaryType,
        onopen: null,
        onmessage: null,
        onclose: null,
        send: (text: string) => sent.push(JSON.parse(text)),
        close: vi.fn(),
        sent,
      }
      sockets.push(socket)
      return socket
    },
    now: () => clock.now,
    random: () => 1,
    wait: (ms, run) => {
      const timer = { at: clock.now + ms, run, isOff: false }
      timers.push(timer)
      return () => {
        timer.isOff = true
      }
    },
    readFleet: () => cache.fleet,
    writeFleet: (next) => {
      cache.fleet = next
    },
    samples,
    progress,
  })
  const socket = () => sockets.at(-1)!
  const hear = (frame: LiveDownFrame) => socket().onmessage?.({ data: JSON.stringify(frame) })
  function pass(ms: number) {
    clock.now += ms
    for (const timer of timers.splice(0)) {
      if (timer.isOff) continue
      if (timer.at <= clock.now) timer.run()
      else timers.push(timer)
    }
  }
  function connect() {
    live.start()
    socket().onopen?.()
    hear({ type: 'welcome', version: 1, now: clock.now + 2000, consoleVersion: '0.1.0' })
    hear({ type: 'snapshot', fleet })
  }
  return { live, sockets, socket, hear, pass, connect, cache, samples, progress, clock }
}

describe('LiveConnection', () => {
  test('says hello, takes the snapshot, and is live', () => {
    const tab = aTab()
    tab.connect()
    expect(tab.socket().sent[0]).toEqual({ type: 'hello', versions: [1] })
    expect(tab.cache.fleet).toEqual(fleet)
    expect(tab.live.state).toEqual({ status: 'live' })
    expect(tab.live.consoleNow()).toBe(tab.clock.now + 2000)
  })

  test('a patch goes into the cache; a gap asks for a new picture and ignores patches until it is here', () => {
    const tab = aTab()
    tab.connect()
    const host = aHost({ isInMaintenance: true })
    tab.hear({ type: 'patch', generation: 4, changes: [{ kind: 'host-upserted', host }] })
    expect(tab.cache.fleet?.hosts).toEqual([host])
    tab.hear({ type: 'patch', generation: 6, changes: [] })
    expect(tab.socket().sent.at(-1)).toEqual({ type: 'resync' })
    tab.hear({
      type: 'patch',
      generation: 5,
      changes: [{ kind: 'host-removed', hostId: hostId(1) }],
    })
    expect(tab.cache.fleet?.generation).toBe(4)
    tab.hear({ type: 'snapshot', fleet: { ...fleet, generation: 9 } })
    expect(tab.cache.fleet?.generation).toBe(9)
  })

  test('subscriptions are sent over the socket that is up', () => {
    const tab = aTab()
    tab.connect()
    const send = tab.samples.connect.mock.calls.at(-1)?.[0]
    send([hostId(1)])
    expect(tab.socket().sent.at(-1)).toEqual({ type: 'subscribe-samples', hostIds: [hostId(1)] })
  })

  test('a lost socket keeps the picture, says since when, and tries again', () => {
    const tab = aTab()
    tab.connect()
    tab.pass(4000)
    tab.socket().onclose?.({ code: 1006 })
    expect(tab.live.state).toEqual({
      status: 'interrupted',
      sinceAt: testMoment,
      retryAt: testMoment + 4500,
    })
    expect(tab.cache.fleet).toEqual(fleet)
    tab.pass(499)
    expect(tab.sockets).toHaveLength(1)
    tab.pass(1)
    expect(tab.sockets).toHaveLength(2)
  })

  test('a silent console counts as lost after three heartbeats', () => {
    const tab = aTab()
    tab.connect()
    for (let beat = 0; beat < 3; beat += 1) tab.pass(10_000)
    expect(tab.live.state.status).toBe('interrupted')
    expect(
      tab.socket().sent.filter((frame) => (frame as { type: string }).type === 'heartbeat'),
    ).toHaveLength(2)
  })

  test.each([
    [4401, 'signed-out'],
    [4406, 'outdated'],
    [4409, 'displaced'],
  ] as const)('close code %i ends it as %s, without another try', (code, status) => {
    const tab = aTab()
    tab.connect()
    tab.socket().onclose?.({ code })
    expect(tab.live.state).toEqual({ status })
    tab.pass(600_000)
    expect(tab.sockets).toHaveLength(1)
  })

  test.each([
    ['not json', '{'],
    ['an unknown frame', '{"type":"surprise"}'],
  ])('%s closes the socket to start over', (_, data) => {
    const tab = aTab()
    tab.connect()
    tab.socket().onmessage?.({ data })
    expect(tab.socket().close).toHaveBeenCalledOnce()
  })

  test('binary frames go to the samples, progress to its store', () => {
    const tab = aTab()
    tab.connect()
    tab.socket().onmessage?.({ data: new Uint8Array([1, 2]).buffer })
    expect(tab.samples.acceptFrame).toHaveBeenCalledWith(new Uint8Array([1, 2]))
    const progress = {
      roundIndex: 1,
      roundSentPages: 5,
      roundPages: 10,
      totalBytes: 0,
      bytesPerSec: 0,
      dirtyPagesPerSec: null,
      throttleRatio: 0,
      isStalled: false,
      predictedRemainingMs: null,
      predictedDowntimeMs: null,
    }
    tab.hear({ type: 'migration-progressed', migrationId: migrationId(1), progress })
    expect(tab.progress.accept).toHaveBeenCalledWith(migrationId(1), progress)
  })

  test('hurrying opens at once, and only while it waits', () => {
    const tab = aTab()
    tab.connect()
    tab.live.hurry()
    expect(tab.sockets).toHaveLength(1)
    tab.socket().onclose?.({ code: 1006 })
    tab.live.hurry()
    expect(tab.sockets).toHaveLength(2)
  })
})

test('waits grow to a ceiling and are never shorter than half of it', () => {
  expect([0, 1, 2, 20].map((attempt) => retryDelayMs(attempt, 1))).toEqual([
    500, 1000, 2000, 15_000,
  ])
  expect(retryDelayMs(20, 0)).toBe(7500)
})
