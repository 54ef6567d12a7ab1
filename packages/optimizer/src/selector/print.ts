import { assertNever } from '@drover/api-schema/result.ts'
import type { Literal, Selector, SelectorSubject } from './ast.ts'
import { isKeyword, printRef } from './refs.ts'

/** The one way to write a selector: single spaces, no brackets that change nothing. Read again, it is the same selector. */
export function printSelector(selector: Selector, subject: SelectorSubject): string {
  switch (selector.kind) {
    case 'all':
      return 'all'
    case 'and':
    case 'or':
      return selector.parts
        .map((part) => bracketed(part, subject, selector.kind === 'and' ? ['or', 'and'] : ['or']))
        .join(` ${selector.kind} `)
    case 'not':
      return `not ${bracketed(selector.part, subject, ['and', 'or'])}`
    case 'has':
      return `has ${printRef(subject, selector.ref)}`
    case 'compare':
      return `${printRef(subject, selector.ref)} ${selector.operator} ${printLiteral(selector.value)}`
    case 'in': {
      const operator = selector.isNegated ? 'not in' : 'in'
      return `${printRef(subject, selector.ref)} ${operator} (${selector.values.map(printLiteral).join(', ')})`
    }
    default:
      return assertNever(selector)
  }
}

function bracketed(
  part: Selector,
  subject: SelectorSubject,
  kinds: readonly Selector['kind'][],
): string {
  const text = printSelector(part, subject)
  return kinds.includes(part.kind) ? `(${text})` : text
}

function printLiteral(value: Literal): string {
  switch (value.kind) {
    case 'text':
      return printText(value.text)
    case 'number':
      return `${value.amount}${value.unit}`
    case 'boolean':
      return value.value ? 'yes' : 'no'
    default:
      return assertNever(value)
  }
}

/** Without quotation marks where it is read the same without. */
export function printText(text: string): string {
  if (/^[\p{L}\p{N}._/*?:@%+-]+$/u.test(text) && !isKeyword(text)) return text
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
