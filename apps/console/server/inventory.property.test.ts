import type { Change } from '@drover/api-schema/live-protocol.ts'
import {
  domainId,
  hostId,
  migrationId,
  someDomainFacts,
  someHostFacts,
} from '@drover/api-schema/testing/builders.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createInventory } from './inventory.ts'

/** fast-check prints the seed and the shortest sequence that fails. */

const host = fc.integer({ min: 1, max: 3 })
const domain = fc.integer({ min: 1, max: 4 })
const generation = fc.integer({ min: 0, max: 5 })
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('changed' as const), host, domain, generation }),
    fc.record({ kind: fc.constant('removed' as const), host, domain, generation }),
    fc.record({
      kind: fc.constant('inventory' as const),
      host,
      domains: fc.uniqueArray(fc.record({ domain, generation }), {
        selector: (entry) => entry.domain,
      }),
    }),
    fc.record({ kind: fc.constant('migration' as const), domain, isOpen: fc.boolean() }),
    fc.record({ kind: fc.constant('host-removed' as const), host }),
    fc.record({ kind: fc.constant('turn' as const) }),
  ),
  { maxLength: 60 },
)

it('snapshot and patches tell the same story, and the highest generation owns the domain', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const due: (() => void)[] = []
      const inventory = createInventory((publish) => due.push(publish))
      const turn = () => {
        for (const publish of due.splice(0)) publish()
      }
      // A browser that only follows the patches.
      const seen = { hosts: new Map<string, object>(), domains: new Map<string, object>() }
      const generations: number[] = []
      inventory.onPatch((patch) => {
        generations.push(patch.generation)
        for (const change of patch.changes) apply(seen, change)
      })
      // What hosts have said, without any cleverness.
      const copies = new Map<string, number>()
      const open = new Set<number>()
      for (const step of sequence) {
        switch (step.kind) {
          case 'changed':
            inventory.domainChanged(
              hostId(step.host),
              someDomainFacts({ domainId: domainId(step.domain), generation: step.generation }),
            )
            copies.set(`${step.host} ${step.domain}`, step.generation)
            break
          case 'removed':
            inventory.domainRemoved(hostId(step.host), domainId(step.domain), step.generation)
            if ((copies.get(`${step.host} ${step.domain}`) ?? 99) <= step.generation)
              copies.delete(`${step.host} ${step.domain}`)
            break
          case 'inventory':
            inventory.inventoryReported(
              someHostFacts({ hostId: hostId(step.host), name: `xen-${step.host}` }),
              step.domains.map((entry) =>
                someDomainFacts({ domainId: domainId(entry.domain), generation: entry.generation }),
              ),
              '1',
            )
            for (const key of [...copies.keys()])
              if (key.startsWith(`${step.host} `)) copies.delete(key)
            for (const entry of step.domains)
              copies.set(`${step.host} ${entry.domain}`, entry.generation)
            break
          case 'migration':
            inventory.setDomainMigration(
              domainId(step.domain),
              step.isOpen ? migrationId(step.domain) : null,
            )
            if (step.isOpen) open.add(step.domain)
            else open.delete(step.domain)
            break
          case 'host-removed':
            if (inventory.host(hostId(step.host)) === null) break
            inventory.removeHost(hostId(step.host))
            for (const key of [...copies.keys()])
              if (key.startsWith(`${step.host} `)) copies.delete(key)
            break
          case 'turn':
            turn()
            break
        }
      }
      turn()
      const snapshot = inventory.snapshot()
      expect(new Map(snapshot.hosts.map((entry) => [entry.hostId, entry]))).toEqual(seen.hosts)
      expect(new Map(snapshot.domains.map((entry) => [entry.domainId, entry]))).toEqual(
        seen.domains,
      )
      expect(generations).toEqual(generations.map((_, index) => index + 1))
      for (let number = 1; number <= 4; number += 1) {
        const held = [...copies]
          .filter(([key]) => key.endsWith(` ${number}`))
          .map(([, value]) => value)
        const shown = inventory.domain(domainId(number))
        if (held.length > 0) expect(shown?.generation).toBe(Math.max(...held))
        else if (!open.has(number)) expect(shown).toBeNull()
      }
    }),
    { numRuns: 500 },
  )
})

function apply(
  seen: { hosts: Map<string, object>; domains: Map<string, object> },
  change: Change,
): void {
  switch (change.kind) {
    case 'host-upserted':
      seen.hosts.set(change.host.hostId, change.host)
      break
    case 'host-removed':
      seen.hosts.delete(change.hostId)
      break
    case 'domain-upserted':
      seen.domains.set(change.domain.domainId, change.domain)
      break
    case 'domain-removed':
      seen.domains.delete(change.domainId)
      break
    case 'migration-upserted':
      break
  }
}
