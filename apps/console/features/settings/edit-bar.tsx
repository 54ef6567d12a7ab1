'use client'

import type { SettingsChange } from '@drover/api-schema/migration-settings.ts'
import { refusalFrom } from '../../client/api.ts'
import { useNow } from '../../client/hooks.ts'
import { formatAge, formatMomentWithZone } from '../../lib/format.ts'
import { migrationSettingsText as text } from '../../lib/text/migration-settings.ts'
import { Button } from '../../ui/button.tsx'
import { showToast } from '../../ui/toast.tsx'

type Props = {
  /** Its title, for the buttons' names. */
  what: string
  form: { readonly isDirty: boolean; readonly hasMoved: boolean; readonly undo: () => void }
  lastChange: SettingsChange | null
  isWrong: boolean
  isBusy: boolean
  /** Rejects when it was refused. */
  save: () => Promise<unknown>
}

/** Under a form: who changed it last; while it is edited, the way back and the way on. */
export function EditBar({ what, form, lastChange, isWrong, isBusy, save }: Props) {
  const submit = async () => {
    try {
      await save()
      showToast({ tone: 'ok', title: text.saved(what) })
    } catch (error) {
      showToast({ tone: 'critical', title: refusalFrom(error).message })
    }
  }
  return (
    <div className="mt-3 flex min-h-8 flex-wrap items-center gap-2">
      {form.isDirty ? (
        <>
          <p role="status" className="mr-2 text-n11 text-sm">
            {form.hasMoved && lastChange !== null
              ? text.changedMeanwhile(lastChange.by)
              : text.unsaved}
          </p>
          <Button aria-label={text.undoLabel(what)} onClick={form.undo}>
            {text.undo}
          </Button>
          <Button
            tone="primary"
            aria-label={text.saveLabel(what)}
            isBusy={isBusy}
            disabledReason={isWrong ? text.fixFirst : null}
            onClick={() => void submit()}
          >
            {text.save}
          </Button>
        </>
      ) : (
        <LastChange change={lastChange} />
      )}
    </div>
  )
}

function LastChange({ change }: { change: SettingsChange | null }) {
  const now = useNow(10_000)
  if (change === null) return <p className="text-n10 text-xs">{text.neverChanged}</p>
  return (
    <p className="text-n10 text-xs" title={formatMomentWithZone(change.at)}>
      {text.lastChange(change.by, formatAge(now - change.at))}
    </p>
  )
}
