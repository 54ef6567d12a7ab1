import { type LabelEdit, labelOf } from '@drover/api-schema/labels.ts'
import type { Annotation } from './inventory/annotations.ts'

/** What the audit log says about labels and applications, in an administrator's words. */

const maxNamed = 8

export function describeThings(names: readonly string[]): string {
  const more = names.length - maxNamed
  const named = names.slice(0, maxNamed).join(', ')
  return more > 0 ? `${named} and ${more} more` : named
}

type Changed = { readonly before: Annotation; readonly after: Annotation }

/** "rack=r2 (was r1), env taken away"; what it was is said when it was the same everywhere. */
export function describeEdit(edit: LabelEdit, changed: readonly Changed[]): string {
  const parts = Object.entries(edit).map(([key, value]) => {
    const values = new Set(changed.map(({ before }) => labelOf(before, key)))
    const [only] = values
    const was = values.size === 1 && only !== null && only !== undefined ? ` (was ${only})` : ''
    return value === null ? `${key} taken away${was}` : `${key}=${value}${was}`
  })
  return `${parts.join(', ')}.`
}

export function describeApplication(
  application: string | null | undefined,
  changed: readonly Changed[],
): string {
  const before = [...new Set(changed.map((one) => wordsOf(one.before.application)))]
  return `${upper(wordsOf(application))}; before: ${describeThings(before)}.`
}

function wordsOf(application: string | null | undefined): string {
  if (application === undefined) return 'what the agent says'
  return application === null ? 'no application' : `application ${application}`
}

function upper(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
