import { describe, expect, test } from 'vitest'
import { Promises, type Violation } from './promises.ts'
import { shrink } from './shrink.ts'
import type { Course } from './world/fleet.ts'
import { World } from './world/world.ts'

/** A world in which something goes wrong that no fault can do: the watch must see it, or it proves nothing. */
async function sabotaged(
  at: (world: World) => boolean,
  sabotage: (world: World) => void,
  course: Course = 'pre-copy',
): Promise<Violation | null> {
  const world = new World([], { course })
  const promises = new Promises(world)
  await world.boot()
  promises.afterStep()
  world.begin()
  const startedAt = world.time.nowMs
  let isDone = false
  let violation: Violation | null = null
  while (violation === null && world.time.nowMs - startedAt < 120_000) {
    if (!isDone && at(world)) {
      isDone = true
      sabotage(world)
      violation = promises.afterStep()
      if (violation !== null) break
    }
    await world.step()
    violation = promises.afterStep()
    if (isDone && promises.isAtRest()) break
  }
  expect(isDone).toBe(true)
  return violation ?? promises.atEnd()
}

const isPausedOnSource = ({ hosts, domainId }: World) => {
  const migration = hosts.source.hypervisor.xen.findDomain(domainId)?.migration
  return migration?.role === 'source' && migration.isSuspended
}
const runsOnDestination = ({ hosts, domainId }: World) => hosts.destination.isExecuting(domainId)

describe('the watch over the promises sees', () => {
  test('a source that wakes its guest while the destination runs it', async () => {
    const violation = await sabotaged(
      (world) => isPausedOnSource(world) && runsOnDestination(world),
      ({ hosts, domainId }) => {
        const { xen } = hosts.source.hypervisor
        const migration = xen.findDomain(domainId)?.migration
        if (migration) xen.resumeAfterMigration(domainId, migration.migrationId)
      },
    )
    expect(violation?.promise).toBe('two')
  })

  test('a copy that runs with other memory than was paused', async () => {
    const violation = await sabotaged(
      (world) => isPausedOnSource(world) && !runsOnDestination(world),
      ({ hosts, domainId }) => {
        const { xen } = hosts.destination.hypervisor
        const honest = xen.memoryDigest
        Object.assign(xen, {
          memoryDigest: (id: string) => (id === domainId ? 'another' : honest(id)),
        })
      },
    )
    expect(violation?.promise).toBe('stale')
  })

  test('a domain that is gone', async () => {
    const violation = await sabotaged(runsOnDestination, ({ hosts, domainId }) => {
      const { xen } = hosts.destination.hypervisor
      xen.destroyDomain(domainId)
    })
    expect(violation?.promise).toBe('none')
  })

  test('a migration of which the database knows nothing', async () => {
    const violation = await sabotaged(runsOnDestination, ({ database }) =>
      queueMicrotask(() => {
        Object.assign(database.migrations, { save: () => new Promise(() => {}) })
      }),
    )
    expect(violation?.promise).toBe('silent')
  })
})

describe('the watch over a domain whose memory follows it sees', () => {
  const follows = ({ hosts, domainId }: World) => {
    const seen = hosts.destination.hypervisor.xen.inspectFilling(domainId)
    return seen?.missing.some((word) => word !== 0) ?? false
  }

  test('a page that came with another version', async () => {
    const violation = await sabotaged(
      follows,
      ({ hosts }) => {
        const { xen } = hosts.destination.hypervisor
        const honest = xen.applyFilling
        Object.assign(xen, {
          applyFilling: (migrationId: string, batch: Parameters<typeof honest>[1]) =>
            honest(migrationId, { ...batch, versions: batch.versions.map((one) => one + 1) }),
        })
      },
      'post-copy',
    )
    expect(violation?.promise).toBe('stale')
  })

  test('a guest that runs on as if its pages were there', async () => {
    const violation = await sabotaged(
      follows,
      ({ hosts, domainId }) => {
        const { xen } = hosts.destination.hypervisor
        const honest = xen.tick
        Object.assign(xen, {
          tick: (elapsedMs: number) => {
            honest(elapsedMs)
            const ignored = xen.inspectFilling(domainId)?.waitsFor ?? null
            const migration = xen.findDomain(domainId)?.migration
            // As if that page had come, and no other: its version stays what the guest has made of it.
            if (ignored !== null && migration !== null && migration !== undefined)
              xen.applyFilling(migration.migrationId, {
                roundIndex: 0,
                frames: Uint32Array.of(ignored),
                versions: Uint8Array.of(0),
              })
          },
        })
      },
      'post-copy',
    )
    expect(violation?.promise).toBe('stale')
  })

  test('a source that forgets the pages it still has to send', async () => {
    const violation = await sabotaged(
      follows,
      ({ hosts, domainId }) => {
        const { xen } = hosts.source.hypervisor
        const migration = xen.findDomain(domainId)?.migration
        if (migration) xen.releaseMigrated(domainId, migration.migrationId)
      },
      'post-copy',
    )
    expect(violation?.promise).toBe('silent')
  })

  test('a domain that was given up for nothing', async () => {
    const violation = await sabotaged(
      follows,
      ({ hosts, domainId }) => {
        const { xen } = hosts.destination.hypervisor
        xen.destroyDomain(domainId)
      },
      'post-copy',
    )
    expect(violation?.promise).toBe('none')
  })
})

test('a failing schedule is shrunk to what it needs to fail', async () => {
  const guilty = { kind: 'cancel', atMs: 5 } as const
  const stop = { kind: 'stop', process: 'console', step: 3, ms: 7_000 } as const
  const shortest = await shrink({ seed: 1, faults: [stop, guilty] }, async ({ faults }) => ({
    violation: faults.some(({ kind }) => kind === 'cancel')
      ? { promise: 'two', sentence: '' }
      : null,
    end: '',
    pauseMs: null,
    virtualMs: 0,
    steps: 0,
    fired: 0,
    wentTo: null,
    tries: 0,
  }))
  expect(shortest.faults).toEqual([guilty])
})
