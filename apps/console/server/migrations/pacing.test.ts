import type { MigrationId } from '@drover/api-schema/ids.ts'
import { hostId } from '@drover/api-schema/testing/builders.ts'
import { expect, it } from 'vitest'
import { ada, ModelFleet } from './testing/model-fleet.ts'
import { settled } from './testing/virtual-clock.ts'

const MB = 1_000_000

/** Copies are under way: the sources go on no further than their first round. */
async function copying(fleet: ModelFleet, ids: readonly MigrationId[]): Promise<void> {
  const isCopying = (id: MigrationId) => fleet.pairs.get(id)?.source.status?.status === 'copying'
  for (let step = 0; step < 50 && !ids.every(isCopying); step += 1) {
    for (const pair of fleet.pairs.values()) {
      const up = pair.source.status?.status === 'connecting' ? pair.up.shift() : undefined
      if (up !== undefined) pair.destination.receive(up)
      const down = pair.source.status?.status === 'connecting' ? pair.down.shift() : undefined
      if (down !== undefined) pair.source.receive(down)
    }
    await settled()
  }
  expect(ids.filter((id) => !isCopying(id))).toEqual([])
}

const limitOf = (fleet: ModelFleet, id: MigrationId) => fleet.pairs.get(id)?.source.limitBytesPerSec
const commands = (fleet: ModelFleet, kind: 'start-outgoing' | 'steer-outgoing') =>
  fleet.sent.flatMap(({ command }) => (command.kind === kind ? [command] : []))
const steers = (fleet: ModelFleet) =>
  fleet.sent.flatMap(({ command }) => (command.kind === 'steer-outgoing' ? [command.steering] : []))

it('divides what a host may send among its copies, from the first byte on', async () => {
  const fleet = new ModelFleet(4)
  fleet.limitHost(1, 10 * MB)
  const first = await fleet.start(fleet.addDomain(1), 2)
  expect(commands(fleet, 'start-outgoing')).toMatchObject([{ bandwidthBytesPerSec: 10 * MB }])
  await copying(fleet, [first])
  const second = await fleet.start(fleet.addDomain(2), 3)
  expect(commands(fleet, 'start-outgoing')).toMatchObject([{}, { bandwidthBytesPerSec: 5 * MB }])
  await copying(fleet, [first, second])
  expect([first, second].map((id) => limitOf(fleet, id))).toEqual([5 * MB, 5 * MB])
  // A high priority takes more of it; one that ends leaves it to the other.
  await fleet.orchestrator.setPriority(first, 'high', 'Ada')
  await settled()
  expect([first, second].map((id) => limitOf(fleet, id))).toEqual([6_666_666, 3_333_333])
  await fleet.orchestrator.cancel(first, 'Ada')
  await settled()
  expect(limitOf(fleet, second)).toBe(10 * MB)
  fleet.limitHost(1, null)
  await settled()
  expect(limitOf(fleet, second)).toBeNull()
})

it('says nothing to anybody where nothing is limited', async () => {
  const fleet = new ModelFleet(4)
  const ids = [await fleet.start(fleet.addDomain(1), 2), await fleet.start(fleet.addDomain(2), 3)]
  await copying(fleet, ids)
  await fleet.run()
  await fleet.restartConsole()
  for (const number of [1, 2, 3, 4]) fleet.connect(number)
  await fleet.run()
  expect(commands(fleet, 'steer-outgoing')).toEqual([])
  for (const command of commands(fleet, 'start-outgoing'))
    expect(command).not.toHaveProperty('bandwidthBytesPerSec')
})

it('lets a person limit a copy further, keeps it, and gives what is free to the others', async () => {
  const fleet = new ModelFleet(4)
  fleet.limitHost(1, 10 * MB)
  const ids = [await fleet.start(fleet.addDomain(1), 2), await fleet.start(fleet.addDomain(2), 3)]
  await copying(fleet, ids)
  const [first, second] = ids as [MigrationId, MigrationId] // the two above
  const steer = (bandwidthBytesPerSec: number | null, pausesNext = false) =>
    fleet.orchestrator.steer(first, { bandwidthBytesPerSec, pausesNext }, 'Ada')
  expect(await steer(2 * MB)).toMatchObject({ ok: true, value: { bandwidthBytesPerSec: 2 * MB } })
  await settled()
  expect(ids.map((id) => limitOf(fleet, id))).toEqual([2 * MB, 8 * MB])
  // More than the host gives is asked for, and counts once the host gives more.
  await steer(50 * MB, true)
  await settled()
  expect(ids.map((id) => limitOf(fleet, id))).toEqual([5 * MB, 5 * MB])
  fleet.limitHost(1, 80 * MB)
  await settled()
  expect(ids.map((id) => limitOf(fleet, id))).toEqual([40 * MB, 40 * MB])
  expect(fleet.pairs.get(first)?.source.pausesNext).toBe(true)
  expect(fleet.migration(first)).toMatchObject({
    bandwidthBytesPerSec: 50 * MB,
    steered: { pausesNext: true, by: 'Ada' },
  })
  expect(fleet.migration(second).bandwidthBytesPerSec).toBeNull()
})

it('begins with the limit that was asked for', async () => {
  const fleet = new ModelFleet()
  const moves = [fleet.move(fleet.addDomain(1), 2)]
  await fleet.orchestrator.request({ moves, requestedBy: ada, bandwidthBytesPerSec: 3 * MB })
  await settled()
  expect(commands(fleet, 'start-outgoing')).toMatchObject([{ bandwidthBytesPerSec: 3 * MB }])
})

it('says it again when the answer was lost, and when the source was away', async () => {
  const fleet = new ModelFleet(4)
  const id = await fleet.start(fleet.addDomain(1), 2)
  await copying(fleet, [id])
  fleet.muted.add(hostId(1))
  fleet.limitHost(1, 10 * MB)
  await settled()
  const before = commands(fleet, 'steer-outgoing').length
  fleet.muted.clear()
  await fleet.clock.advance(15_000)
  expect(commands(fleet, 'steer-outgoing').length).toBeGreaterThan(before)
  fleet.cutOff(1)
  fleet.limitHost(1, 20 * MB)
  await settled()
  expect(limitOf(fleet, id)).toBe(10 * MB)
  fleet.connect(1)
  await settled()
  expect(limitOf(fleet, id)).toBe(20 * MB)
  const after = commands(fleet, 'steer-outgoing').length
  await fleet.clock.advance(60_000)
  expect(commands(fleet, 'steer-outgoing')).toHaveLength(after)
})

it('lets go of a limit that was lifted while the console was down', async () => {
  const fleet = new ModelFleet(4)
  fleet.limitHost(1, 10 * MB)
  const id = await fleet.start(fleet.addDomain(1), 2)
  await copying(fleet, [id])
  const host = fleet.hosts.get(hostId(1))
  await fleet.orchestrator.stop()
  if (host !== undefined) fleet.hosts.set(host.hostId, { ...host, migrationBytesPerSec: null })
  await fleet.restartConsole()
  expect(limitOf(fleet, id)).toBe(10 * MB)
  for (const number of [1, 2]) fleet.connect(number)
  await settled()
  expect(limitOf(fleet, id)).toBeNull()
})

it('leaves alone sources that cannot change it', async () => {
  const fleet = new ModelFleet()
  const host = fleet.hosts.get(hostId(1)) ?? expect.fail('there are three')
  const capabilities = { ...host.capabilities, canChangeMigrationBandwidth: false }
  fleet.hosts.set(host.hostId, { ...host, capabilities })
  const id = await fleet.start(fleet.addDomain(1), 2)
  await copying(fleet, [id])
  fleet.limitHost(1, 10 * MB)
  await fleet.clock.advance(60_000)
  expect(commands(fleet, 'steer-outgoing')).toEqual([])
})

it('says what a person wants once, and nothing of what was before', async () => {
  const fleet = new ModelFleet(4)
  const id = await fleet.start(fleet.addDomain(1), 2)
  await copying(fleet, [id])
  const wishes = [
    { bandwidthBytesPerSec: 2 * MB, pausesNext: true },
    { bandwidthBytesPerSec: null, pausesNext: false },
  ]
  for (const wish of wishes) {
    await fleet.orchestrator.steer(id, wish, 'Ada')
    await settled()
  }
  expect(steers(fleet)).toEqual(wishes)
})

it('lifts at the source what was lifted between the start and the first copied page', async () => {
  const fleet = new ModelFleet(4)
  fleet.limitHost(1, 10 * MB)
  const id = await fleet.start(fleet.addDomain(1), 2)
  expect(limitOf(fleet, id)).toBe(10 * MB)
  fleet.limitHost(1, null)
  await settled()
  await copying(fleet, [id])
  await settled()
  expect(limitOf(fleet, id)).toBeNull()
})

it('limits no copy before the database knows of it', async () => {
  const fleet = new ModelFleet(4)
  const id = await fleet.start(fleet.addDomain(1), 2)
  await copying(fleet, [id])
  fleet.store.isUp = false
  const wish = { bandwidthBytesPerSec: 2 * MB, pausesNext: false }
  expect(await fleet.orchestrator.steer(id, wish, 'Ada')).toMatchObject({
    error: { code: 'unavailable' },
  })
  fleet.limitHost(1, 10 * MB)
  await settled()
  expect(steers(fleet)).toEqual([])
  fleet.store.isUp = true
  await fleet.clock.advance(60_000)
  expect(steers(fleet)).toEqual([{ bandwidthBytesPerSec: 10 * MB, pausesNext: false }])
  expect(limitOf(fleet, id)).toBe(10 * MB)
})
