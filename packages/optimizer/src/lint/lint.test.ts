import {
  aRule,
  domainId,
  hostId,
  type RuleBody,
  ruleId,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { describe, expect, it } from 'vitest'
import { snapshotOf } from '../rules/snapshot.ts'
import { domainOn, hostNumber, rulesOf } from '../testing/fleets.ts'
import { type LintReport, lint, lintAll } from './lint.ts'

const hosts = [1, 2, 3].map((number) =>
  hostNumber(number, { labels: { rack: number < 3 ? 'r1' : 'r2' }, memFreeBytes: 2 * GIB }),
)
const web = { labels: { tier: 'web' } }
const domains = [
  domainOn(1, 1, 'web-1', web),
  domainOn(1, 2, 'web-2', web),
  domainOn(2, 3, 'db-1', { labels: { tier: 'db' } }),
]
const draftId = 99

function report(
  draft: RuleBody,
  others: readonly RuleBody[] = [],
  facts: Parameters<typeof snapshotOf>[0] = { hosts, domains },
): LintReport {
  const found = lint({
    draft: aRule(draftId, draft),
    rules: rulesOf(...others),
    snapshot: snapshotOf(facts),
  })
  if (!found.ok) throw new Error(found.error.diagnostic.message)
  return found.value
}

const apart: RuleBody = { kind: 'keep-apart', domains: 'tier = web', level: 'host', atMost: 1 }
const onRack2: RuleBody = { kind: 'run-on', domains: 'tier = web', hosts: 'rack = r2' }

describe('a rule while it is typed', () => {
  it('says what it matches, what it breaks now, and the moves it implies', () => {
    const { matches, violations, outcome } = report(apart)
    expect(matches).toEqual({ domainIds: [domainId(1), domainId(2)], hostIds: [] })
    expect(violations.map(({ sentence }) => sentence)).toEqual([
      'web-1 and web-2 both run on xen-01; rule “rule 99” keeps them on different hosts.',
    ])
    if (outcome.kind !== 'satisfiable') throw new Error(outcome.kind)
    expect(outcome.moves).toHaveLength(1)
    expect(outcome.moves[0]?.fromHostId).toBe(hostId(1))
  })

  it('moves nothing when it holds already', () => {
    expect(report({ ...apart, atMost: 2 }).outcome).toEqual({ kind: 'satisfiable', moves: [] })
  })

  it.each<[RuleBody, number, number]>([
    [onRack2, 2, 1],
    [{ kind: 'keep-off', domains: 'all', hosts: 'rack = r1' }, 3, 2],
    [{ kind: 'headroom', hosts: 'rack = r1', keep: { cpuRatio: 0.1, memBytes: 0 } }, 0, 2],
    [{ kind: 'reserve', hosts: 'rack = r2', application: 'shop' }, 3, 1],
    [{ kind: 'never-move', domains: 'tier = db' }, 1, 0],
  ])('%j matches %i domains and %i hosts', (body, domainCount, hostCount) => {
    const { matches } = report(body)
    expect([matches.domainIds.length, matches.hostIds.length]).toEqual([domainCount, hostCount])
  })

  it('points at what cannot be read', () => {
    const found = lint({
      draft: aRule(draftId, { ...onRack2, hosts: 'rack == r2' }),
      rules: [],
      snapshot: snapshotOf({ hosts, domains }),
    })
    expect(found).toMatchObject({
      ok: false,
      error: { part: 'hosts', diagnostic: { suggestion: '=' } },
    })
  })

  it('takes the place of the rule it changes, and is judged although it is disabled', () => {
    const old = aRule(draftId, { kind: 'never-move', domains: 'all' })
    const draft = aRule(draftId, { ...apart, isEnabled: false })
    const found = lint({ draft, rules: [old], snapshot: snapshotOf({ hosts, domains }) })
    expect(found).toMatchObject({ value: { outcome: { kind: 'satisfiable', moves: [{}] } } })
  })
})

describe('a rule that cannot hold', () => {
  it('names the others it conflicts with, what is counted, and what is built in', () => {
    const noise: RuleBody = { kind: 'hardware', domains: 'all', needs: { virtualisation: 'any' } }
    expect(report(apart, [noise, onRack2]).outcome).toEqual({
      kind: 'unsatisfiable',
      conflicts: [
        {
          ruleIds: [ruleId(2)],
          hasDraft: true,
          isMinimal: true,
          builtIns: [],
          because: 'web-1 and web-2 may run on 1 host only, at most 1 on each.',
        },
      ],
    })
  })

  it('names its conflicts beside those of others', () => {
    const pinned: RuleBody = { kind: 'never-move', domains: 'tier = web' }
    const { outcome } = report(apart, [onRack2, pinned])
    expect(outcome).toMatchObject({
      kind: 'unsatisfiable',
      conflicts: [
        { ruleIds: [ruleId(1), ruleId(2)], hasDraft: false },
        { ruleIds: [ruleId(1)], hasDraft: true },
      ],
    })
    const without = report(apart, [pinned]).outcome
    expect(without).toMatchObject({ kind: 'unsatisfiable', conflicts: [{ ruleIds: [ruleId(1)] }] })
  })

  it.each<[string, RuleBody, Partial<(typeof hosts)[number]>, string]>([
    ['memory', onRack2, { memFreeBytes: GIB }, 'memory'],
    ['maintenance', onRack2, { isInMaintenance: true }, 'closed'],
    ['another pool', onRack2, { pool: 'pool-b' }, 'machines'],
  ])('because of %s says so', (_, draft, change, builtIn) => {
    const changed = hosts.map((host, index) => (index === 2 ? { ...host, ...change } : host))
    const { outcome } = report(draft, [], { hosts: changed, domains })
    expect(outcome).toMatchObject({
      kind: 'unsatisfiable',
      conflicts: [{ ruleIds: [], hasDraft: true, builtIns: [builtIn] }],
    })
  })

  it('is not blamed for what others cannot keep among themselves', () => {
    const { outcome } = report({ kind: 'never-move', domains: 'tier = db' }, [apart, onRack2])
    expect(outcome).toMatchObject({
      kind: 'blocked',
      conflicts: [{ ruleIds: [ruleId(1), ruleId(2)], hasDraft: false }],
    })
  })

  it('does not argue with rules that are preferred or disabled', () => {
    const soft: RuleBody = { ...onRack2, strength: { kind: 'preferred', weight: 50 } }
    expect(report(apart, [soft, { ...onRack2, isEnabled: false }]).outcome.kind).toBe('satisfiable')
  })
})

it('all rules together are judged the same way', () => {
  const snapshot = snapshotOf({ hosts, domains })
  expect(lintAll(rulesOf(apart), snapshot)).toMatchObject({ kind: 'satisfiable', moves: [{}] })
  expect(lintAll(rulesOf(apart, onRack2), snapshot)).toMatchObject({
    kind: 'blocked',
    conflicts: [{ ruleIds: [ruleId(1), ruleId(2)] }],
  })
})

it('says that it does not know when its steps are used up before a proof', () => {
  const found = lint({
    draft: aRule(draftId, apart),
    rules: [],
    snapshot: snapshotOf({ hosts, domains }),
    steps: 1,
  })
  expect(found).toMatchObject({ value: { outcome: { kind: 'undecided', conflicts: [] } } })
})
