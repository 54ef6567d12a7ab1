import { labelKeySchema } from '@drover/api-schema/scalars.ts'
import type { Diagnostic, Ref, SelectorSubject, Span } from './ast.ts'
import { domainFields, type Field, findField, hostFields } from './fields.ts'

/** Names in selectors: which field or label of whom is meant. */

/** Before a name, where a label has the name of a field or of a keyword. */
export const labelPrefix = 'label.'
export const hostPrefix = 'host.'

export const keywords = ['and', 'or', 'not', 'in', 'has', 'all'] as const
export type Keyword = (typeof keywords)[number]

export function isKeyword(text: string): boolean {
  const lower = text.toLowerCase()
  return keywords.some((keyword) => keyword === lower)
}

/** The field or label that is meant, or why it can be none. Names of fields and keys of labels are in lower case. */
export function resolveRef(subject: SelectorSubject, text: string, span: Span): Ref | Diagnostic {
  const lower = text.toLowerCase()
  if (lower.startsWith(hostPrefix) && lower.length > hostPrefix.length) {
    const rest = lower.slice(hostPrefix.length)
    const scope = subject === 'domain' ? 'host' : 'own'
    const field = findField('host', rest)
    return field === null
      ? labelRef(scope, withoutPrefix(rest), span)
      : { kind: 'field', scope, name: field.name, span }
  }
  if (lower.startsWith(labelPrefix)) return labelRef('own', withoutPrefix(lower), span)
  const field = findField(subject, lower)
  if (field !== null) return { kind: 'field', ...field, span }
  return ofTheOther(subject, lower, span) ?? labelRef('own', lower, span)
}

function withoutPrefix(lower: string): string {
  return lower.startsWith(labelPrefix) ? lower.slice(labelPrefix.length) : lower
}

/** "cores" of a domain: a label may be called that, but it is hardly ever meant. */
function ofTheOther(subject: SelectorSubject, lower: string, span: Span): Diagnostic | null {
  if (subject === 'domain') {
    const field = findField('host', lower)
    if (field === null || lower === 'version') return null
    return {
      severity: 'error',
      span,
      message: `“${lower}” belongs to hosts; of a domain’s host it is ${hostPrefix}${field.name}. A label of that name is ${labelPrefix}${lower}.`,
      suggestion: `${hostPrefix}${field.name}`,
    }
  }
  if (findField('domain', lower) === null) return null
  return {
    severity: 'error',
    span,
    message: `“${lower}” belongs to domains, and this selects hosts. A label of that name is ${labelPrefix}${lower}.`,
    suggestion: null,
  }
}

function labelRef(scope: Ref['scope'], key: string, span: Span): Ref | Diagnostic {
  if (labelKeySchema.safeParse(key).success) return { kind: 'label', scope, key, span }
  return {
    severity: 'error',
    span,
    message: `“${key}” is no field and cannot be a label: labels have small letters, digits, dots, dashes, underscores and slashes.`,
    suggestion: null,
  }
}

/** The field a reference names, with what it is; null for labels. */
export function fieldOfRef(subject: SelectorSubject, ref: Ref): Field<never> | null {
  if (ref.kind === 'label') return null
  const fields = subject === 'host' || ref.scope === 'host' ? hostFields : domainFields
  return fields[ref.name] ?? null
}

/** The shortest name that is read as the same. */
export function printRef(subject: SelectorSubject, ref: Ref): string {
  const candidates =
    ref.kind === 'field'
      ? ref.scope === 'own'
        ? [ref.name]
        : [...(ref.name === 'name' ? ['host'] : []), ref.name, hostPrefix + ref.name]
      : ref.scope === 'own'
        ? [ref.key, labelPrefix + ref.key]
        : [hostPrefix + ref.key, hostPrefix + labelPrefix + ref.key]
  const same = (text: string) =>
    !isKeyword(text) && isSame(resolveRef(subject, text, ref.span), ref)
  return candidates.find(same) ?? candidates.at(-1) ?? ''
}

function isSame(a: Ref | Diagnostic, b: Ref): boolean {
  if ('severity' in a || a.scope !== b.scope) return false
  if (a.kind === 'field') return b.kind === 'field' && a.name === b.name
  return b.kind === 'label' && a.key === b.key
}
