import type { Domain } from '@drover/api-schema/domain.ts'
import {
  domainId,
  hostId,
  someDomainFacts,
  someHostFacts,
} from '@drover/api-schema/testing/builders.ts'
import { expect, it } from 'vitest'
import { createFactWriter } from './fact-writer.ts'
import { createInventory } from './inventory.ts'
import { createLog } from './log.ts'
import type { FleetStore, StoredHost } from './store/fleet.ts'
import { createVirtualClock } from './testing/virtual-clock.ts'

const away = 'the database is away'

/** The table of the database, as a map, with a switch to break it. Real PostgreSQL: console.integration.test.ts. */
function bed() {
  const clock = createVirtualClock()
  const inventory = createInventory((publish) => publish())
  const hosts = new Map<string, StoredHost>()
  const domains = new Map<string, Pick<Domain, 'hostId' | 'generation'>>()
  const state = {
    isAway: false,
    statements: 0,
    attempts: 0,
    refuses: (_id: string): boolean => false,
  }
  const logLines: { message: string; id: string }[] = []
  const statement = async (work: () => void) => {
    state.attempts += 1
    if (state.isAway) throw new Error(away)
    state.statements += 1
    work()
  }
  const store: Pick<FleetStore, 'saveHosts' | 'saveDomains' | 'removeHosts' | 'removeDomains'> = {
    saveHosts: (rows) =>
      statement(() => {
        for (const row of rows) hosts.set(row.facts.hostId, row)
      }),
    saveDomains: (rows) =>
      statement(() => {
        if (rows.some((row) => state.refuses(row.domainId))) throw new Error('invalid input')
        for (const row of rows) domains.set(row.domainId, row)
      }),
    removeHosts: (ids) =>
      statement(() => {
        for (const id of ids) hosts.delete(id)
      }),
    removeDomains: (ids) =>
      statement(() => {
        for (const id of ids) domains.delete(id)
      }),
  }
  const writer = createFactWriter({
    inventory,
    store,
    keyHashOf: (id) => (id === hostId(9) ? null : `hash of ${id}`),
    isDatabaseGone: (error) => error instanceof Error && error.message === away,
    clock,
    log: createLog('error', (line) => logLines.push(JSON.parse(line))),
  })
  inventory.onPatch(writer.take)
  return { clock, inventory, hosts, domains, state, writer, logLines }
}

it('collects the changes of a second into a few statements, with what is true then', async () => {
  const { clock, inventory, domains, hosts, state, writer } = bed()
  inventory.inventoryReported(someHostFacts(), [], '1')
  for (let number = 0; number < 300; number += 1) {
    inventory.domainChanged(
      hostId(1),
      someDomainFacts({ domainId: domainId(number % 100), generation: number }),
    )
  }
  expect(state.attempts).toBe(0)
  clock.advance(1_000)
  await writer.flushNow()
  expect(state.statements).toBeLessThanOrEqual(8)
  expect([hosts.size, domains.size, domains.get(domainId(7))?.generation]).toEqual([1, 100, 207])
})

it('splits a large fleet into statements of bounded size', async () => {
  const { inventory, domains, state, writer } = bed()
  inventory.inventoryReported(
    someHostFacts(),
    Array.from({ length: 1_200 }, (_, number) => someDomainFacts({ domainId: domainId(number) })),
    '1',
  )
  await writer.flushNow()
  expect(domains.size).toBe(1_200)
  expect(state.statements).toBe(2 + 2 * 3)
})

it('tries again with growing waits while the database is away, and then writes everything', async () => {
  const { clock, inventory, hosts, domains, state, writer } = bed()
  state.isAway = true
  inventory.inventoryReported(someHostFacts(), [someDomainFacts()], '1')
  for (const waitMs of [1_000, 2_000, 4_000, 8_000]) {
    const before = state.attempts
    clock.advance(waitMs - 1)
    expect(state.attempts).toBe(before)
    clock.advance(1)
    expect(state.attempts).toBe(before + 1)
    await turn()
  }
  state.isAway = false
  inventory.domainRemoved(hostId(1), domainId(1), 0)
  clock.advance(30_000)
  expect(await writer.flushNow()).toBe(true)
  expect([hosts.size, domains.size]).toEqual([1, 0])
})

it('writes all others when the database refuses a row, and says so once', async () => {
  const { clock, inventory, domains, state, writer, logLines } = bed()
  state.refuses = (id) => id === domainId(700)
  inventory.inventoryReported(
    someHostFacts(),
    Array.from({ length: 1_200 }, (_, number) => someDomainFacts({ domainId: domainId(number) })),
    '1',
  )
  expect(await writer.flushNow()).toBe(true)
  expect(domains.size).toBe(1_199)
  inventory.domainChanged(hostId(1), someDomainFacts({ domainId: domainId(700), generation: 1 }))
  inventory.domainChanged(hostId(1), someDomainFacts({ domainId: domainId(701), generation: 1 }))
  await writer.flushNow()
  expect(domains.get(domainId(701))?.generation).toBe(1)
  expect(logLines).toMatchObject([{ message: 'The database refuses a row.', id: domainId(700) }])
  state.refuses = () => false
  clock.advance(10 * 60_000)
  await writer.stop()
  expect(domains.get(domainId(700))?.generation).toBe(1)
})

it('removes what is gone, and does not store a host whose key it does not know', async () => {
  const { inventory, hosts, domains, writer } = bed()
  inventory.inventoryReported(someHostFacts(), [someDomainFacts()], '1')
  inventory.inventoryReported(someHostFacts({ hostId: hostId(9), name: 'xen-09' }), [], '1')
  await writer.flushNow()
  expect([...hosts.keys()]).toEqual([hostId(1)])
  inventory.removeHost(hostId(1))
  await writer.stop()
  expect([hosts.size, domains.size]).toEqual([0, 0])
})

/** Lets everything that is ready run, once around the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
