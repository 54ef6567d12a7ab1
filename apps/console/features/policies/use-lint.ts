'use client'
import type { Refusal } from '@drover/api-schema/errors.ts'
import type { PolicyRuleId } from '@drover/api-schema/ids.ts'
import type { PolicyDraft } from '@drover/api-schema/policy.ts'
import type { PolicyLint } from '@drover/api-schema/policy-set.ts'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { policyQueries } from '../../client/policies.ts'
import { randomUuid } from '../../lib/uuid.ts'
import { draftOf } from './rule-draft.ts'
import type { RuleFields } from './rule-fields.ts'

/** Typing is waited for so long; a lookup may take some tens of milliseconds of the server. */
const pauseMs = 350

export type Lint = {
  /** The rule that was looked at; null while the fields do not make one. */
  readonly draft: PolicyDraft | null
  readonly found: PolicyLint | undefined
  /** False while something newer is being looked at. */
  readonly isCurrent: boolean
  readonly trouble: Refusal | null
}

/** What the rule would mean, looked at again in each pause of the typing. */
export function useLint(
  fields: RuleFields,
  { ruleId, revision }: { ruleId: PolicyRuleId | undefined; revision: number },
): Lint {
  const [lintKey] = useState(randomUuid)
  const draft = lintable(fields)
  const text = JSON.stringify(draft)
  const [settled, setSettled] = useState({ text, draft })
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ text, draft: JSON.parse(text) }), pauseMs)
    return () => clearTimeout(timer)
  }, [text])
  const lint = useQuery({
    ...policyQueries.lint(settled.draft, { ruleId, lintKey, revision }),
    placeholderData: keepPreviousData,
  })
  const refusal = lint.error === null ? null : refusalFrom(lint.error)
  return {
    draft,
    found: draft === null ? undefined : lint.data,
    isCurrent: settled.text === text && !lint.isFetching && !lint.isPlaceholderData,
    trouble: refusal?.code === 'superseded' ? null : refusal,
  }
}

/** Looked at before it has a name, and as if it were on: what is asked is what it would mean. */
function lintable(fields: RuleFields): PolicyDraft | null {
  const name = fields.name.trim() === '' ? 'This rule' : fields.name
  const draft = draftOf({ ...fields, name, isEnabled: true })
  return draft.ok ? draft.value : null
}
