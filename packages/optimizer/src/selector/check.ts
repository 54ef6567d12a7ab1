import { assertNever, err, ok, type Result } from '@drover/api-schema/result.ts'
import type { Diagnostic, Literal, Ref, Selector, SelectorSubject } from './ast.ts'
import { fieldNames } from './fields.ts'
import { nearest } from './nearest.ts'
import { parseSelector } from './parse.ts'
import { printText } from './print.ts'
import { fieldOfRef, printRef } from './refs.ts'
import { labelKeysOf, type Vocabulary, valuesOf } from './vocabulary.ts'

/**
 * A selector read and looked at beside the fleet. The fleet makes warnings only: a label may be set tomorrow, and a rule that
 * could be read once can always be read.
 */
export type CheckedSelector = {
  readonly selector: Selector
  readonly warnings: readonly Diagnostic[]
}

export function checkSelector(
  text: string,
  subject: SelectorSubject,
  vocabulary: Vocabulary,
): Result<CheckedSelector, Diagnostic> {
  const parsed = parseSelector(text, subject)
  if (!parsed.ok) return err(parsed.error)
  const warnings: Diagnostic[] = []
  visit(parsed.value, { subject, vocabulary, warnings })
  return ok({ selector: parsed.value, warnings })
}

type Visit = {
  readonly subject: SelectorSubject
  readonly vocabulary: Vocabulary
  readonly warnings: Diagnostic[]
}

function visit(selector: Selector, context: Visit): void {
  switch (selector.kind) {
    case 'all':
      return
    case 'and':
    case 'or':
      for (const part of selector.parts) visit(part, context)
      return
    case 'not':
      visit(selector.part, context)
      return
    case 'has':
      lookAtKey(selector.ref, context)
      return
    case 'compare': {
      if (!lookAtKey(selector.ref, context)) return
      const isExact = selector.operator === '=' || selector.operator === '!='
      if (isExact) lookAtValue(selector.ref, selector.value, context)
      return
    }
    case 'in':
      if (!lookAtKey(selector.ref, context)) return
      for (const value of selector.values) lookAtValue(selector.ref, value, context)
      return
    default:
      return assertNever(selector)
  }
}

/** False when it is a label that nothing has. */
function lookAtKey(ref: Ref, { subject, vocabulary, warnings }: Visit): boolean {
  if (ref.kind === 'field') return true
  const keys = labelKeysOf(vocabulary, subject, ref.scope)
  if (keys.includes(ref.key)) return true
  const written = printRef(subject, ref)
  const prefix = ref.scope === 'host' ? 'host.' : ''
  const meant = nearest(written, [...fieldNames(subject), ...keys.map((key) => prefix + key)])
  const who = ref.scope === 'host' ? 'host' : subject
  const guess = meant === null ? '' : ` Did you mean ${meant}?`
  warnings.push({
    severity: 'warning',
    span: ref.span,
    message: `No ${who} has a label “${ref.key}”.${guess}`,
    suggestion: meant,
  })
  return false
}

function lookAtValue(ref: Ref, value: Literal, { subject, vocabulary, warnings }: Visit): void {
  if (value.kind !== 'text' || fieldOfRef(subject, ref)?.type === 'version') return
  const known = valuesOf(vocabulary, subject, ref)
  const lower = value.text.toLowerCase()
  if (known === null || known.some((one) => one.toLowerCase() === lower)) return
  const meant = nearest(value.text, known)
  const who = ref.scope === 'host' ? 'host' : subject
  const name = ref.kind === 'label' ? ref.key : ref.name
  const guess = meant === null ? '' : ` Did you mean ${meant}?`
  warnings.push({
    severity: 'warning',
    span: value.span,
    message: `No ${who} has ${name} = ${printText(value.text)}.${guess}`,
    suggestion: meant === null ? null : printText(meant),
  })
}
