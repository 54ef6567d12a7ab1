import type { Violation } from '@drover/api-schema/policy.ts'
import {
  aDomain,
  aDraft,
  aFleet,
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
  testMoment,
  uuid,
} from '@drover/api-schema/testing/builders.ts'
import { describe, expect, test } from 'vitest'
import { applyChanges, applyPatch, applySnapshot } from './apply-change.ts'

const fleet = aFleet({
  generation: 7,
  hosts: [aHost(), aHost({ hostId: hostId(2), name: 'xen-02' })],
  domains: [aDomain(), aDomain({ domainId: domainId(2), name: 'web-8' })],
})

describe('applyPatch', () => {
  test('a patch of the next generation is applied', () => {
    const domain = aDomain({ hostId: hostId(2) })
    const outcome = applyPatch(fleet, {
      generation: 8,
      changes: [{ kind: 'domain-upserted', domain }],
    })
    expect(outcome).toMatchObject({ kind: 'applied', fleet: { generation: 8 } })
    expect(outcome.kind === 'applied' && outcome.fleet.domains).toEqual([domain, fleet.domains[1]])
  })

  test.each([6, 7])(
    'a patch of generation %i, which is not newer than 7, is ignored',
    (generation) => {
      const changes = [{ kind: 'host-removed' as const, hostId: hostId(1) }]
      expect(applyPatch(fleet, { generation, changes })).toEqual({ kind: 'ignored' })
    },
  )

  test('a jump in the generations is a gap', () => {
    expect(applyPatch(fleet, { generation: 9, changes: [] })).toEqual({ kind: 'gap' })
  })
})

describe('applyChanges', () => {
  test('without a change the same object comes back', () => {
    expect(applyChanges(fleet, [])).toBe(fleet)
    expect(applyChanges(fleet, [{ kind: 'domain-removed', domainId: domainId(99) }])).toBe(fleet)
  })

  test('lists and items that no change names keep their identity', () => {
    const next = applyChanges(fleet, [
      { kind: 'domain-upserted', domain: aDomain({ name: 'web-9' }) },
    ])
    expect(next.hosts).toBe(fleet.hosts)
    expect(next.domains).not.toBe(fleet.domains)
    expect(next.domains[1]).toBe(fleet.domains[1])
  })

  test('a removed host goes and the others stay', () => {
    const next = applyChanges(fleet, [{ kind: 'host-removed', hostId: hostId(1) }])
    expect(next.hosts).toEqual([fleet.hosts[1]])
  })

  test('a new thing is added, a known one replaced in its place', () => {
    const migration = aMigration()
    const cancelled = aMigration({ cancelRequestedBy: 'Ada' })
    const next = applyChanges(fleet, [
      { kind: 'migration-upserted', migration },
      { kind: 'migration-upserted', migration: cancelled },
    ])
    expect(next.migrations).toEqual([cancelled])
  })
})

test('changed limits replace those there were, and leave the lists as they are', () => {
  const settings = { ...fleet.migrationSettings, pools: [] }
  const next = applyChanges(fleet, [{ kind: 'migration-settings-changed', settings }])
  expect(next.migrationSettings).toBe(settings)
  expect(next.hosts).toBe(fleet.hosts)
})

describe('rules and violations', () => {
  const violation: Violation = {
    violationKey: 'a',
    ruleId: ruleId(1),
    ruleName: 'sql apart',
    strength: { kind: 'required' },
    domainIds: [domainId(1)],
    hostIds: [hostId(1)],
    sentence: 'web-7 is with web-8.',
    sinceAt: testMoment,
  }

  test('rules are replaced as a whole', () => {
    const policies = { revision: 8, rules: [aRule(1, { kind: 'never-move', domains: 'all' })] }
    const next = applyChanges(fleet, [{ kind: 'policies-changed', policies }])
    expect(next.policies).toBe(policies)
    expect(next.domains).toBe(fleet.domains)
  })

  test('violations come and go one by one, their number beside them', () => {
    const counts = { required: 1, preferred: 0 }
    const broken = applyChanges(fleet, [
      { kind: 'violation-upserted', violation },
      { kind: 'violation-upserted', violation: { ...violation, sentence: 'And web-9.' } },
      { kind: 'violation-counts-changed', counts },
    ])
    expect(broken.violations).toEqual([{ ...violation, sentence: 'And web-9.' }])
    expect(broken.violationCounts).toBe(counts)
    const mended = applyChanges(broken, [{ kind: 'violation-removed', violationKey: 'a' }])
    expect(mended.violations).toEqual([])
  })
})

describe('drafts and plans', () => {
  test('a draft that is committed goes, and a plan of its id is there', () => {
    const drafted = applyChanges(fleet, [{ kind: 'draft-upserted', draft: aDraft() }])
    expect(drafted.drafts).toEqual([aDraft()])
    const committed = applyChanges(drafted, [
      { kind: 'draft-removed', draftId: draftId(1) },
      { kind: 'plan-upserted', plan: aPlan() },
    ])
    expect([committed.drafts, committed.plans]).toEqual([[], [aPlan()]])
  })

  test('a step changes in its place; one of a plan that is not known changes nothing', () => {
    const steps = [aPlanStep(), aPlanStep({ domainName: 'web-8' })]
    const planned = applyChanges(fleet, [{ kind: 'plan-upserted', plan: aPlan({ steps }) }])
    const step = aPlanStep({ state: { kind: 'running', migrationId: migrationId(1) } })
    const change = { kind: 'plan-step-changed', planId: planId(1), stepIndex: 1, step } as const
    expect(applyChanges(planned, [change]).plans[0]?.steps).toEqual([steps[0], step])
    expect(applyChanges(fleet, [change])).toBe(fleet)
  })
})

describe('applySnapshot', () => {
  test('an older snapshot of the same epoch changes nothing', () => {
    expect(applySnapshot(fleet, { ...fleet, generation: 6 })).toBe(fleet)
  })

  test('a snapshot of another epoch replaces everything, whatever its generation', () => {
    const other = { ...fleet, epoch: uuid(2), generation: 1 }
    expect(applySnapshot(fleet, other)).toBe(other)
  })

  test('the first snapshot is taken', () => {
    expect(applySnapshot(undefined, fleet)).toBe(fleet)
  })
})
