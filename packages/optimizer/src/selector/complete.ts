import { assertNever } from '@drover/api-schema/result.ts'
import type { Ref, SelectorSubject, Span } from './ast.ts'
import { fieldNames } from './fields.ts'
import { operatorsOf } from './literals.ts'
import { printText } from './print.ts'
import { splitQuantity, unitNames } from './quantity.ts'
import { fieldOfRef, isKeyword, printRef, resolveRef } from './refs.ts'
import { type Token, tokenize } from './tokens.ts'
import { labelKeysOf, type Vocabulary, valuesOf } from './vocabulary.ts'

/** What could stand at the cursor. */
export type Completion = {
  readonly kind: 'field' | 'label' | 'operator' | 'value' | 'keyword'
  /** Replaces the text of `Completions.span`. */
  readonly text: string
  /** A few words beside it; empty when it speaks for itself. */
  readonly what: string
}
export type Completions = {
  /** The word under the cursor, up to the cursor; empty between words. */
  readonly span: Span
  /** Best first. */
  readonly items: readonly Completion[]
}

/** Shown at once; more would not be read. */
const maxItems = 50

/** What the next word can be, after the words before the cursor. */
type Expected =
  | { readonly kind: 'term' }
  | { readonly kind: 'key' }
  | { readonly kind: 'operator'; readonly ref: Ref }
  | { readonly kind: 'value'; readonly ref: Ref }
  | { readonly kind: 'list' }
  | { readonly kind: 'list-end' }
  | { readonly kind: 'connector'; readonly openBrackets: number }
  | { readonly kind: 'nothing' }

type State = {
  readonly expected: Expected
  /** Of those that group conditions, not those of lists. */
  readonly openBrackets: number
  readonly isInList: boolean
  readonly ref: Ref | null
}

export function completeSelector(
  text: string,
  cursor: number,
  subject: SelectorSubject,
  vocabulary: Vocabulary,
): Completions {
  const at = Math.max(0, Math.min(cursor, text.length))
  const { tokens, error } = tokenize(text.slice(0, at))
  const words = tokens.filter(({ kind }) => kind !== 'end')
  const last = words.at(-1)
  const isInWord = last?.kind === 'word' && last.span.end === at && !last.isQuoted
  const before = isInWord ? words.slice(0, -1) : words
  // A quotation mark that is still open: its value is being written.
  const start = error !== null && text[error.span.start] === '"' ? error.span.start : null
  if (error !== null && start === null) return { span: { start: at, end: at }, items: [] }
  const span = { start: start ?? (isInWord ? last.span.start : at), end: at }
  const state = before.reduce<State>((now, token) => step(now, token, subject), {
    expected: { kind: 'term' },
    openBrackets: 0,
    isInList: false,
    ref: null,
  })
  const written = text.slice(span.start, span.end)
  return { span, items: matching(offers(state.expected, subject, vocabulary, written), written) }
}

function step(state: State, token: Token, subject: SelectorSubject): State {
  const to = (expected: Expected, change: Partial<State> = {}): State => ({
    ...state,
    ...change,
    expected,
  })
  const end = (openBrackets = state.openBrackets): State =>
    to({ kind: 'connector', openBrackets }, { openBrackets, isInList: false })
  switch (state.expected.kind) {
    case 'term':
      return afterTerm(state, token, subject, to, end)
    case 'key':
      return end()
    case 'operator':
      if (token.kind === 'operator') return to({ kind: 'value', ref: state.expected.ref })
      if (isWordOf(token, 'in')) return to({ kind: 'list' })
      if (isWordOf(token, 'not')) return state
      // A yes-or-no field stands alone, and this is what follows it.
      return step(end(), token, subject)
    case 'value':
      return state.isInList && token.kind === 'word' ? to({ kind: 'list-end' }) : end()
    case 'list':
      return token.kind === 'open' && state.ref !== null
        ? to({ kind: 'value', ref: state.ref }, { isInList: true })
        : to({ kind: 'nothing' })
    case 'list-end':
      if (token.kind === 'comma' && state.ref !== null) {
        return to({ kind: 'value', ref: state.ref })
      }
      return end()
    case 'connector':
      if (token.kind === 'close') return end(Math.max(0, state.openBrackets - 1))
      return isWordOf(token, 'and') || isWordOf(token, 'or')
        ? to({ kind: 'term' })
        : to({ kind: 'nothing' })
    case 'nothing':
      return state
    default:
      return assertNever(state.expected)
  }
}

function afterTerm(
  state: State,
  token: Token,
  subject: SelectorSubject,
  to: (expected: Expected, change?: Partial<State>) => State,
  end: () => State,
): State {
  if (token.kind === 'open') {
    return to({ kind: 'term' }, { openBrackets: state.openBrackets + 1 })
  }
  if (token.kind !== 'word' || token.isQuoted) return to({ kind: 'nothing' })
  if (isWordOf(token, 'not')) return state
  if (isWordOf(token, 'has')) return to({ kind: 'key' })
  if (isWordOf(token, 'all')) return end()
  const ref = resolveRef(subject, token.text, token.span)
  return 'severity' in ref ? to({ kind: 'nothing' }) : to({ kind: 'operator', ref }, { ref })
}

function isWordOf(token: Token, keyword: string): boolean {
  return token.kind === 'word' && !token.isQuoted && token.text.toLowerCase() === keyword
}

function offers(
  expected: Expected,
  subject: SelectorSubject,
  vocabulary: Vocabulary,
  written: string,
): Completion[] {
  switch (expected.kind) {
    case 'term':
      return [
        ...fields(subject),
        ...labels(subject, vocabulary),
        ...words('not', 'has', 'all', '('),
      ]
    case 'key':
      return labels(subject, vocabulary)
    case 'operator':
      return operatorOffers(subject, expected.ref)
    case 'value':
      return valueOffers(subject, vocabulary, expected.ref, written)
    case 'list':
      return words('(')
    case 'list-end':
      return words(',', ')')
    case 'connector':
      return words('and', 'or', ...(expected.openBrackets > 0 ? [')'] : []))
    case 'nothing':
      return []
    default:
      return assertNever(expected)
  }
}

function words(...texts: readonly string[]): Completion[] {
  return texts.map((text) => ({ kind: 'keyword', text, what: '' }))
}

function fields(subject: SelectorSubject): Completion[] {
  const nowhere = { start: 0, end: 0 }
  return fieldNames(subject).map((name) => {
    const ref = resolveRef(subject, name, nowhere)
    const what = 'severity' in ref ? '' : (fieldOfRef(subject, ref)?.what ?? '')
    return { kind: 'field', text: name, what }
  })
}

function labels(subject: SelectorSubject, vocabulary: Vocabulary): Completion[] {
  const span = { start: 0, end: 0 }
  const scopes = subject === 'domain' ? (['own', 'host'] as const) : (['own'] as const)
  return scopes.flatMap((scope) =>
    labelKeysOf(vocabulary, subject, scope).map((key): Completion => {
      const text = printRef(subject, { kind: 'label', scope, key, span })
      return { kind: 'label', text, what: scope === 'host' ? 'label of the host' : 'label' }
    }),
  )
}

function operatorOffers(subject: SelectorSubject, ref: Ref): Completion[] {
  const isAlone = fieldOfRef(subject, ref)?.type === 'boolean'
  return [
    ...operatorsOf(subject, ref).map(
      (text): Completion => ({ kind: 'operator', text, what: operatorInWords[text] }),
    ),
    ...words('in', 'not in', ...(isAlone ? ['and', 'or'] : [])),
  ]
}

const operatorInWords: Record<ReturnType<typeof operatorsOf>[number], string> = {
  '=': 'is',
  '!=': 'is not',
  '~': 'contains, or is like with * and ?',
  '!~': 'does not contain',
  '<': 'less than',
  '<=': 'at most',
  '>': 'more than',
  '>=': 'at least',
}

function valueOffers(
  subject: SelectorSubject,
  vocabulary: Vocabulary,
  ref: Ref,
  written: string,
): Completion[] {
  const field = fieldOfRef(subject, ref)
  if (field?.type === 'boolean') return values(['yes', 'no'])
  if (field?.type === 'number') {
    const amount = splitQuantity(written)?.amount
    return amount === undefined
      ? []
      : values(unitNames(field.dimension).map((unit) => `${amount}${unit}`))
  }
  return values((valuesOf(vocabulary, subject, ref) ?? []).map(printText))
}

function values(texts: readonly string[]): Completion[] {
  return texts.map((text) => ({ kind: 'value', text, what: '' }))
}

/** Those that begin with what is written, then those of which a part does; without what is there already in full. */
function matching(items: readonly Completion[], written: string): Completion[] {
  const wanted = unquoted(written)
  const begins = items.filter(({ text }) => unquoted(text).startsWith(wanted))
  const contains = items.filter(({ text }) => hasInside(unquoted(text), wanted))
  return [...begins, ...contains]
    .filter(({ text }) => isKeyword(written) || text !== written)
    .slice(0, maxItems)
}

function unquoted(text: string): string {
  return text.toLowerCase().replace(/^"/, '')
}

/** "rack" in "host.rack"; three letters may stand anywhere. */
function hasInside(text: string, wanted: string): boolean {
  if (text.startsWith(wanted)) return false
  return text.includes(`.${wanted}`) || (wanted.length > 2 && text.includes(wanted))
}
