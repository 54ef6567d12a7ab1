import { beforeEach, describe, expect, test, vi } from 'vitest'
import { SilenceWatch } from './silence.ts'

/** A page and its clock; time passes as the test says, and readings come when it says. */
let now = 0
let timers: { at: number; run: () => void }[] = []
let watch: SilenceWatch<string>

beforeEach(() => {
  now = 0
  timers = []
  watch = new SilenceWatch({
    now: () => now,
    wait: (ms, run) => timers.push({ at: now + ms, run }),
  })
})

function pass(ms: number, each: () => void = () => {}) {
  const end = now + ms
  while (now < end) {
    now += 1000
    each()
    const due = timers.filter(({ at }) => at <= now)
    timers = timers.filter(({ at }) => at > now)
    for (const { run } of due) run()
  }
}

/** The page sleeps: time passes and no timer runs until it wakes. */
function sleep(ms: number) {
  now += ms
  pass(1000)
}

function connected(...hosts: string[]) {
  for (const host of hosts) watch.listen(host, () => {})
  watch.expect(hosts)
  watch.setConnected(true)
}

describe('a host that sends nothing', () => {
  test('is silent three seconds after its newest reading, by the second', () => {
    connected('frozen', 'live')
    pass(5000, () => watch.hear('live'))
    expect(watch.silentMs('live')).toBeNull()
    expect(watch.silentMs('frozen')).toBe(5000)
    pass(1000, () => watch.hear('live'))
    expect(watch.silentMs('frozen')).toBe(6000)
  })

  test('is heard again at once, and those who follow it are told both times', () => {
    const told = vi.fn()
    watch.listen('host', told)
    connected('host')
    pass(3000)
    expect(told).toHaveBeenCalledTimes(1)
    watch.hear('host')
    expect(watch.silentMs('host')).toBeNull()
    expect(told).toHaveBeenCalledTimes(2)
  })
})

describe('nothing is silent before it could have been heard', () => {
  test('after a connection, however long it took', () => {
    connected('host')
    pass(4000)
    watch.setConnected(false)
    expect(watch.silentMs('host')).toBeNull()
    pass(60_000)
    expect(watch.silentMs('host')).toBeNull()
    watch.setConnected(true)
    pass(2000)
    expect(watch.silentMs('host')).toBeNull()
    pass(1000)
    expect(watch.silentMs('host')).toBe(3000)
  })

  test('a host that was not asked for', () => {
    connected('host')
    watch.listen('elsewhere', () => {})
    pass(10_000)
    expect(watch.silentMs('elsewhere')).toBeNull()
    watch.expect(['host', 'elsewhere'])
    pass(2000)
    expect(watch.silentMs('elsewhere')).toBeNull()
    watch.expect(['elsewhere'])
    expect(watch.silentMs('host')).toBeNull()
  })

  test('after the page slept', () => {
    connected('host')
    pass(2000, () => watch.hear('host'))
    sleep(120_000)
    expect(watch.silentMs('host')).toBeNull()
    pass(3000)
    expect(watch.silentMs('host')).toBe(3000)
  })
})

test('nobody looks, no timer runs', () => {
  const stop = watch.listen('host', () => {})
  expect(timers).toHaveLength(1)
  stop()
  pass(3000)
  expect(timers).toHaveLength(0)
})
