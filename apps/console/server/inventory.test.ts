import type { Change } from '@drover/api-schema/live-protocol.ts'
import type { Violation } from '@drover/api-schema/policy.ts'
import {
  aCompletedState,
  aDraft,
  aHost,
  aMigration,
  aPlan,
  aPlanStep,
  aRule,
  domainId,
  draftId,
  hostId,
  migrationId,
  planId,
  ruleId,
  someDomainFacts,
  someHostFacts,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { createInventory, type Patch } from './inventory.ts'

/** Publishes when the test says that the turn of the event loop is over. */
function bed() {
  const due: (() => void)[] = []
  const inventory = createInventory((publish) => due.push(publish))
  const patches: Patch[] = []
  inventory.onPatch((patch) => patches.push(patch))
  const turn = (): readonly Change[] => {
    for (const publish of due.splice(0)) publish()
    return patches.at(-1)?.changes ?? []
  }
  for (const number of [1, 2]) {
    inventory.inventoryReported(
      someHostFacts({ hostId: hostId(number), name: `xen-0${number}` }),
      [],
      '1',
    )
  }
  turn()
  patches.length = 0
  return { inventory, patches, turn }
}
const web = someDomainFacts({ domainId: domainId(1), generation: 3 })

describe('which copy is the domain', () => {
  it('is the one of the higher generation, whichever was heard first', () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ] as const) {
      const { inventory } = bed()
      for (const number of order)
        inventory.domainChanged(hostId(number), { ...web, generation: number === 2 ? 4 : 3 })
      expect(inventory.domain(domainId(1))).toMatchObject({ hostId: hostId(2), generation: 4 })
      expect(inventory.domainsOn(hostId(1))).toEqual([])
    }
  })

  it('stays where it was when two hosts claim the same generation', () => {
    const { inventory } = bed()
    inventory.domainChanged(hostId(2), web)
    inventory.domainChanged(hostId(1), web)
    expect(inventory.domain(domainId(1))?.hostId).toBe(hostId(2))
  })

  it('is the remaining one when the newer copy goes away', () => {
    const { inventory } = bed()
    inventory.domainChanged(hostId(1), web)
    inventory.domainChanged(hostId(2), { ...web, generation: 4 })
    inventory.domainRemoved(hostId(2), domainId(1), 4)
    expect(inventory.domain(domainId(1))).toMatchObject({ hostId: hostId(1), generation: 3 })
  })

  it('is not taken away by the removal of an older copy', () => {
    const { inventory } = bed()
    inventory.domainChanged(hostId(1), web)
    inventory.domainRemoved(hostId(1), domainId(1), 2)
    expect(inventory.domain(domainId(1))).not.toBeNull()
    inventory.domainRemoved(hostId(2), domainId(1), 9)
    expect(inventory.domain(domainId(1))).not.toBeNull()
    inventory.domainRemoved(hostId(1), domainId(1), 3)
    expect(inventory.domain(domainId(1))).toBeNull()
  })

  it('is held while its migration is open and neither host has it: two sockets race', () => {
    const { inventory, turn } = bed()
    inventory.domainChanged(hostId(1), web)
    inventory.setDomainMigration(domainId(1), migrationId(1))
    turn()
    inventory.domainRemoved(hostId(1), domainId(1), 3)
    expect(inventory.domain(domainId(1))?.hostId).toBe(hostId(1))
    inventory.domainChanged(hostId(2), { ...web, generation: 4 })
    expect(turn()).toMatchObject([
      { kind: 'domain-upserted', domain: { hostId: hostId(2), migrationId: migrationId(1) } },
    ])
    inventory.domainRemoved(hostId(2), domainId(1), 4)
    inventory.setDomainMigration(domainId(1), null)
    expect(turn()).toEqual([{ kind: 'domain-removed', domainId: domainId(1) }])
  })
})

describe('a domain whose source has handed it over while its destination is away', () => {
  const open = aMigration({ domainId: domainId(1), generation: 4 })
  const completed = aMigration({
    ...open,
    state: aCompletedState(),
  })

  function handedOver() {
    const { inventory, turn } = bed()
    inventory.hostChanged(someHostFacts({ hostId: open.destinationHostId }), '1')
    inventory.domainChanged(open.sourceHostId, web)
    inventory.setDomainMigration(domainId(1), open.migrationId)
    inventory.upsertMigration(open)
    inventory.domainRemoved(open.sourceHostId, domainId(1), 3)
    turn()
    inventory.upsertMigration(completed)
    inventory.setDomainMigration(domainId(1), null)
    return { inventory, turn }
  }

  it('is shown on the destination, never nowhere', () => {
    const { inventory, turn } = handedOver()
    expect(turn()).not.toContainEqual(expect.objectContaining({ kind: 'domain-removed' }))
    expect(inventory.domain(domainId(1))).toMatchObject({
      hostId: open.destinationHostId,
      migrationId: null,
      generation: 4,
    })
  })

  it('is what the destination says once it is back', () => {
    const { inventory } = handedOver()
    inventory.inventoryReported(someHostFacts({ hostId: open.destinationHostId }), [], '1')
    expect(inventory.domain(domainId(1))).toBeNull()
  })
})

describe('a whole inventory', () => {
  it('removes what it no longer names, as after a new boot', () => {
    const { inventory, turn } = bed()
    const other = someDomainFacts({ domainId: domainId(2), name: 'db-1' })
    inventory.inventoryReported(someHostFacts(), [web, other], '1')
    turn()
    const rebooted = someHostFacts({ bootId: '00000000-0000-4000-8000-0000000000ff' as never })
    inventory.inventoryReported(rebooted, [other], '1')
    expect(turn()).toMatchObject([
      { kind: 'host-upserted' },
      { kind: 'domain-removed', domainId: domainId(1) },
    ])
    expect(inventory.domainsOn(hostId(1)).map((domain) => domain.name)).toEqual(['db-1'])
  })

  it('keeps what only the console knows: connection and maintenance', () => {
    const { inventory } = bed()
    inventory.connectionChanged(hostId(1), { status: 'online', sinceAt: 1e12 })
    inventory.setHost(hostId(1), { isInMaintenance: true })
    inventory.inventoryReported(someHostFacts(), [], '2')
    expect(inventory.host(hostId(1))).toMatchObject({
      agentVersion: '2',
      isInMaintenance: true,
      connection: { status: 'online', sinceAt: 1e12 },
    })
  })
})

describe('publishing', () => {
  it('makes one patch of a turn, with the last word on each thing', () => {
    const { inventory, patches, turn } = bed()
    inventory.domainChanged(hostId(1), web)
    inventory.domainChanged(hostId(1), { ...web, state: { status: 'crashed' } })
    inventory.setHost(hostId(2), { isInMaintenance: true })
    turn()
    expect(patches).toHaveLength(1)
    expect(patches[0]?.changes).toMatchObject([
      { kind: 'domain-upserted', domain: { state: { status: 'crashed' } } },
      { kind: 'host-upserted', host: { isInMaintenance: true } },
    ])
  })

  it('says nothing and returns the same object when nothing has changed', () => {
    const { inventory, patches, turn } = bed()
    inventory.domainChanged(hostId(1), web)
    turn()
    const before = [inventory.host(hostId(1)), inventory.domain(domainId(1))]
    inventory.inventoryReported(someHostFacts(), [structuredClone(web)], '1')
    inventory.connectionChanged(hostId(9), { status: 'online', sinceAt: 1e12 })
    turn()
    expect(patches).toHaveLength(1)
    expect(inventory.host(hostId(1))).toBe(before[0])
    expect(inventory.domain(domainId(1))).toBe(before[1])
  })

  it('raises the generation by one a patch, and a snapshot holds all up to its own', () => {
    const { inventory, patches, turn } = bed()
    inventory.domainChanged(hostId(1), web)
    const snapshot = inventory.snapshot()
    expect(snapshot.generation).toBe(patches[0]?.generation)
    inventory.setHost(hostId(1), { isInMaintenance: true })
    turn()
    expect(patches[1]?.generation).toBe(snapshot.generation + 1)
    expect(inventory.snapshot().epoch).toBe(snapshot.epoch)
  })

  it('forgets the oldest ended migrations and no open one', () => {
    const { inventory } = bed()
    inventory.upsertMigration(aMigration({ migrationId: migrationId(0) }))
    for (let number = 1; number <= 150; number += 1) {
      inventory.upsertMigration(
        aMigration({
          migrationId: migrationId(number),
          state: {
            phase: 'cancelled',
            startedAt: null,
            endedAt: 1e12 + number,
            cancelledIn: 'queued',
            rounds: [],
            totalBytes: 0,
          },
        }),
      )
    }
    expect(inventory.snapshot().migrations).toHaveLength(101)
    expect(
      [0, 1, 50, 51, 150].map((number) => inventory.migration(migrationId(number)) !== null),
    ).toEqual([true, false, false, true, true])
  })
})

it('a removed host takes its domains with it, except one that another host has', () => {
  const { inventory, turn } = bed()
  inventory.domainChanged(hostId(1), web)
  inventory.domainChanged(hostId(1), someDomainFacts({ domainId: domainId(2), generation: 2 }))
  inventory.domainChanged(hostId(2), someDomainFacts({ domainId: domainId(2), generation: 1 }))
  turn()
  inventory.removeHost(hostId(1))
  expect(turn()).toMatchObject([
    { kind: 'host-removed', hostId: hostId(1) },
    { kind: 'domain-removed', domainId: domainId(1) },
    { kind: 'domain-upserted', domain: { domainId: domainId(2), hostId: hostId(2) } },
  ])
})

it('what was loaded is lost until its agent is back', () => {
  const { inventory } = bed()
  inventory.load({
    hosts: [aHost({ hostId: hostId(3), connection: { status: 'lost', lastSeenAt: 1e12 } })],
    domains: [{ facts: web, hostId: hostId(3) }],
    migrations: [aMigration()],
  })
  expect(inventory.host(hostId(3))?.connection.status).toBe('lost')
  expect(inventory.domain(domainId(1))?.hostId).toBe(hostId(3))
  expect(inventory.snapshot().migrations).toHaveLength(1)
})

it('tells of rules as a whole and of violations one by one, and of what is the same not at all', () => {
  const { inventory, patches, turn } = bed()
  const violation = (key: string, sentence = 'It is there.'): Violation => ({
    violationKey: key,
    ruleId: ruleId(1),
    ruleName: 'sql apart',
    strength: { kind: 'required' },
    domainIds: [domainId(1)],
    hostIds: [hostId(1)],
    sentence,
    sinceAt: testMoment,
  })
  const policies = { revision: 3, rules: [aRule(1, { kind: 'never-move', domains: 'all' })] }
  inventory.setPolicies(policies)
  inventory.setViolations([violation('a'), violation('b')], { required: 2, preferred: 0 })
  expect(turn()).toMatchObject([
    { kind: 'policies-changed', policies },
    { kind: 'violation-upserted', violation: { violationKey: 'a' } },
    { kind: 'violation-upserted', violation: { violationKey: 'b' } },
    { kind: 'violation-counts-changed', counts: { required: 2, preferred: 0 } },
  ])

  inventory.setViolations([violation('b', 'It is elsewhere.'), violation('c')], {
    required: 2,
    preferred: 0,
  })
  expect(turn()).toMatchObject([
    { kind: 'violation-removed', violationKey: 'a' },
    { kind: 'violation-upserted', violation: { sentence: 'It is elsewhere.' } },
    { kind: 'violation-upserted', violation: { violationKey: 'c' } },
  ])
  const count = patches.length
  inventory.setViolations([violation('b', 'It is elsewhere.'), violation('c')], {
    required: 2,
    preferred: 0,
  })
  turn()
  expect(patches).toHaveLength(count)
  expect(inventory.snapshot()).toMatchObject({
    policies,
    violations: [{ violationKey: 'b' }, { violationKey: 'c' }],
    violationCounts: { required: 2 },
  })
})

describe('drafts and plans', () => {
  it('are in the snapshot, and a draft that is gone is not', () => {
    const { inventory, turn } = bed()
    inventory.upsertDraft(aDraft())
    inventory.upsertPlan(aPlan())
    expect(inventory.snapshot()).toMatchObject({ drafts: [aDraft()], plans: [aPlan()] })
    turn()
    inventory.removeDraft(draftId(1))
    expect(turn()).toEqual([{ kind: 'draft-removed', draftId: draftId(1) }])
    expect(inventory.snapshot().drafts).toEqual([])
  })

  it('send of a plan the steps that changed, and all of it when more did', () => {
    const { inventory, turn } = bed()
    const steps = [aPlanStep(), aPlanStep()]
    inventory.upsertPlan(aPlan({ steps }))
    expect(turn()).toEqual([{ kind: 'plan-upserted', plan: aPlan({ steps }) }])
    const step = aPlanStep({ state: { kind: 'running', migrationId: migrationId(1) } })
    inventory.upsertPlan(aPlan({ steps: [aPlanStep(), step] }))
    expect(turn()).toEqual([{ kind: 'plan-step-changed', planId: planId(1), stepIndex: 1, step }])
    const paused = aPlan({
      steps,
      state: { kind: 'paused', at: testMoment, reason: { kind: 'asked', by: 'Ada' } },
    })
    inventory.upsertPlan(paused)
    expect(turn()).toEqual([{ kind: 'plan-upserted', plan: paused }])
  })

  it('forget the plans that ended first', () => {
    const { inventory } = bed()
    const state = { kind: 'ended', at: testMoment, outcome: 'done', sentence: 'Done.' } as const
    inventory.upsertPlan(aPlan({ planId: planId(0) }))
    for (let number = 1; number <= 22; number++) {
      inventory.upsertPlan(aPlan({ planId: planId(number), state }))
    }
    const kept = inventory.snapshot().plans.map((plan) => plan.planId)
    expect(kept).toEqual([planId(0), ...Array.from({ length: 20 }, (_, k) => planId(k + 3))])
  })
})
