import { aDomain, aHost, hostId } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ComparisonOperator, Literal, Ref, Selector, SelectorSubject } from './ast.ts'
import { checkSelector } from './check.ts'
import { compileDomainSelector, compileHostSelector } from './compile.ts'
import { completeSelector } from './complete.ts'
import { domainFields, hostFields } from './fields.ts'
import { operatorsOf } from './literals.ts'
import { domainColumns, hostColumns, maskOfSelector } from './mask.ts'
import { parseSelector } from './parse.ts'
import { printSelector } from './print.ts'
import { unitNames } from './quantity.ts'
import { fieldOfRef } from './refs.ts'
import { vocabularyOf } from './vocabulary.ts'

const seed = 20_261_122
const numRuns = 1500
const subjects = ['domain', 'host'] as const
const span = { start: 0, end: 0 }

const host = aHost({ labels: { rack: 'r1', name: 'x' } })
const domain = aDomain({ labels: { tier: 'web', os: 'windows' }, application: 'shop' })
const vocabulary = vocabularyOf([host], [domain])

const keys = fc.stringMatching(/^[a-z0-9]([a-z0-9._/-]{0,8}[a-z0-9])?$/)
const keyLikeWords = fc.constantFrom(
  'and',
  'has',
  'label.a',
  'host.b',
  'host',
  'name',
  'label.',
  'all',
  'in',
)
const key = fc.oneof(
  keys,
  keyLikeWords.filter((word) => !word.endsWith('.')),
)

function refOf(subject: SelectorSubject): fc.Arbitrary<Ref> {
  const own = Object.keys(subject === 'domain' ? domainFields : hostFields)
  const field = (scope: Ref['scope'], names: readonly string[]) =>
    fc.constantFrom(...names).map((name): Ref => ({ kind: 'field', scope, name, span }))
  const label = (scope: Ref['scope']) =>
    key.map((one): Ref => ({ kind: 'label', scope, key: one, span }))
  const ofHost = [field('host', Object.keys(hostFields)), label('host')]
  return fc.oneof(field('own', own), label('own'), ...(subject === 'domain' ? ofHost : []))
}

const anyText = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('and', 'a b', '"', '\\', '8', '8GiB', '8 GiB', 'web-*', '', 'ü', '(', 'x,y'),
)
const amount = fc.oneof(
  fc.nat(1e6),
  fc.integer({ min: 1, max: 1e6 }).map((n) => n / 100),
)

function literalOf(
  subject: SelectorSubject,
  ref: Ref,
  operator: ComparisonOperator,
): fc.Arbitrary<Literal> {
  const field = fieldOfRef(subject, ref)
  const text = anyText.map((one): Literal => ({ kind: 'text', text: one, span }))
  const plain = amount.map(
    (value): Literal => ({ kind: 'number', value, amount: value, unit: '', span }),
  )
  if (field === null) return /[<>]/.test(operator) ? plain : text
  switch (field.type) {
    case 'boolean':
      return fc.boolean().map((value) => ({ kind: 'boolean', value, span }))
    case 'version':
      return operator.endsWith('~')
        ? text
        : fc.constantFrom('4', '4.17', '3.0.4').map((one) => ({ kind: 'text', text: one, span }))
    case 'number':
      if (field.dimension === 'count') return plain
      return fc
        .tuple(amount, fc.constantFrom(...unitNames(field.dimension)))
        .map(([value, unit]) => {
          // The value in base units is what the parser computes; the written form is what must survive.
          const read = parseSelector(
            `${subject === 'domain' && ref.scope === 'host' ? 'host.' : ''}${ref.kind === 'field' ? ref.name : ''} = ${value}${unit}`,
            subject,
          )
          if (!read.ok || read.value.kind !== 'compare') throw new Error(`${value}${unit}`)
          return { ...read.value.value, span }
        })
    case 'text':
    case 'texts':
      return text
  }
}

function leafOf(subject: SelectorSubject): fc.Arbitrary<Selector> {
  return refOf(subject).chain((ref): fc.Arbitrary<Selector> => {
    const compared = fc
      .constantFrom(...operatorsOf(subject, ref))
      .chain((operator) =>
        literalOf(subject, ref, operator).map(
          (value): Selector => ({ kind: 'compare', ref, operator, value, span }),
        ),
      )
    const listed = fc
      .tuple(fc.array(literalOf(subject, ref, '='), { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([values, isNegated]): Selector => ({ kind: 'in', ref, isNegated, values, span }))
    const had = fc.constant<Selector>({ kind: 'has', ref, span })
    const mayHave = ref.kind === 'label' || ref.name === 'app'
    return fc.oneof(
      compared,
      listed,
      ...(mayHave ? [had] : []),
      fc.constant<Selector>({ kind: 'all', span }),
    )
  })
}

/** As the parser makes them: no `and` directly inside an `and`. */
function selectorOf(subject: SelectorSubject): fc.Arbitrary<Selector> {
  const { node } = fc.letrec<{ node: Selector }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      leafOf(subject),
      tie('node').map((part): Selector => ({ kind: 'not', part, span })),
      ...(['and', 'or'] as const).map((kind) =>
        fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map(
          (parts): Selector => ({
            kind,
            parts: parts.flatMap((part) => (part.kind === kind ? part.parts : [part])),
            span,
          }),
        ),
      ),
    ),
  }))
  return node
}

function withoutSpans(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (name, inner) => (name === 'span' ? undefined : inner)))
}

describe.each(subjects)('selectors of a %s', (subject) => {
  it('are the same after printing and reading', () => {
    fc.assert(
      fc.property(selectorOf(subject), (selector) => {
        const text = printSelector(selector, subject)
        fc.pre(text.length <= 2000)
        const parsed = parseSelector(text, subject)
        if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`)
        expect(withoutSpans(parsed.value)).toEqual(withoutSpans(selector))
        expect(printSelector(parsed.value, subject)).toBe(text)
      }),
      { seed, numRuns },
    )
  })

  it('never throw, whatever the text, and point inside it', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'and',
        'or',
        'not',
        'in',
        'has',
        'all',
        '(',
        ')',
        ',',
        '=',
        '!=',
        '~',
        '<',
        '"',
        '\\',
      ),
      fc.constantFrom(
        'os',
        'memory',
        'host.cores',
        'tier',
        '8GiB',
        '8',
        'GiB',
        'label.',
        'host.',
        'vt',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    )
    const texts = fc.oneof(
      fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(' ')),
      fc.string({ unit: 'binary', maxLength: 60 }),
    )
    fc.assert(
      fc.property(texts, fc.nat(200), (text, cursor) => {
        const checked = checkSelector(text, subject, vocabulary)
        const found = checked.ok ? checked.value.warnings : [checked.error]
        for (const { span: at } of found) {
          expect(at.start).toBeGreaterThanOrEqual(0)
          expect(at.end).toBeGreaterThanOrEqual(at.start)
          expect(at.end).toBeLessThanOrEqual(text.length)
        }
        if (checked.ok) evaluate(checked.value.selector)
        const { span: word } = completeSelector(text, cursor, subject, vocabulary)
        expect(word.start).toBeLessThanOrEqual(word.end)
        expect(word.end).toBeLessThanOrEqual(text.length)
      }),
      { seed, numRuns },
    )
  })

  it('say the opposite when negated, and `!=` is "not ="', () => {
    fc.assert(
      fc.property(selectorOf(subject), (selector) => {
        expect(evaluate({ kind: 'not', part: selector, span })).toBe(!evaluate(selector))
        if (selector.kind !== 'compare' || selector.operator !== '=') return
        expect(evaluate({ ...selector, operator: '!=' })).toBe(!evaluate(selector))
      }),
      { seed, numRuns },
    )
  })

  it('hold for all at once as for one after the other', () => {
    const hosts = [host, aHost({ hostId: hostId(2), name: 'xen-02', labels: { name: 'and' } })]
    const domains = [domain, aDomain({ name: '8', labels: { tier: '8' }, hostId: hostId(2) })]
    const ofHosts = hostColumns(hosts)
    const ofDomains = domainColumns([...domains, domain], [0, 1, -1], ofHosts)
    fc.assert(
      fc.property(selectorOf(subject), (selector) => {
        const columns = subject === 'host' ? ofHosts : ofDomains
        const mask = maskOfSelector(selector, columns, subject === 'host' ? 2 : 3)
        const one =
          subject === 'host'
            ? hosts.map(compileHostSelector(selector))
            : [host, hosts[1] ?? null, null].map((its, index) =>
                compileDomainSelector(selector)(domains[index] ?? domain, its),
              )
        expect([...mask]).toEqual(one.map(Number))
      }),
      { seed, numRuns },
    )
  })

  it('offer nothing that cannot be read there', () => {
    const starts = [
      '',
      'not ',
      '(',
      'has ',
      'all ',
      'all and ',
      '(all ',
      'name ',
      'name = ',
      'name in ',
      'name in (',
      'name in (a',
      'name in (a ',
    ]
    for (const start of starts) {
      for (const { text } of completeSelector(start, start.length, subject, vocabulary).items) {
        const { span: at } = completeSelector(start, start.length, subject, vocabulary)
        const taken = `${start.slice(0, at.start)}${text} `
        // Read on from there: a fault may lie behind what was offered, never in it or before.
        const parsed = parseSelector(taken, subject)
        const isOffered =
          parsed.ok ||
          parsed.error.span.end >= taken.trimEnd().length ||
          /never closed|must be compared/.test(parsed.error.message)
        expect({ taken, isOffered }).toEqual({ taken, isOffered: true })
      }
    }
  })

  function evaluate(selector: Selector): boolean {
    return subject === 'host'
      ? compileHostSelector(selector)(host)
      : compileDomainSelector(selector)(domain, host)
  }
})

it('glob and contains agree with a regular expression', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 })
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 })
  fc.assert(
    fc.property(letters, patterns, (name, pattern) => {
      const value = { kind: 'text', text: pattern, span } as const
      const ref = { kind: 'label', scope: 'own', key: 'k', span } as const
      const match = compileHostSelector({ kind: 'compare', ref, operator: '~', value, span })
      const body = pattern.replaceAll('*', '.*').replaceAll('?', '.')
      const expected = /[*?]/.test(pattern)
        ? new RegExp(`^${body}$`).test(name)
        : name.includes(pattern)
      expect(match(aHost({ hostId: hostId(1), labels: { k: name }, memFreeBytes: GIB }))).toBe(
        expected,
      )
    }),
    { seed, numRuns },
  )
})
