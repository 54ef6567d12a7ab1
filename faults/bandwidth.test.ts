import type { DomainId, UserId } from '@drover/api-schema/ids.ts'
import { expect, test } from 'vitest'
import { World } from './world/world.ts'

/** Real agents, real coordinator: what the hosts really send. */

const MB = 1_000_000
const limitBytesPerSec = 2 * MB
const ada = { userId: 'user-1' as UserId, name: 'Ada' } // an id is any text

type Second = { readonly bytesPerSec: number; readonly copies: number }

/** Two domains of one host go to two others; each second while nobody is paused, what the source sent for them. */
async function play(limit: number | null): Promise<{ seconds: Second[]; phases: string[] }> {
  const world = new World([], { domainCount: 2 })
  await world.boot()
  const { source, destination, other } = world.hosts
  const core = world.console.core ?? expect.fail('the console has started')
  core.inventory.setHost(source.hostId, { migrationBytesPerSec: limit })
  const { xen } = source.hypervisor
  const moves = source.hypervisor.domains().map(({ domainId }, index) => ({
    domainId: domainId as DomainId, // the ids of this world are UUIDs
    destinationHostId: (index === 0 ? destination : other).hostId,
  }))
  const asked = core.orchestrator.request({ moves, requestedBy: ada })
  const seconds: Second[] = []
  const sent = () => xen.hostStats().migrationTxBytes
  const leaving = () =>
    xen.listDomains().filter(({ migration }) => migration?.role === 'source').length
  const isPaused = () =>
    xen.listDomains().some(({ migration }) => migration?.role === 'source' && migration.isSuspended)
  let mark = { atMs: world.time.nowMs, bytes: sent(), copies: 0, isSpoilt: false }
  const startedAt = world.time.nowMs
  do {
    await world.step()
    const copies = leaving()
    if (isPaused() || copies !== mark.copies) mark = { ...mark, isSpoilt: true }
    if (world.time.nowMs - mark.atMs < 1_000) continue
    const bytesPerSec = ((sent() - mark.bytes) * 1_000) / (world.time.nowMs - mark.atMs)
    if (!mark.isSpoilt) seconds.push({ bytesPerSec, copies })
    mark = { atMs: world.time.nowMs, bytes: sent(), copies, isSpoilt: false }
  } while (
    leaving() + core.orchestrator.listOpen().length > 0 ||
    world.time.nowMs - startedAt < 3_000
  )
  const outcomes = await asked
  const rows = outcomes.map((one) =>
    one.outcome === 'accepted'
      ? world.database.migrations.rows.get(one.migration.migrationId)?.migration.state.phase
      : 'refused',
  )
  return { seconds, phases: rows.map(String) }
}

test('two copies through a limited host together stay within its limit, and use it', async () => {
  const { seconds, phases } = await play(limitBytesPerSec)
  expect(phases).toEqual(['completed', 'completed'])
  const both = seconds.filter(({ copies }) => copies === 2)
  expect(both.length).toBeGreaterThan(5)
  // What is in hand when a second ends belongs to the next: one batch of pages each.
  const batch = 2 * 65_536
  for (const { bytesPerSec } of seconds) {
    expect(bytesPerSec).toBeLessThanOrEqual(limitBytesPerSec + batch)
  }
  const mean = both.reduce((sum, { bytesPerSec }) => sum + bytesPerSec, 0) / both.length
  expect(mean).toBeGreaterThan(0.9 * limitBytesPerSec)
})

test('without a limit they take what the link gives', async () => {
  const { seconds, phases } = await play(null)
  expect(phases).toEqual(['completed', 'completed'])
  // 32 MiB at 400 Mbit/s: gone before a whole second is over.
  expect(seconds.filter(({ copies }) => copies === 2)).toEqual([])
})
