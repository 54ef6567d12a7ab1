'use client'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import { kindText } from '../../lib/text/policies.ts'
import { editorText } from '../../lib/text/policy-editor.ts'
import { Button } from '../../ui/button.tsx'
import { fieldsOf, type RuleFields } from './rule-fields.ts'

const fieldNames: Record<keyof RuleFields, string> = {
  kind: editorText.kind,
  name: editorText.name,
  description: editorText.description,
  owner: editorText.owner,
  isEnabled: editorText.enabled,
  strength: editorText.strength,
  weight: editorText.weight,
  domains: editorText.domains,
  hosts: editorText.hosts,
  groupBy: editorText.groupBy,
  groupKey: editorText.groupKey,
  level: editorText.level,
  atMost: editorText.atMost,
  virtualisation: editorText.virtualisation,
  architecture: editorText.architecture,
  cpuFeatures: editorText.cpuFeatures,
  nicGbit: editorText.nicGbit,
  cpuPercent: editorText.cpuPercent,
  memGib: editorText.memGib,
  application: editorText.application,
  product: editorText.product,
  per: editorText.per,
  count: editorText.count,
  timeZone: editorText.timeZone,
  windows: editorText.windows,
}

/** Somebody else has saved the rule since: both are shown, field by field, and one is chosen. */
export function ChangedMeanwhile({
  theirs,
  mine,
  onTakeTheirs,
  onKeepMine,
}: {
  theirs: PolicyRule
  mine: RuleFields
  onTakeTheirs: () => void
  onKeepMine: () => void
}) {
  const saved = fieldsOf(theirs, mine.timeZone)
  // `fieldNames` is total over the fields, so its keys are theirs.
  const names = (Object.keys(fieldNames) as (keyof RuleFields)[]).filter(
    (name) => JSON.stringify(saved[name]) !== JSON.stringify(mine[name]),
  )
  return (
    <section
      role="alert"
      aria-label={editorText.changedTable}
      className="rounded-md border border-warn bg-warn-wash p-3 text-sm"
    >
      <h2 className="text-base">
        {editorText.changedTitle(theirs.updatedBy ?? editorText.changedSomebody)}
      </h2>
      <p className="text-n11">{editorText.changedHint}</p>
      <div className="mt-2 overflow-x-auto">
        <table className="w-full text-left text-xs" aria-label={editorText.changedTable}>
          <thead>
            <tr className="[&>th]:py-1 [&>th]:pr-3 [&>th]:font-medium">
              <th scope="col">{editorText.changedField}</th>
              <th scope="col">{editorText.theirs}</th>
              <th scope="col">{editorText.yours}</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name} className="align-top [&>*]:border-t [&>*]:py-1 [&>*]:pr-3">
                <th scope="row" className="font-normal text-n10">
                  {fieldNames[name]}
                </th>
                <td className="text-n12 [overflow-wrap:anywhere]">{shown(saved, name)}</td>
                <td className="text-n12 [overflow-wrap:anywhere]">{shown(mine, name)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button onClick={onTakeTheirs}>{editorText.takeTheirs}</Button>
        <Button onClick={onKeepMine}>{editorText.keepMine}</Button>
      </div>
    </section>
  )
}

function shown(fields: RuleFields, name: keyof RuleFields): string {
  if (name === 'kind') return kindText[fields.kind].name
  if (name === 'strength') {
    return fields.strength === 'required' ? editorText.required : editorText.preferred
  }
  if (name === 'windows') {
    return fields.windows
      .map(({ days, from, until }) => `${days.join(' ')} ${from}–${until}`)
      .join(', ')
  }
  const value = fields[name]
  if (typeof value === 'boolean') return value ? editorText.yes : editorText.no
  return value === '' ? editorText.empty : value
}
