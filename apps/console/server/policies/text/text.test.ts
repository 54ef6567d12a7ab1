import fs from 'node:fs'
import { type PolicyRule, policyKinds } from '@drover/api-schema/policy.ts'
import { aRule, type RuleBody } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { draftOf } from '../draft.ts'
import { comparePolicies } from './compare.ts'
import { readPolicies } from './read.ts'
import { writePolicies } from './write.ts'

const bodies: RuleBody[] = [
  { kind: 'run-on', domains: 'app = sql', hosts: 'rack in (r1, r2)' },
  { kind: 'keep-off', domains: 'name ~ "web *"', hosts: "not label.os = 'old'", isEnabled: false },
  { kind: 'keep-together', domains: 'all', level: 'rack', groupBy: { by: 'application' } },
  {
    kind: 'keep-apart',
    domains: 'tier = db',
    level: 'host',
    atMost: 2,
    groupBy: { by: 'label', key: 'team/name' },
    strength: { kind: 'preferred', weight: 40 },
  },
  {
    kind: 'hardware',
    domains: 'type = hvm',
    needs: { virtualisation: 'any', cpuFeatures: ['avx2', 'aes'], nicAtLeastBytesPerSec: 1.25e9 },
  },
  { kind: 'headroom', hosts: 'pool = pool-a', keep: { cpuRatio: 0.2, memBytes: 2 ** 30 } },
  { kind: 'reserve', hosts: 'rack = r7', application: 'exchange: mail' },
  { kind: 'licence', product: 'Oracle', domains: 'app = sql', per: 'core', count: 32 },
  { kind: 'never-move', domains: 'name = licence-dongle', description: 'It hangs on a port: #3' },
  {
    kind: 'move-window',
    domains: 'env = prod',
    timeZone: 'Europe/Berlin',
    windows: [
      { days: ['sat', 'sun'], fromMinute: 0, untilMinute: 1440 },
      { days: ['mon'], fromMinute: 1320, untilMinute: 90 },
    ],
    owner: '*operations* & co',
  },
]
const rules = bodies.map((body, index) => aRule(index + 1, body))
const set = (of: readonly PolicyRule[]) => ({ revision: 7, rules: [...of] })

function problems(yaml: string): string[] {
  const read = readPolicies(yaml)
  if (read.ok) return []
  return read.error.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

describe('rules as text', () => {
  it('there is one of every kind here', () => {
    expect(bodies.map(({ kind }) => kind).sort()).toEqual([...policyKinds].sort())
  })

  it('are read back as they were written', () => {
    const read = readPolicies(writePolicies(set(rules)))
    if (!read.ok) throw new Error(JSON.stringify(read.error))
    expect(read.value).toEqual(rules.map(draftOf))
    expect(comparePolicies(set(rules), read.value)).toEqual({
      added: [],
      changed: [],
      removed: [],
      unchangedCount: rules.length,
    })
  })

  it('look like what somebody would write by hand', () => {
    const [, , , apart] = rules
    expect(
      writePolicies(set(apart === undefined ? [] : [apart])),
    ).toBe(`# Rules of Drover, revision 7

version: 1
rules:
  - name: rule 4
    kind: keep-apart
    owner: Platform team
    enabled: true
    strength: preferred
    weight: 40
    domains: tier = db
    groupBy: label team/name
    level: host
    atMost: 2
`)
    expect(writePolicies(set([]))).toContain('rules: []')
  })

  it('are as the documentation shows them', () => {
    const guide = fs.readFileSync('docs/policies.md', 'utf8')
    const example = /```yaml\n([^`]*)```/.exec(guide)?.[1] ?? ''
    expect(problems(example)).toEqual([])
    expect(readPolicies(example)).toMatchObject({
      value: [{ groupBy: { by: 'label' } }, { windows: [{ fromMinute: 1320, untilMinute: 360 }] }],
    })
  })

  it('need no more than what has no default', () => {
    const read = readPolicies(`version: 1
rules:
  - { name: a, kind: never-move, strength: required, domains: all }
`)
    expect(read).toMatchObject({
      ok: true,
      value: [{ name: 'a', description: '', owner: '', isEnabled: true }],
    })
  })
})

describe('what cannot be read is said with its place', () => {
  const rule = (fields: string) => `version: 1
rules:
  - name: sql apart
    kind: keep-apart
    strength: required
    level: host
    atMost: 1
${fields}`

  it.each<[string, string, string[]]>([
    [
      'no YAML',
      'rules: [',
      ['1:9 Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['nothing', '', ['1:1 The text must have “version: 1” and a list “rules”.']],
    ['another version', 'version: 2\nrules: []', ['1:10 The version must be 1.']],
    ['no list', 'version: 1\nrules: 5', ['2:8 The rules must be a list; an empty one is [].']],
    ['a stray key', 'version: 1\nrulez: []\nrules: []', ['2:8 There is no “rulez” here.']],
    [
      'a rule that is none',
      'version: 1\nrules:\n  - 5',
      ['3:5 A rule must have fields: name, kind and others.'],
    ],
    [
      'a field of another kind',
      rule('    domains: app = sql\n    hosts: all'),
      ['9:12 A rule of the kind keep-apart has no “hosts”.'],
    ],
    ['a missing field', rule(''), ['3:5 domains is missing.']],
    [
      'a wrong value',
      rule('    domains: all\n    weight: 7')
        .replace('required', 'preferred')
        .replace('weight: 7', 'weight: 700'),
      ['9:13 weight must be at most 100.'],
    ],
    ['a selector, plain', rule('    domains: app = sql and or'), ['8:28 ']],
    ['a selector, quoted', rule('    domains: "app = sql and or"'), ['8:29 ']],
    ['a selector over lines', rule('    domains: >-\n      app = sql\n      and or'), ['8:14 ']],
    ['a time', rule('    domains: all').replace('keep-apart', 'move-window'), []],
  ])('%s', (_what, yaml, expected) => {
    const found = problems(yaml)
    if (expected.length === 0) expect(found.length).toBeGreaterThan(0)
    else {
      expect(found).toHaveLength(expected.length)
      for (const [index, start] of expected.entries())
        expect(found[index]?.startsWith(start), found[index]).toBe(true)
    }
  })

  it('two rules of one name', () => {
    const yaml = writePolicies(set(rules.slice(0, 2))).replace('rule 2', 'RULE 1')
    expect(problems(yaml)).toEqual(['13:11 Another rule above is named rule 1 already.'])
  })

  it('a text that blows up when its references are followed', () => {
    const lines = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let depth = 1; depth < 9; depth += 1) {
      const before = `*a${depth - 1}`
      lines.push(`b${depth}: &a${depth} [${Array.from({ length: 10 }, () => before).join(', ')}]`)
    }
    expect(problems([...lines, 'version: 1', 'rules: []'].join('\n'))).toHaveLength(1)
  })
})

describe('the difference', () => {
  it('is by name: made, changed with what is different, removed', () => {
    const [first, second, third, fourth] = rules.map(draftOf)
    if (!first || !second || !third || !fourth) throw new Error('four rules')
    const wanted = [
      first,
      { ...second, name: 'RULE 2', owner: 'ops' },
      { ...fourth, strength: { kind: 'required' as const } },
      { ...third, name: 'another' },
    ]
    const found = comparePolicies(set(rules.slice(0, 4)), wanted)
    expect(found.added.map(({ name }) => name)).toEqual(['another'])
    expect(found.removed.map(({ name }) => name)).toEqual(['rule 3'])
    expect(found.changed.map(({ after, fields }) => [after.name, ...fields])).toEqual([
      ['RULE 2', 'name', 'owner'],
      ['rule 4', 'strength', 'weight'],
    ])
    expect(found.unchangedCount).toBe(1)
  })
})
