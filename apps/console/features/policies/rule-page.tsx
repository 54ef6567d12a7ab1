'use client'
import type { PolicyRuleId } from '@drover/api-schema/ids.ts'
import { SearchX } from 'lucide-react'
import Link from 'next/link'
import { useSearchParams } from 'next/navigation'
import { usePolicies, usePolicy } from '../../client/policies.ts'
import { paths } from '../../lib/paths.ts'
import { editorText } from '../../lib/text/policy-editor.ts'
import { buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageSkeleton } from '../../ui/page-skeleton.tsx'
import { useDocumentTitle } from '../../ui/use-document-title.ts'
import { RuleEditor } from './rule-editor.tsx'
import { ruleExamples } from './rule-examples.ts'

/** The page of one rule. */
export function RulePage({ ruleId }: { ruleId: PolicyRuleId }) {
  const policies = usePolicies()
  const rule = usePolicy(ruleId)
  useDocumentTitle(rule?.name ?? null)
  if (policies === undefined || rule === undefined) return <PageSkeleton />
  if (rule === null) {
    return (
      <EmptyState
        icon={<SearchX size={28} strokeWidth={1.5} />}
        title={editorText.notFound}
        body={editorText.notFoundHint}
        action={
          <Link href={paths.policies()} className={buttonClass()}>
            {editorText.toPolicies}
          </Link>
        }
      />
    )
  }
  return <RuleEditor key={ruleId} rule={rule} revision={policies.revision} example={null} />
}

/** A rule that is not there yet, from nothing or from an example. */
export function NewRulePage() {
  const policies = usePolicies()
  const wanted = useSearchParams().get('example')
  if (policies === undefined) return <PageSkeleton />
  const example = ruleExamples.find(({ id }) => id === wanted)?.draft ?? null
  return (
    <RuleEditor key={wanted ?? ''} rule={null} revision={policies.revision} example={example} />
  )
}
