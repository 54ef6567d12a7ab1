import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { PolicyDraft } from '@drover/api-schema/policy.ts'
import { toText } from '@drover/api-schema/scalars.ts'
import type { Diagnostic, SelectorSubject } from '@drover/optimizer/selector/ast.ts'
import { parseSelector } from '@drover/optimizer/selector/parse.ts'

/** A selector that cannot be read, with the place in its text. */
export type Unreadable = { readonly field: 'domains' | 'hosts'; readonly diagnostic: Diagnostic }

export function unreadableSelectors(draft: PolicyDraft): Unreadable[] {
  const found: Unreadable[] = []
  const look = (field: Unreadable['field'], text: string, subject: SelectorSubject) => {
    const parsed = parseSelector(text, subject)
    if (!parsed.ok) found.push({ field, diagnostic: parsed.error })
  }
  if ('domains' in draft) look('domains', draft.domains, 'domain')
  if ('hosts' in draft) look('hosts', draft.hosts, 'host')
  return found
}

/** The same parser as in the browser; `path` is what the field is called in the request. */
export function refuseSelector(path: string, { message, span, suggestion }: Diagnostic): Refusal {
  const field = {
    path,
    message: toText(message, 300),
    span: { start: span.start, end: span.end },
    ...(suggestion === null ? {} : { suggestion: toText(suggestion, 300) }),
  }
  const where = `at character ${span.start + 1}`
  return {
    ...refusal('selector-invalid', `The selector cannot be read ${where}: ${message}`),
    fields: [field],
  }
}

/** Null when every selector can be read. */
export function refuseDraft(draft: PolicyDraft): Refusal | null {
  const refusals = unreadableSelectors(draft).map(({ field, diagnostic }) =>
    refuseSelector(`draft.${field}`, diagnostic),
  )
  const [first] = refusals
  if (first === undefined) return null
  return { ...first, fields: refusals.flatMap(({ fields }) => fields ?? []) }
}
