import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { labelOf } from '@drover/api-schema/labels.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { compareVersions } from '@drover/api-schema/scalars.ts'
import type { ComparisonOperator, Literal, Ref, Selector } from './ast.ts'
import { domainFields, type Field, hostFields } from './fields.ts'

/** A selector as a function: made once, asked for every host or domain. */
export type HostMatcher = (host: Host) => boolean
/** `host`: where the domain is; null when that is not known, and then no condition on the host holds. */
export type DomainMatcher = (domain: Domain, host: Host | null) => boolean

export function compileHostSelector(selector: Selector): HostMatcher {
  return compile<Host>(selector, (ref, test) => {
    const read = readerOf(ref, hostFields)
    return (host) => test(read(host))
  })
}

export function compileDomainSelector(selector: Selector): DomainMatcher {
  type Placed = { readonly domain: Domain; readonly host: Host | null }
  const match = compile<Placed>(selector, (ref, test) => {
    if (ref.scope === 'own') {
      const read = readerOf(ref, domainFields)
      return ({ domain }) => test(read(domain))
    }
    const read = readerOf(ref, hostFields)
    return ({ host }) => test(host === null ? null : read(host))
  })
  return (domain, host) => match({ domain, host })
}

/** What a field or label is; null where there is none. */
export type Value = string | number | boolean | readonly string[] | null
type Test = (value: Value) => boolean
type Bind<T> = (ref: Ref, test: Test) => (thing: T) => boolean

function compile<T>(selector: Selector, bind: Bind<T>): (thing: T) => boolean {
  switch (selector.kind) {
    case 'all':
      return () => true
    case 'and': {
      const parts = selector.parts.map((part) => compile(part, bind))
      return (thing) => parts.every((part) => part(thing))
    }
    case 'or': {
      const parts = selector.parts.map((part) => compile(part, bind))
      return (thing) => parts.some((part) => part(thing))
    }
    case 'not': {
      const part = compile(selector.part, bind)
      return (thing) => !part(thing)
    }
    case 'has':
    case 'compare':
    case 'in':
      return bind(selector.ref, testOfLeaf(selector))
    default:
      return assertNever(selector)
  }
}

type Labelled = Parameters<typeof labelOf>[0]

export function readerOf<T extends Labelled>(
  ref: Ref,
  fields: Readonly<Record<string, Field<T>>>,
): (thing: T) => Value {
  if (ref.kind === 'label') return (thing) => labelOf(thing, ref.key)
  const field = fields[ref.name]
  return field === undefined ? () => null : field.of
}

type Leaf = Extract<Selector, { kind: 'has' | 'compare' | 'in' }>

/** What one condition asks of the value. */
export function testOfLeaf(leaf: Leaf): Test {
  switch (leaf.kind) {
    case 'has':
      return (value) => value !== null
    case 'compare':
      return testOf(leaf.ref, leaf.operator, leaf.value)
    case 'in': {
      const tests = leaf.values.map((value) => testOf(leaf.ref, '=', value))
      return (value) => tests.some((test) => test(value)) !== leaf.isNegated
    }
    default:
      return assertNever(leaf)
  }
}

/** `!=` and `!~` are exactly "not =" and "not ~": true also of what has no such label. */
function testOf(ref: Ref, operator: ComparisonOperator, literal: Literal): Test {
  if (operator === '!=') return negate(testOf(ref, '=', literal))
  if (operator === '!~') return negate(testOf(ref, '~', literal))
  switch (literal.kind) {
    case 'boolean':
      return (value) => value === literal.value
    case 'number': {
      const holds = orderTests[operator]
      return (value) => {
        const known = typeof value === 'string' ? labelNumber(value) : value
        return typeof known === 'number' && holds(known - literal.value)
      }
    }
    case 'text':
      return textTest(ref, operator, literal.text)
    default:
      return assertNever(literal)
  }
}

const negate =
  (test: Test): Test =>
  (value) =>
    !test(value)

/** Of the difference; never true of NaN. */
const orderTests: Record<ComparisonOperator, (difference: number) => boolean> = {
  '=': (difference) => difference === 0,
  '!=': (difference) => difference !== 0,
  '<': (difference) => difference < 0,
  '<=': (difference) => difference <= 0,
  '>': (difference) => difference > 0,
  '>=': (difference) => difference >= 0,
  '~': () => false,
  '!~': () => true,
}

/** A label that is a number is compared as one; any other is neither more nor less. */
function labelNumber(text: string): number {
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
}

/** Hosts only have one version field, and it is compared number by number. */
function isVersion(ref: Ref): boolean {
  return ref.kind === 'field' && hostFields[ref.name]?.type === 'version'
}

function textTest(ref: Ref, operator: ComparisonOperator, text: string): Test {
  if (operator !== '~' && isVersion(ref)) {
    const holds = orderTests[operator]
    return (value) => typeof value === 'string' && holds(compareVersions(value, text))
  }
  const matches = operator === '~' ? likeness(text) : equality(text)
  return (value) => {
    if (typeof value === 'string') return matches(value)
    return Array.isArray(value) && value.some(matches)
  }
}

/** Capitals make no difference anywhere. */
function equality(text: string): (value: string) => boolean {
  const wanted = text.toLowerCase()
  return (value) => value === wanted || value.toLowerCase() === wanted
}

/** With `*` or `?`: the whole value is like it. Without: the value contains it. */
function likeness(text: string): (value: string) => boolean {
  const wanted = text.toLowerCase()
  if (!/[*?]/.test(wanted)) return (value) => value.toLowerCase().includes(wanted)
  return (value) => isLike(value.toLowerCase(), wanted)
}

/** Whether the pattern fits the whole value; linear but for the last star, so no pattern takes long. */
function isLike(value: string, pattern: string): boolean {
  let v = 0
  let p = 0
  let starAt = -1
  let resumeAt = 0
  while (v < value.length) {
    if (
      p < pattern.length &&
      (pattern[p] === '?' || pattern[p] === value[v]) &&
      pattern[p] !== '*'
    ) {
      v += 1
      p += 1
    } else if (pattern[p] === '*') {
      starAt = p
      resumeAt = v
      p += 1
    } else if (starAt >= 0) {
      p = starAt + 1
      resumeAt += 1
      v = resumeAt
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p += 1
  return p === pattern.length
}
