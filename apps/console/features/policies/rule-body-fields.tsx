'use client'
import { assertNever } from '@drover/api-schema/result.ts'
import { useSelectorLanguage } from '../../client/selectors.ts'
import { architectureText } from '../../lib/text/common.ts'
import { licenceUnitText } from '../../lib/text/policies.ts'
import { editorText } from '../../lib/text/policy-editor.ts'
import { QueryField } from '../../ui/query-field.tsx'
import { Select } from '../../ui/select.tsx'
import { TextField } from '../../ui/text-field.tsx'
import type { FieldErrors } from './rule-draft.ts'
import type { RuleFields } from './rule-fields.ts'
import { WindowFieldList } from './window-fields.tsx'

export type FieldsProps = {
  fields: RuleFields
  errors: FieldErrors
  onChange: (changes: Partial<RuleFields>) => void
}

/** The fields of the chosen kind. */
export function RuleBodyFields(props: FieldsProps) {
  switch (props.fields.kind) {
    case 'run-on':
    case 'keep-off':
      return (
        <>
          <DomainsField {...props} />
          <HostsField {...props} />
        </>
      )
    case 'keep-together':
      return (
        <>
          <DomainsField {...props} />
          <GroupFields {...props} />
          <LevelField {...props} label={editorText.level} />
        </>
      )
    case 'keep-apart':
      return (
        <>
          <DomainsField {...props} />
          <GroupFields {...props} />
          <LevelField {...props} label={editorText.apartLevel} />
          <NumberField
            {...props}
            name="atMost"
            label={editorText.atMost}
            hint={editorText.atMostHint}
          />
        </>
      )
    case 'hardware':
      return (
        <>
          <DomainsField {...props} />
          <NeedFields {...props} />
        </>
      )
    case 'headroom':
      return (
        <>
          <HostsField {...props} />
          <NumberField {...props} name="cpuPercent" label={editorText.cpuPercent} />
          <NumberField {...props} name="memGib" label={editorText.memGib} />
        </>
      )
    case 'reserve':
      return (
        <>
          <HostsField {...props} />
          <LineField {...props} name="application" label={editorText.application} />
        </>
      )
    case 'licence':
      return <LicenceFields {...props} />
    case 'never-move':
      return <DomainsField {...props} />
    case 'move-window':
      return (
        <>
          <DomainsField {...props} />
          <LineField
            {...props}
            name="timeZone"
            label={editorText.timeZone}
            hint={editorText.timeZoneHint}
          />
          <WindowFieldList {...props} />
        </>
      )
    default:
      return assertNever(props.fields.kind)
  }
}

function DomainsField({
  fields,
  errors,
  onChange,
  label = editorText.domains,
}: FieldsProps & { label?: string }) {
  const language = useSelectorLanguage('domain')
  return (
    <QueryField
      label={label}
      hint={editorText.selectorHint}
      value={fields.domains}
      onChange={(domains) => onChange({ domains })}
      complete={language.complete}
      problems={language.problemsOf(fields.domains)}
      error={fields.domains.trim() === '' ? errors.domains : null}
    />
  )
}

function HostsField({ fields, errors, onChange }: FieldsProps) {
  const language = useSelectorLanguage('host')
  return (
    <QueryField
      label={editorText.hosts}
      value={fields.hosts}
      onChange={(hosts) => onChange({ hosts })}
      complete={language.complete}
      problems={language.problemsOf(fields.hosts)}
      error={fields.hosts.trim() === '' ? errors.hosts : null}
    />
  )
}

type TextName = {
  [Name in keyof RuleFields]: RuleFields[Name] extends string
    ? string extends RuleFields[Name]
      ? Name
      : never
    : never
}[keyof RuleFields]

export function LineField({
  fields,
  errors,
  onChange,
  name,
  label,
  hint,
}: FieldsProps & { name: TextName; label: string; hint?: string }) {
  return (
    <TextField
      label={label}
      hint={hint}
      value={fields[name]}
      autoComplete="off"
      error={errors[name]}
      onChange={(value) => onChange({ [name]: value })}
    />
  )
}

/** Text for numbers, not `type=number`: what is no number is said in words, and the wheel changes nothing. */
export function NumberField({
  fields,
  errors,
  onChange,
  name,
  label,
  hint,
}: FieldsProps & { name: TextName; label: string; hint?: string }) {
  return (
    <TextField
      label={label}
      hint={hint}
      value={fields[name]}
      inputMode="decimal"
      autoComplete="off"
      error={errors[name]}
      onChange={(value) => onChange({ [name]: value })}
      className="max-w-60"
    />
  )
}

function GroupFields(props: FieldsProps) {
  const { fields, onChange } = props
  return (
    <div className="flex flex-wrap items-end gap-3">
      <Select
        label={editorText.groupBy}
        isLabelShown
        value={fields.groupBy}
        onChange={(groupBy) => onChange({ groupBy })}
        options={[
          { value: 'none', label: editorText.groupByNone },
          { value: 'application', label: editorText.groupByApplication },
          { value: 'label', label: editorText.groupByLabel },
        ]}
      />
      {fields.groupBy === 'label' && (
        <LineField {...props} name="groupKey" label={editorText.groupKey} />
      )}
    </div>
  )
}

function LevelField({ fields, onChange, label }: FieldsProps & { label: string }) {
  return (
    <div>
      <Select
        label={label}
        isLabelShown
        value={fields.level}
        onChange={(level) => onChange({ level })}
        options={[
          { value: 'host', label: editorText.levelHost },
          { value: 'rack', label: editorText.levelRack },
        ]}
      />
    </div>
  )
}

function NeedFields(props: FieldsProps) {
  const { fields, errors, onChange } = props
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Select
          label={editorText.virtualisation}
          isLabelShown
          value={fields.virtualisation}
          onChange={(virtualisation) => onChange({ virtualisation })}
          options={[
            { value: 'none', label: editorText.noNeed },
            { value: 'any', label: editorText.virtualisationAny },
            { value: 'vt-x', label: 'VT-x' },
            { value: 'amd-v', label: 'AMD-V' },
          ]}
        />
        <Select
          label={editorText.architecture}
          isLabelShown
          value={fields.architecture}
          onChange={(architecture) => onChange({ architecture })}
          options={[
            { value: 'none', label: editorText.noNeed },
            { value: 'x86_32', label: architectureText.x86_32 },
            { value: 'x86_32-pae', label: architectureText['x86_32-pae'] },
            { value: 'x86_64', label: architectureText.x86_64 },
          ]}
        />
      </div>
      <LineField
        {...props}
        name="cpuFeatures"
        label={editorText.cpuFeatures}
        hint={editorText.cpuFeaturesHint}
      />
      <NumberField {...props} name="nicGbit" label={editorText.nicGbit} />
      {errors.virtualisation !== undefined && (
        <p role="alert" className="text-crit text-xs">
          {errors.virtualisation}
        </p>
      )}
    </>
  )
}

function LicenceFields(props: FieldsProps) {
  const { fields, onChange } = props
  return (
    <>
      <LineField {...props} name="product" label={editorText.product} />
      <DomainsField {...props} label={editorText.domainsOfProduct} />
      <div className="flex flex-wrap items-end gap-3">
        <NumberField {...props} name="count" label={editorText.count} />
        <Select
          label={editorText.per}
          isLabelShown
          value={fields.per}
          onChange={(per) => onChange({ per })}
          options={[
            { value: 'host', label: licenceUnitText.host },
            { value: 'socket', label: licenceUnitText.socket },
            { value: 'core', label: licenceUnitText.core },
          ]}
        />
      </div>
    </>
  )
}
