'use client'
import type { PolicyDraft, PolicyRule } from '@drover/api-schema/policy.ts'
import { useEffect, useState } from 'react'
import { keepFields, keptFields } from './kept-fields.ts'
import { draftOf, type FieldErrors } from './rule-draft.ts'
import { emptyFields, fieldsOf, type RuleFields } from './rule-fields.ts'

/** What the editor began with: the rule and the revision of the set at which it was read. */
type Base = { readonly rule: PolicyRule | null; readonly revision: number }

export type RuleForm = {
  readonly fields: RuleFields
  readonly change: (changes: Partial<RuleFields>) => void
  readonly errors: FieldErrors
  /** The rule as written, and what is wrong; all of it is shown from then on. */
  readonly submit: () => PolicyDraft | null
  readonly setErrors: (errors: FieldErrors) => void
  readonly isDirty: boolean
  /** Changes of an earlier visit to this page are in the fields. */
  readonly isRestored: boolean
  /** The rule as it is saved now, when somebody else has changed it and there are changes here too. */
  readonly theirs: PolicyRule | null
  readonly takeTheirs: () => void
  readonly keepMine: () => void
  readonly discard: () => void
  readonly forget: () => void
  /** Of the set as it was seen. */
  readonly revision: number
}

const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

/** The fields of one rule: kept in the tab until saved, and set beside what others do to the rule meanwhile. */
export function useRuleForm(
  rule: PolicyRule | null,
  { revision, example }: { revision: number; example: PolicyDraft | null },
): RuleForm {
  const ruleId = rule?.ruleId ?? null
  const start = (from: PolicyRule | null) => {
    const model = from ?? example
    return model === null ? emptyFields(zone()) : fieldsOf(model, zone())
  }
  const [base, setBase] = useState<Base>({ rule, revision })
  const [kept] = useState(() => (example === null ? keptFields(ruleId) : null))
  const [fields, setFields] = useState<RuleFields>(() => kept ?? start(rule))
  const [isRestored, setRestored] = useState(kept !== null && !isSame(kept, start(rule)))
  const [isTried, setTried] = useState(false)
  const [refused, setRefused] = useState<FieldErrors>({})

  const isDirty = !isSame(fields, start(base.rule))
  const isChanged = rule !== null && base.rule !== null && !isSameRule(rule, base.rule)
  if (isChanged && (!isDirty || isSame(fields, start(rule)))) {
    setBase({ rule, revision })
    setFields(start(rule))
  }
  useEffect(() => keepFields(ruleId, isDirty ? fields : null), [ruleId, fields, isDirty])
  useEffect(() => {
    if (!isDirty) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [isDirty])

  const reset = (to: PolicyRule | null) => {
    setBase({ rule: to, revision })
    setFields(start(to))
    setRestored(false)
    setTried(false)
    setRefused({})
  }
  const drafted = draftOf(fields)
  const wrong = isTried && !drafted.ok ? drafted.error : {}
  return {
    fields,
    change: (changes) => {
      setFields((before) => ({ ...before, ...changes }))
      setRefused({})
    },
    errors: { ...wrong, ...refused },
    submit: () => {
      setTried(true)
      return drafted.ok ? drafted.value : null
    },
    setErrors: setRefused,
    isDirty,
    isRestored: isRestored && isDirty,
    theirs: isChanged && isDirty ? rule : null,
    takeTheirs: () => reset(rule),
    keepMine: () => setBase({ rule, revision }),
    discard: () => reset(rule),
    forget: () => {
      setFields(start(base.rule))
      keepFields(ruleId, null)
    },
    // Without a change of this rule by others the newest revision is as good: other rules may change freely.
    revision: isChanged ? base.revision : revision,
  }
}

function isSame(a: RuleFields, b: RuleFields): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function isSameRule(a: PolicyRule, b: PolicyRule): boolean {
  return a.revision === b.revision && isSame(fieldsOf(a, 'UTC'), fieldsOf(b, 'UTC'))
}
