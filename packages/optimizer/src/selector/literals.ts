import type { ComparisonOperator, Diagnostic, Literal, Ref, SelectorSubject, Span } from './ast.ts'
import { type Field, type FieldType, fieldNames } from './fields.ts'
import { nearest } from './nearest.ts'
import { type Dimension, splitQuantity, toBase, unitNames } from './quantity.ts'
import { fieldOfRef, printRef } from './refs.ts'

/** Which operators and values a field or label can be compared with, and what to say of the others. */

const operatorsOfType: Record<FieldType | 'label', readonly ComparisonOperator[]> = {
  text: ['=', '!=', '~', '!~'],
  texts: ['=', '!=', '~', '!~'],
  number: ['=', '!=', '<', '<=', '>', '>='],
  boolean: ['=', '!='],
  version: ['=', '!=', '~', '!~', '<', '<=', '>', '>='],
  label: ['=', '!=', '~', '!~', '<', '<=', '>', '>='],
}

const typeInWords: Record<FieldType, string> = {
  text: 'a text',
  texts: 'a list of texts',
  number: 'a number',
  boolean: 'yes or no',
  version: 'a version',
}

export function operatorsOf(subject: SelectorSubject, ref: Ref): readonly ComparisonOperator[] {
  return operatorsOfType[fieldOfRef(subject, ref)?.type ?? 'label']
}

/** Why the operator does not go with the field; null when it does. */
export function refuseOperator(
  subject: SelectorSubject,
  ref: Ref,
  operator: { readonly text: ComparisonOperator; readonly span: Span },
): Diagnostic | null {
  const field = fieldOfRef(subject, ref)
  const allowed = operatorsOf(subject, ref)
  if (field === null || allowed.includes(operator.text)) return null
  return {
    severity: 'error',
    span: operator.span,
    message: `${printRef(subject, ref)} is ${typeInWords[field.type]}; compare it with ${allowed.join(' ')}.`,
    suggestion: operator.text.startsWith('!') ? '!=' : '=',
  }
}

/** What is compared: the field or label, how, and the word that was written. */
export type Comparison = {
  readonly subject: SelectorSubject
  readonly ref: Ref
  readonly operator: ComparisonOperator | 'in'
  readonly text: string
  readonly span: Span
}

const isOrder = (operator: Comparison['operator']) =>
  operator.startsWith('<') || operator.startsWith('>')

/** The word as a value of that field, or why it cannot be one. */
export function readLiteral(comparison: Comparison): Literal | Diagnostic {
  const { subject, ref, operator, text, span } = comparison
  const field: Field<never> | null = fieldOfRef(subject, ref)
  if (field === null)
    return isOrder(operator) ? readNumber(comparison, 'count') : asText(comparison)
  switch (field.type) {
    case 'text':
    case 'texts':
      return asText(comparison)
    case 'version':
      if (operator.endsWith('~') || /^\d{1,6}(\.\d{1,6}){0,3}$/.test(text)) {
        return asText(comparison)
      }
      return problem(span, `“${text}” is no version; versions look like 4.17.`, null)
    case 'boolean':
      return readBoolean(comparison)
    case 'number':
      return readNumber(comparison, field.dimension)
  }
}

function asText({ text, span }: Comparison): Literal {
  return { kind: 'text', text, span }
}

function problem(span: Span, message: string, suggestion: string | null): Diagnostic {
  return { severity: 'error', span, message, suggestion }
}

const booleans: Readonly<Record<string, boolean>> = {
  yes: true,
  no: false,
  true: true,
  false: false,
}

function readBoolean({ subject, ref, text, span }: Comparison): Literal | Diagnostic {
  const lower = text.toLowerCase()
  const value = Object.hasOwn(booleans, lower) ? booleans[lower] : undefined
  if (value !== undefined) return { kind: 'boolean', value, span }
  return problem(
    span,
    `${printRef(subject, ref)} is yes or no, not “${text}”.`,
    nearest(text, Object.keys(booleans)) ?? 'yes',
  )
}

function readNumber(comparison: Comparison, dimension: Dimension): Literal | Diagnostic {
  const { subject, ref, text, span } = comparison
  const name = printRef(subject, ref)
  const parts = splitQuantity(text)
  if (parts === null) {
    const example = dimension === 'count' ? '16' : `8${unitNames(dimension)[1]}`
    return problem(
      span,
      `${name} is compared with a number, such as ${example}, not “${text}”.`,
      null,
    )
  }
  const read = toBase(parts.amount, parts.unit, dimension)
  if ('value' in read) return { kind: 'number', amount: parts.amount, ...read, span }
  if (ref.kind === 'label') return unitOfLabel(comparison, parts.unit)
  const units = unitNames(dimension).join(', ')
  switch (read.kind) {
    case 'no-unit':
      return problem(span, `${name} needs a unit: ${units}.`, read.suggestion)
    case 'unknown-unit':
      return problem(span, unknownUnit(name, parts.unit, units), read.suggestion)
    case 'wrong-unit':
      return problem(
        span,
        units === ''
          ? `${name} is a plain number, without “${parts.unit}”.`
          : `“${parts.unit}” is no unit of ${name}; that is said in ${units}.`,
        read.suggestion,
      )
  }
}

function unknownUnit(name: string, unit: string, units: string): string {
  return units === ''
    ? `${name} is a plain number, without “${unit}”.`
    : `“${unit}” is no unit here; ${name} is said in ${units}.`
}

/** "memroy > 8GiB": what has no such name is taken for a label, and labels have no units. */
function unitOfLabel({ subject, ref }: Comparison, unit: string): Diagnostic {
  const name = printRef(subject, ref)
  const meant = nearest(name, fieldNames(subject))
  const guess = meant === null ? '' : ` Did you mean ${meant}?`
  return problem(
    ref.span,
    `“${name}” is no field, and a label has no unit such as ${unit}.${guess}`,
    meant,
  )
}
