import { maxSelectorLength } from '@drover/api-schema/policy.ts'
import { err, invariant, ok, type Result } from '@drover/api-schema/result.ts'
import type { Diagnostic, Literal, Ref, Selector, SelectorSubject, Span } from './ast.ts'
import { fieldNames } from './fields.ts'
import { readLiteral, refuseOperator } from './literals.ts'
import { nearest } from './nearest.ts'
import { fieldOfRef, isKeyword, resolveRef } from './refs.ts'
import { type Token, tokenize } from './tokens.ts'

/**
 * Reads a selector. One piece: a recursive descent over this grammar, whose functions call each other.
 *
 *     or      = and { "or" and }
 *     and     = not { "and" not }
 *     not     = "not" not | primary
 *     primary = "(" or ")" | "all" | "has" name | name                  (a name alone: a field that is yes or no)
 *             | name operator value | name [ "not" ] "in" "(" value { "," value } ")"
 */
export function parseSelector(
  text: string,
  subject: SelectorSubject,
): Result<Selector, Diagnostic> {
  if (text.length > maxSelectorLength) {
    const span = { start: maxSelectorLength, end: text.length }
    return err(fault(span, `A selector has at most ${maxSelectorLength} characters.`))
  }
  const { tokens, error } = tokenize(text)
  const parser: Parser = { tokens, subject, at: 0, depth: 0, lexical: error }
  try {
    const selector = parseOr(parser)
    const rest = peek(parser)
    if (error !== null) return err(error)
    if (rest.kind !== 'end') return err(unexpectedAfterTerm(rest))
    return ok(selector)
  } catch (thrown) {
    if (thrown instanceof Unreadable) return err(thrown.diagnostic)
    throw thrown
  }
}

/** Brackets and negations inside each other; deeper would be a machine's text or an attack on the stack. */
const maxDepth = 32

type Parser = {
  readonly tokens: readonly Token[]
  readonly subject: SelectorSubject
  at: number
  depth: number
  /** Where the tokens end early because of a sign that cannot be read: that is the true fault. */
  readonly lexical: Diagnostic | null
}

/** Leaves the descent from any depth; never leaves this file. */
class Unreadable extends Error {
  readonly diagnostic: Diagnostic
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message)
    this.diagnostic = diagnostic
  }
}

function fault(span: Span, message: string, suggestion: string | null = null): Diagnostic {
  return { severity: 'error', span, message, suggestion }
}

function fail(parser: Parser, diagnostic: Diagnostic): never {
  const isAtEnd = peek(parser).kind === 'end'
  throw new Unreadable(isAtEnd && parser.lexical !== null ? parser.lexical : diagnostic)
}

function peek(parser: Parser): Token {
  const token = parser.tokens[parser.at]
  invariant(token !== undefined, 'a list of tokens has an end')
  return token
}

function take(parser: Parser): Token {
  const token = peek(parser)
  if (token.kind !== 'end') parser.at += 1
  return token
}

function isWord(token: Token | undefined, keyword: string): boolean {
  return token?.kind === 'word' && !token.isQuoted && token.text.toLowerCase() === keyword
}

function across(from: Span, to: Span): Span {
  return { start: from.start, end: to.end }
}

function parseOr(parser: Parser): Selector {
  return parseChain(parser, 'or', (inner) => parseChain(inner, 'and', parseNot))
}

/** `a and b and c` is one node of three; brackets around the same word make no difference. */
function parseChain(
  parser: Parser,
  kind: 'and' | 'or',
  parsePart: (parser: Parser) => Selector,
): Selector {
  const first = parsePart(parser)
  const parts = [first]
  while (isWord(peek(parser), kind)) {
    take(parser)
    parts.push(parsePart(parser))
  }
  const last = parts.at(-1) ?? first
  if (parts.length === 1) return first
  const flat = parts.flatMap((part) => (part.kind === kind ? part.parts : [part]))
  return { kind, parts: flat, span: across(first.span, last.span) }
}

function parseNot(parser: Parser): Selector {
  const token = peek(parser)
  if (!isWord(token, 'not')) return parsePrimary(parser)
  take(parser)
  const part = deeper(parser, token.span, () => parseNot(parser))
  return { kind: 'not', part, span: across(token.span, part.span) }
}

function deeper<T>(parser: Parser, span: Span, parse: () => T): T {
  parser.depth += 1
  if (parser.depth > maxDepth) {
    throw new Unreadable(fault(span, `Brackets and “not” go at most ${maxDepth} deep.`))
  }
  const parsed = parse()
  parser.depth -= 1
  return parsed
}

function parsePrimary(parser: Parser): Selector {
  const token = take(parser)
  if (token.kind === 'open') return parseBrackets(parser, token.span)
  if (token.kind !== 'word') return fail(parser, unexpectedInstead(token))
  if (token.isQuoted) {
    return fail(
      parser,
      fault(
        token.span,
        'A text alone selects nothing; say what should be like it.',
        `name ~ ${JSON.stringify(token.text)}`,
      ),
    )
  }
  if (isWord(token, 'all')) return { kind: 'all', span: token.span }
  if (isWord(token, 'has')) return parseHas(parser, token.span)
  if (isKeyword(token.text)) {
    return fail(parser, fault(token.span, `Something must stand before “${token.text}”.`))
  }
  const ref = resolveRef(parser.subject, token.text, token.span)
  if ('severity' in ref) throw new Unreadable(ref)
  return parseComparison(parser, ref, token.text)
}

function parseBrackets(parser: Parser, open: Span): Selector {
  const inner = deeper(parser, open, () => parseOr(parser))
  const close = take(parser)
  if (close.kind === 'close') return { ...inner, span: across(open, close.span) }
  if (close.kind === 'end') return fail(parser, fault(open, 'This bracket is never closed.'))
  return fail(parser, unexpectedAfterTerm(close))
}

function parseHas(parser: Parser, has: Span): Selector {
  const token = take(parser)
  if (token.kind !== 'word') {
    return fail(parser, fault(token.span, 'After “has” comes the key of a label.'))
  }
  const ref = resolveRef(parser.subject, token.text, token.span)
  if ('severity' in ref) throw new Unreadable(ref)
  const isAlwaysThere = ref.kind === 'field' && ref.name !== 'app'
  if (isAlwaysThere) {
    const message = `Every ${parser.subject} has “${token.text}”; ask “has” of labels and app.`
    throw new Unreadable(fault(token.span, message))
  }
  return { kind: 'has', ref, span: across(has, token.span) }
}

function parseComparison(parser: Parser, ref: Ref, written: string): Selector {
  const { subject } = parser
  const next = peek(parser)
  if (isWord(next, 'in')) return parseList(parser, ref, false)
  if (isWord(next, 'not') && isWord(parser.tokens[parser.at + 1], 'in')) {
    take(parser)
    return parseList(parser, ref, true)
  }
  if (next.kind !== 'operator') return parseBare(parser, ref, written)
  take(parser)
  const refused = refuseOperator(subject, ref, next)
  if (refused !== null) throw new Unreadable(refused)
  const value = parseValue(parser, ref, next.text)
  const span = across(ref.span, value.span)
  return { kind: 'compare', ref, operator: next.text, value, span }
}

/** A name alone: "vt" is "vt = yes"; any other needs to be compared. */
function parseBare(parser: Parser, ref: Ref, written: string): Selector {
  if (fieldOfRef(parser.subject, ref)?.type === 'boolean') {
    const value: Literal = { kind: 'boolean', value: true, span: ref.span }
    return { kind: 'compare', ref, operator: '=', value, span: ref.span }
  }
  const next = peek(parser)
  const isName = ref.kind === 'label' && ref.scope === 'own'
  if (isName && next.kind === 'word' && !isKeyword(next.text)) {
    return fail(
      parser,
      fault(next.span, `An operator is missing before “${next.text}”: = != ~ < > or in.`),
    )
  }
  const meant = isName ? nearest(written, fieldNames(parser.subject)) : null
  return fail(
    parser,
    fault(
      ref.span,
      `“${written}” must be compared with something, such as ${written} = …, or write name ~ ${written}.`,
      meant ?? (isName ? `name ~ ${written}` : `${written} = `),
    ),
  )
}

function parseValue(
  parser: Parser,
  ref: Ref,
  operator: Parameters<typeof readLiteral>[0]['operator'],
): Literal {
  const token = take(parser)
  if (token.kind !== 'word') {
    return fail(parser, fault(token.span, `After “${operator}” a value is missing.`))
  }
  if (!token.isQuoted && isKeyword(token.text)) {
    return fail(
      parser,
      fault(
        token.span,
        `“${token.text}” is a word of the language; in quotation marks it is a value.`,
        `"${token.text}"`,
      ),
    )
  }
  const { text, span } = token
  const value = readLiteral({ subject: parser.subject, ref, operator, text, span })
  if ('severity' in value) throw new Unreadable(value)
  return value
}

function parseList(parser: Parser, ref: Ref, isNegated: boolean): Selector {
  take(parser)
  const open = take(parser)
  if (open.kind !== 'open') {
    return fail(parser, fault(open.span, 'After “in” comes a list in brackets: in (a, b).'))
  }
  const values = [parseValue(parser, ref, 'in')]
  for (;;) {
    const token = take(parser)
    if (token.kind === 'close') {
      return { kind: 'in', ref, isNegated, values, span: across(ref.span, token.span) }
    }
    if (token.kind === 'end') return fail(parser, fault(open.span, 'This bracket is never closed.'))
    if (token.kind !== 'comma') {
      return fail(parser, fault(token.span, 'Values of a list are separated by commas.', ','))
    }
    values.push(parseValue(parser, ref, 'in'))
  }
}

function unexpectedInstead(token: Token): Diagnostic {
  switch (token.kind) {
    case 'end':
      return fault(
        token.span,
        'Something is missing here, such as os = linux; “all” selects everything.',
      )
    case 'operator':
      return fault(token.span, `Something must stand before “${token.text}”.`)
    case 'close':
      return fault(token.span, 'Nothing stands before this bracket.')
    case 'comma':
      return fault(token.span, 'A comma stands between the values of a list only.')
    case 'open':
    case 'word':
      return fault(token.span, 'This cannot stand here.')
  }
}

function unexpectedAfterTerm(token: Token): Diagnostic {
  switch (token.kind) {
    case 'close':
      return fault(token.span, 'This bracket closes nothing.')
    case 'comma':
      return fault(
        token.span,
        'A comma stands between the values of a list only; use “and” or “or”.',
        'or',
      )
    case 'operator':
      return fault(token.span, `“${token.text}” stands between a name and a value only.`)
    case 'open':
    case 'word':
      return fault(token.span, 'An “and” or “or” is missing before this.')
    case 'end':
      return fault(token.span, 'A closing bracket is missing.', ')')
  }
}
