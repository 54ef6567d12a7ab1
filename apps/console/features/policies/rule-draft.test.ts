import { policyKinds } from '@drover/api-schema/policy.ts'
import { aRule, type RuleBody } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { describe, expect, it } from 'vitest'
import { draftOf } from './rule-draft.ts'
import { areFields, emptyFields, fieldsOf } from './rule-fields.ts'

const bodies: readonly RuleBody[] = [
  { kind: 'run-on', domains: 'tier = db', hosts: 'rack = r1' },
  { kind: 'keep-off', domains: 'all', hosts: 'all' },
  { kind: 'keep-together', domains: 'all', level: 'rack', groupBy: { by: 'label', key: 'shard' } },
  {
    kind: 'keep-apart',
    domains: 'has app',
    level: 'host',
    atMost: 2,
    groupBy: { by: 'application' },
  },
  {
    kind: 'hardware',
    domains: 'all',
    needs: {
      virtualisation: 'vt-x',
      architecture: 'x86_64',
      cpuFeatures: ['avx2', 'aes'],
      nicAtLeastBytesPerSec: 1.25e9,
    },
  },
  { kind: 'headroom', hosts: 'all', keep: { cpuRatio: 0.07, memBytes: 1.5 * GIB } },
  { kind: 'reserve', hosts: 'pool = a', application: 'shop' },
  { kind: 'licence', product: 'SQL', domains: 'tier = db', per: 'core', count: 0 },
  { kind: 'never-move', domains: 'all' },
  {
    kind: 'move-window',
    domains: 'all',
    timeZone: 'Europe/Berlin',
    windows: [
      { days: ['mon', 'sun'], fromMinute: 1320, untilMinute: 300 },
      { days: ['sat'], fromMinute: 0, untilMinute: 1440 },
    ],
  },
]

describe('a rule in the editor', () => {
  it('there is one of every kind below', () => {
    expect(bodies.map(({ kind }) => kind)).toEqual([...policyKinds])
  })

  it.each(bodies)('comes out as it went in: $kind', (body) => {
    const { ruleId: _, ...draft } = aRule(1, {
      ...body,
      strength: { kind: 'preferred', weight: 7 },
    })
    expect(draftOf(fieldsOf(draft, 'UTC'))).toEqual({ ok: true, value: draft })
  })

  it.each([
    ['keep-apart', { domains: 'all', atMost: '0' }, ['atMost']],
    ['keep-apart', { domains: '' }, ['domains']],
    ['keep-apart', { domains: 'tier =' }, ['domains']],
    ['keep-apart', { domains: 'all', groupBy: 'label', groupKey: 'Not A Key' }, ['groupKey']],
    ['hardware', { domains: 'all' }, ['virtualisation']],
    ['hardware', { domains: 'all', nicGbit: 'fast' }, ['nicGbit']],
    ['headroom', { hosts: 'all' }, ['cpuPercent']],
    ['headroom', { hosts: 'all', cpuPercent: '96' }, ['cpuPercent']],
    ['licence', { domains: 'all', product: 'SQL', count: '1.5' }, ['count']],
    ['move-window', { domains: 'all', timeZone: 'Mars/Base' }, ['timeZone']],
    ['move-window', { domains: 'all', windows: [] }, ['windows']],
    ['never-move', { domains: 'all', strength: 'preferred', weight: '101' }, ['weight']],
    ['reserve', { name: '', hosts: 'all', application: '' }, ['application', 'name']],
  ] as const)('%s with %o says what is wrong', (kind, changes, expected) => {
    const result = draftOf({ ...emptyFields('UTC'), name: 'A rule', kind, ...changes })
    expect(result.ok ? [] : Object.keys(result.error)).toEqual(expected)
  })

  it('what was kept from another version is not taken for fields', () => {
    const fields = emptyFields('UTC')
    expect(areFields(JSON.parse(JSON.stringify(fields)))).toBe(true)
    const { atMost: _, ...less } = fields
    expect([areFields(less), areFields({ ...fields, isEnabled: 'yes' }), areFields(null)]).toEqual([
      false,
      false,
      false,
    ])
  })
})
