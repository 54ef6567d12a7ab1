import type { DomainId, UserId } from '@drover/api-schema/ids.ts'
import { defaultMigrationSettings } from '@drover/api-schema/migration-settings.ts'
import { expect, test } from 'vitest'
import { World } from './world/world.ts'

const ada = { userId: 'user-1' as UserId, name: 'Ada' } // an id is any text

test('a migration in doubt holds up the others no longer than until its host counts as lost', async () => {
  const world = new World([], { domainCount: 2 })
  const { limits } = defaultMigrationSettings
  world.console.migrationSettings = {
    ...defaultMigrationSettings,
    limits: { ...limits, total: 1 },
  }
  await world.boot()
  const { source, destination, other } = world.hosts
  const core = world.console.core ?? expect.fail('the console has started')
  const phases = () =>
    [...world.database.migrations.rows.values()].map(({ migration }) => migration.state.phase)
  const until = async (isSo: () => boolean, withinMs: number) => {
    const startedAt = world.time.nowMs
    while (!isSo() && world.time.nowMs - startedAt < withinMs) await world.step()
  }
  const moves = source.hypervisor.domains().map(({ domainId }, index) => ({
    domainId: domainId as DomainId, // the ids of this world are UUIDs
    destinationHostId: (index === 0 ? destination : other).hostId,
  }))
  void core.orchestrator.request({ moves, requestedBy: ada })
  const isPaused = () => {
    const migration = source.hypervisor.xen.findDomain(world.domainId)?.migration
    return migration?.role === 'source' && migration.isSuspended
  }
  await until(isPaused, 60_000)
  // It has just handed over; nobody hears whether the destination took it.
  const { writes } = source.disk
  await until(() => source.disk.writes > writes + 1, 60_000)
  destination.losePower()
  const status = () => core.inventory.host(destination.hostId)?.connection.status
  await until(() => status() === 'lost', 120_000)
  expect(phases()).toEqual(['activating', 'queued'])
  await until(() => phases()[1] !== 'queued', 5_000)
  expect(phases()).toEqual(['activating', 'preparing'])
})
