import { aRule, type RuleBody } from '@drover/api-schema/testing/builders.ts'
import { bitsToBytesPerSec, GIB } from '@drover/api-schema/units.ts'
import { expect, it } from 'vitest'
import { ruleSentence } from './rule-sentence.ts'

const preferred = { strength: { kind: 'preferred', weight: 50 } } as const
const weekdaysOnly = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  fromMinute: 1320,
  untilMinute: 360,
} as const

const cases: readonly (readonly [RuleBody, string])[] = [
  [
    { kind: 'run-on', domains: 'tier = db', hosts: 'rack = r1' },
    'Domains with tier = db must run on hosts with rack = r1.',
  ],
  [
    { kind: 'keep-off', domains: 'all', hosts: 'xen < 4.15' },
    'All domains must not run on hosts with xen < 4.15.',
  ],
  [
    { kind: 'keep-together', domains: 'tier = web', level: 'rack', groupBy: { by: 'application' } },
    'Domains with tier = web must run on one rack, for each application.',
  ],
  [
    { kind: 'keep-apart', domains: 'has app', level: 'host', atMost: 1 },
    'Domains that have app must run on different hosts.',
  ],
  [
    {
      kind: 'keep-apart',
      domains: 'tier = db',
      level: 'rack',
      atMost: 2,
      groupBy: { by: 'label', key: 'shard' },
    },
    'Of domains with tier = db at most 2 must run on one rack, for each value of shard.',
  ],
  [
    {
      kind: 'hardware',
      domains: 'all',
      needs: { virtualisation: 'any', nicAtLeastBytesPerSec: bitsToBytesPerSec(10e9) },
    },
    'All domains must run where there is hardware virtualisation and a network card of 10\u00a0Gbit/s or more.',
  ],
  [
    { kind: 'headroom', hosts: 'all', keep: { cpuRatio: 0.2, memBytes: 4 * GIB } },
    'All hosts must keep 20\u00a0% of their CPU and 4\u00a0GiB of memory free.',
  ],
  [
    { kind: 'reserve', hosts: 'pool = a', application: 'shop' },
    'Only shop may run on hosts with pool = a.',
  ],
  [
    { kind: 'licence', product: 'SQL', domains: 'tier = db', per: 'socket', count: 1 },
    'SQL on domains with tier = db must take at most 1 licence, one per CPU socket.',
  ],
  [{ kind: 'never-move', domains: 'all' }, 'All domains must not be moved automatically.'],
  [
    {
      kind: 'move-window',
      domains: 'all',
      timeZone: 'UTC',
      windows: [
        { ...weekdaysOnly, days: [...weekdaysOnly.days] },
        { days: ['sat', 'sun'], fromMinute: 0, untilMinute: 1440 },
      ],
    },
    'All domains must be moved automatically only Mon–Fri 22:00–06:00, Sat, Sun 00:00–24:00 (UTC).',
  ],
]

it.each(cases)('a rule says what it asks: $kind', (body, sentence) => {
  expect(ruleSentence(aRule(1, body))).toBe(sentence)
})

it('what is preferred should be, and need not', () => {
  const rule = aRule(1, { kind: 'never-move', domains: 'all', ...preferred })
  expect(ruleSentence(rule)).toBe('All domains should not be moved automatically.')
})
