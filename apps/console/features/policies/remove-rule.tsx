'use client'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useRemovePolicy } from '../../client/policies.ts'
import { useFleetPart } from '../../client/queries.ts'
import { paths } from '../../lib/paths.ts'
import { editorText } from '../../lib/text/policy-editor.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { showToast } from '../../ui/toast.tsx'
import { ruleSentence } from './rule-sentence.ts'

/** Asks first, in the words of the rule. */
export function RemoveRule({
  rule,
  revision,
  onRemoved,
}: {
  rule: PolicyRule
  revision: number
  onRemoved: () => void
}) {
  const [isAsking, setAsking] = useState(false)
  const router = useRouter()
  const remove = useRemovePolicy()
  const count = useFleetPart(
    ({ fleet }) => fleet.violations.filter(({ ruleId }) => ruleId === rule.ruleId).length,
  )
  const confirm = () =>
    remove.mutate(
      { ruleId: rule.ruleId, revision },
      {
        onSuccess: () => {
          onRemoved()
          showToast({ tone: 'ok', title: editorText.removed(rule.name) })
          router.push(paths.policies())
        },
        onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
        onSettled: () => setAsking(false),
      },
    )
  return (
    <>
      <Button onClick={() => setAsking(true)}>{editorText.remove}</Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={editorText.removeTitle(rule.name)}
        body={editorText.removeBody(ruleSentence(rule), count ?? 0)}
        confirmLabel={editorText.removeConfirm}
        isBusy={remove.isPending}
        onConfirm={confirm}
      />
    </>
  )
}
