import { policyRuleIdSchema } from '@drover/api-schema/ids.ts'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { RulePage } from '../../../../features/policies/rule-page.tsx'
import { policiesText } from '../../../../lib/text/policies.ts'

export const metadata: Metadata = { title: policiesText.of }

export default async function Page({ params }: { params: Promise<{ ruleId: string }> }) {
  const parsed = policyRuleIdSchema.safeParse((await params).ruleId)
  if (!parsed.success) notFound()
  return <RulePage ruleId={parsed.data} />
}
