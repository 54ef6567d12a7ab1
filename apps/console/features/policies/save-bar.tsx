'use client'
import { editorText } from '../../lib/text/policy-editor.ts'
import { Button } from '../../ui/button.tsx'
import { FormError } from '../../ui/form-error.tsx'

/** Saves, or says why this cannot be saved as it is and what can. */
export function SaveBar({
  label,
  isSaving,
  isConflicting,
  cannotHold,
  onMakePreferred,
  onTurnOff,
}: {
  label: string
  isSaving: boolean
  /** Somebody else has changed the rule since, and nothing is chosen yet. */
  isConflicting: boolean
  cannotHold: boolean
  onMakePreferred: () => void
  onTurnOff: () => void
}) {
  const reason = cannotHold ? editorText.cannotHold : isConflicting ? editorText.changedHint : null
  return (
    <div className="flex flex-col gap-2 border-t pt-4">
      {cannotHold && (
        <>
          <FormError message={editorText.cannotHold} />
          <div className="flex flex-wrap gap-2">
            <Button size="sm" onClick={onMakePreferred}>
              {editorText.makePreferred}
            </Button>
            <Button size="sm" onClick={onTurnOff}>
              {editorText.turnOff}
            </Button>
          </div>
        </>
      )}
      <div>
        <Button type="submit" tone="primary" isBusy={isSaving} disabledReason={reason}>
          {label}
        </Button>
      </div>
    </div>
  )
}
