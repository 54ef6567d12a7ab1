import { aDomain, aHost, domainId, hostId } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import type { SelectorSubject } from './ast.ts'
import { checkSelector } from './check.ts'
import { completeSelector } from './complete.ts'
import { nearest } from './nearest.ts'
import { vocabularyOf } from './vocabulary.ts'

const vocabulary = vocabularyOf(
  [
    aHost({ labels: { rack: 'r1' } }),
    aHost({
      hostId: hostId(2),
      name: 'xen-02',
      labels: { rack: 'r2' },
      consoleLabels: { zone: 'north' },
    }),
  ],
  [
    aDomain({ labels: { tier: 'web' }, application: 'shop' }),
    aDomain({
      domainId: domainId(2),
      name: 'db-1',
      labels: { tier: 'db' },
      application: 'Big Shop',
    }),
    aDomain({ domainId: domainId(3), name: 'db-2', labels: { tier: 'db' } }),
  ],
)

/** What is offered at the bar, as the texts that would come of it. */
function offered(textWithCursor: string, subject: SelectorSubject = 'domain'): string[] {
  const cursor = textWithCursor.indexOf('|')
  const text = textWithCursor.replace('|', '')
  const { span, items } = completeSelector(text, cursor, subject, vocabulary)
  return items.map((item) => text.slice(0, span.start) + item.text + text.slice(span.end))
}

describe('completion', () => {
  it('begins with fields, labels and what else can begin', () => {
    const all = offered('|')
    expect(all.slice(0, 3)).toEqual(['name', 'app', 'os'])
    for (const one of ['tier', 'host.rack', 'host.zone', 'not', '(', 'all'])
      expect(all).toContain(one)
  })

  it.each([
    ['ti|', ['tier']],
    ['host.z|', ['host.zone']],
    ['vcpu|', ['vcpus']],
    [
      'tier |',
      [
        'tier =',
        'tier !=',
        'tier ~',
        'tier !~',
        'tier <',
        'tier <=',
        'tier >',
        'tier >=',
        'tier in',
        'tier not in',
      ],
    ],
    ['tier = |', ['tier = db', 'tier = web']],
    ['tier = w|', ['tier = web']],
    ['app = b|', ['app = "Big Shop"']],
    ['app = "B|', ['app = "Big Shop"']],
    ['app in (|', ['app in ("Big Shop"', 'app in (shop']],
    ['app in (shop, b|', ['app in (shop, "Big Shop"']],
    ['app in (shop |', ['app in (shop ,', 'app in (shop )']],
    ['tier = db |', ['tier = db and', 'tier = db or']],
    ['(tier = db |', ['(tier = db and', '(tier = db or', '(tier = db )']],
    ['(tier in (db) |', ['(tier in (db) and', '(tier in (db) or', '(tier in (db) )']],
    ['tier = db a|', ['tier = db and']],
    ['has r|', ['has host.rack']],
    ['migratable = |', ['migratable = yes', 'migratable = no']],
    [
      'memory > 8|',
      ['memory > 8TiB', 'memory > 8GiB', 'memory > 8MiB', 'memory > 8KiB', 'memory > 8B'],
    ],
    ['host = |', ['host = xen-01', 'host = xen-02']],
    ['tier = db and ti| or all', ['tier = db and tier or all']],
    ['os == |', []],
  ])('%s', (text, expected) => {
    expect(offered(text)).toEqual(expected)
  })

  it('knows what hosts have', () => {
    expect(offered('ra|', 'host')).toEqual(['rack'])
    expect(offered('virt|', 'host')).toEqual(['virtualisation'])
  })
})

describe('a selector beside the fleet', () => {
  it.each([
    ['teir = web', 'teir', 'No domain has a label “teir”. Did you mean tier?', 'tier'],
    [
      'host.rakc = r1',
      'host.rakc',
      'No host has a label “rakc”. Did you mean host.rack?',
      'host.rack',
    ],
    ['vcpsu = 2', 'vcpsu', 'Did you mean vcpus?', 'vcpus'],
    ['tier = wbe', 'wbe', 'No domain has tier = wbe. Did you mean web?', 'web'],
    ['app in (shop, "Big Shpo")', '"Big Shpo"', 'Did you mean Big Shop?', '"Big Shop"'],
    ['type = hmv', 'hmv', 'Did you mean hvm?', 'hvm'],
    ['pool = elsewhere', 'elsewhere', 'No host has pool = elsewhere.', null],
    ['colour = red', 'colour', 'No domain has a label “colour”.', null],
  ])('%s is warned of', (text, marked, sentence, suggestion) => {
    const checked = checkSelector(text, 'domain', vocabulary)
    if (!checked.ok) throw new Error(checked.error.message)
    const [warning, ...others] = checked.value.warnings
    expect(others).toEqual([])
    expect(warning).toMatchObject({ severity: 'warning', suggestion })
    expect(warning?.message).toContain(sentence)
    expect(text.slice(warning?.span.start, warning?.span.end)).toBe(marked)
  })

  it.each([
    'tier = WEB',
    'type = hvm',
    'name ~ nothing',
    'host.xen >= 9',
    'not has tier',
    'os = bsd',
  ])('%s is fine', (text) => {
    const checked = checkSelector(text, 'domain', vocabulary)
    expect(checked).toMatchObject({ ok: true, value: { warnings: [] } })
  })
})

describe('the word that was meant', () => {
  it.each([
    ['memroy', 'memory'],
    ['vcpu', 'vcpus'],
    ['xyz', null],
    ['me', null],
    ['memory', null],
  ])('by %s is %s', (word, expected) => {
    expect(nearest(word, ['memory', 'vcpus', 'name'])).toBe(expected)
  })
})
