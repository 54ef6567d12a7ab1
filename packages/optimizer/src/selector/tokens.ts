import type { ComparisonOperator, Diagnostic, Span } from './ast.ts'
import { comparisonOperators } from './ast.ts'
import { isUnit, splitQuantity } from './quantity.ts'

export type Token =
  /** A name, keyword, number or value; `isQuoted` values are never keywords. */
  | {
      readonly kind: 'word'
      readonly text: string
      readonly isQuoted: boolean
      readonly span: Span
    }
  | { readonly kind: 'operator'; readonly text: ComparisonOperator; readonly span: Span }
  | { readonly kind: 'open' | 'close' | 'comma'; readonly span: Span }
  | { readonly kind: 'end'; readonly span: Span }

/** Everything that ends a word. */
const breaks = new Set([...' \t()!=<>~,"&|'])

/** Operators of other languages, and what is written here instead. */
const foreign: readonly (readonly [string, string])[] = [
  ['&&', 'and'],
  ['||', 'or'],
  ['==', '='],
  ['=~', '~'],
  ['<>', '!='],
  ['=>', '>='],
  ['=<', '<='],
  ['&', 'and'],
  ['|', 'or'],
  ['!', 'not'],
]

export type Tokens = { readonly tokens: readonly Token[]; readonly error: Diagnostic | null }

/** The words and signs of the text, up to the first that cannot be one. */
export function tokenize(text: string): Tokens {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const char = text[at]
    if (char === ' ' || char === '\t') {
      at += 1
      continue
    }
    const next = tokenAt(text, at)
    if ('severity' in next) return { tokens: withEnd(tokens, at), error: next }
    tokens.push(next)
    at = next.span.end
  }
  return { tokens: withEnd(joinUnits(tokens, text), text.length), error: null }
}

function withEnd(tokens: readonly Token[], at: number): Token[] {
  return [...tokens, { kind: 'end', span: { start: at, end: at } }]
}

function tokenAt(text: string, start: number): Token | Diagnostic {
  const char = text[start]
  const one = { start, end: start + 1 }
  if (char === '(') return { kind: 'open', span: one }
  if (char === ')') return { kind: 'close', span: one }
  if (char === ',') return { kind: 'comma', span: one }
  if (char === '"') return quotedAt(text, start)
  const operator = operatorAt(text, start)
  if (operator !== null) return operator
  let end = start
  while (end < text.length && !breaks.has(text[end] ?? '')) end += 1
  return {
    kind: 'word',
    text: text.slice(start, end),
    isQuoted: false,
    span: { start, end },
  }
}

/** Longest first, so that `<=` is not `<`. */
const operators = [...comparisonOperators].sort((a, b) => b.length - a.length)

function operatorAt(text: string, start: number): Token | Diagnostic | null {
  const known = operators.find((one) => text.startsWith(one, start))
  const other = foreign.find(([one]) => text.startsWith(one, start))
  // "==" begins with an operator of ours, "!=" with a foreign one.
  if (other !== undefined && other[0].length > (known?.length ?? 0)) {
    const [sign, ours] = other
    return {
      severity: 'error',
      span: { start, end: start + sign.length },
      message: `“${sign}” is written “${ours}” here.`,
      suggestion: ours,
    }
  }
  if (known === undefined) return null
  return { kind: 'operator', text: known, span: { start, end: start + known.length } }
}

function quotedAt(text: string, start: number): Token | Diagnostic {
  let value = ''
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text[at]
    if (char === '"') {
      return { kind: 'word', text: value, isQuoted: true, span: { start, end: at + 1 } }
    }
    if (char === '\\' && at + 1 < text.length) at += 1
    value += text[at]
  }
  return {
    severity: 'error',
    span: { start, end: start + 1 },
    message: 'This quotation mark is never closed.',
    suggestion: null,
  }
}

/** "8 GiB" is one value: a unit behind a bare number belongs to it. */
function joinUnits(tokens: readonly Token[], text: string): Token[] {
  const joined: Token[] = []
  for (const token of tokens) {
    const before = joined.at(-1)
    if (isBareNumber(before) && token.kind === 'word' && !token.isQuoted && isUnit(token.text)) {
      const span = { start: before.span.start, end: token.span.end }
      const number = text.slice(before.span.start, before.span.end)
      joined.splice(-1, 1, { kind: 'word', text: number + token.text, isQuoted: false, span })
    } else {
      joined.push(token)
    }
  }
  return joined
}

function isBareNumber(token: Token | undefined): token is Extract<Token, { kind: 'word' }> {
  return token?.kind === 'word' && !token.isQuoted && splitQuantity(token.text)?.unit === ''
}
