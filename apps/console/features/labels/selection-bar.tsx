'use client'
import { roleAllows } from '@drover/api-schema/user.ts'
import { useState } from 'react'
import { useSession } from '../../client/queries.ts'
import { labelsText } from '../../lib/text/labels.ts'
import { Button } from '../../ui/button.tsx'
import { ApplicationDialog } from './application-dialog.tsx'
import { LabelDialog } from './label-dialog.tsx'
import { countOfThings, labelledOf, type Things } from './things.ts'

/** What can be done to the rows that are selected in a table. */
export function LabelSelectionBar({ things, onClear }: { things: Things; onClear: () => void }) {
  const role = useSession()?.role
  const reason =
    role !== undefined && roleAllows(role, 'operator') ? null : labelsText.needsOperator
  const [open, setOpen] = useState<'labels' | 'application' | null>(null)
  const count = labelledOf(things).length
  if (count === 0) return null
  return (
    <section
      aria-label={labelsText.selection}
      className="flex flex-wrap items-center gap-2 border-t bg-accent-wash px-4 py-1.5"
    >
      <span role="status" className="text-n12 text-sm">
        {labelsText.selected(countOfThings(things, count))}
      </span>
      <Button size="sm" disabledReason={reason} onClick={() => setOpen('labels')}>
        {labelsText.labelsAction}
      </Button>
      {things.kind === 'domains' && (
        <Button size="sm" disabledReason={reason} onClick={() => setOpen('application')}>
          {labelsText.applicationChange}
        </Button>
      )}
      <Button size="sm" tone="quiet" onClick={onClear}>
        {labelsText.clearSelection}
      </Button>
      {open === 'labels' && <LabelDialog things={things} onClose={() => setOpen(null)} />}
      {open === 'application' && things.kind === 'domains' && (
        <ApplicationDialog domains={things.domains} onClose={() => setOpen(null)} />
      )}
    </section>
  )
}
