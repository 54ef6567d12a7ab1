import { describe, expect, it } from 'vitest'
import { type PolicyRule, policyDraftSchema, policyKinds, policyRuleSchema } from './policy.ts'
import { aRule, type RuleBody } from './testing/builders.ts'

const bodies: RuleBody[] = [
  { kind: 'run-on', domains: 'os = windows', hosts: 'vt' },
  { kind: 'keep-off', domains: 'all', hosts: 'maintenance' },
  { kind: 'keep-together', domains: 'app = shop', level: 'rack', groupBy: { by: 'application' } },
  { kind: 'keep-apart', domains: 'tier = web', level: 'host', atMost: 1 },
  { kind: 'hardware', domains: 'type = hvm', needs: { virtualisation: 'any' } },
  { kind: 'headroom', hosts: 'all', keep: { cpuRatio: 0.1, memBytes: 0 } },
  { kind: 'reserve', hosts: 'name = xen-01', application: 'sql' },
  { kind: 'licence', product: 'SQL', domains: 'app = sql', per: 'socket', count: 8 },
  { kind: 'never-move', domains: 'name = db-1' },
  {
    kind: 'move-window',
    domains: 'tier = db',
    timeZone: 'Europe/Berlin',
    windows: [{ days: ['sat'], fromMinute: 1320, untilMinute: 240 }],
  },
]
const rules: PolicyRule[] = bodies.map((body, index) => aRule(index, body))

describe('a rule', () => {
  it.each(rules)('$kind: parses with its id, and without one as a draft', (rule) => {
    expect(policyRuleSchema.parse(rule)).toEqual(rule)
    const { ruleId: _, ...draft } = rule
    expect(policyDraftSchema.parse(draft)).toEqual(draft)
    expect(policyRuleSchema.safeParse(draft).success).toBe(false)
  })

  it('is of one of ten kinds', () => {
    expect(rules.map(({ kind }) => kind)).toEqual([...policyKinds])
  })

  it.each([
    ['a weight outside 1 to 100', { strength: { kind: 'preferred', weight: 0 } }],
    ['an empty selector', { hosts: '' }],
    ['a selector that is too long', { domains: 'x'.repeat(2001) }],
    ['a kind that does not exist', { kind: 'run-near' }],
  ])('is refused with %s', (_, change) => {
    expect(policyRuleSchema.safeParse({ ...rules[0], ...change }).success).toBe(false)
  })

  it.each([
    ['hardware', { needs: {} }],
    ['headroom', { keep: { cpuRatio: 0, memBytes: 0 } }],
    ['move-window', { timeZone: 'Mars/Base' }],
    ['move-window', { windows: [] }],
  ])('%s is refused when it asks for nothing: %j', (kind, change) => {
    const rule = rules.find((one) => one.kind === kind)
    expect(policyRuleSchema.safeParse(rule).success).toBe(true)
    expect(policyRuleSchema.safeParse({ ...rule, ...change }).success).toBe(false)
  })
})
