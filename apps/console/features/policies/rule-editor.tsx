'use client'
import { type PolicyDraft, type PolicyRule, policyKinds } from '@drover/api-schema/policy.ts'
import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useCreatePolicy, useUpdatePolicy } from '../../client/policies.ts'
import { useSession } from '../../client/queries.ts'
import { paths } from '../../lib/paths.ts'
import { kindText } from '../../lib/text/policies.ts'
import { editorText } from '../../lib/text/policy-editor.ts'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { FormError } from '../../ui/form-error.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { Switch } from '../../ui/switch.tsx'
import { showToast } from '../../ui/toast.tsx'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { LintPanel } from './lint-panel.tsx'
import { RemoveRule } from './remove-rule.tsx'
import { StateBadge, strengthWords } from './rule-badges.tsx'
import { type FieldsProps, LineField, NumberField, RuleBodyFields } from './rule-body-fields.tsx'
import { SaveBar } from './save-bar.tsx'
import { useLint } from './use-lint.ts'
import { type RuleForm, useRuleForm } from './use-rule-form.ts'

type Props = { rule: PolicyRule | null; revision: number; example: PolicyDraft | null }

/** One rule: its fields, and beside them what it would mean now. */
export function RuleEditor({ rule, revision, example }: Props) {
  const isAdmin = useSession()?.role === 'admin'
  const form = useRuleForm(rule, { revision, example })
  const lint = useLint(form.fields, { ruleId: rule?.ruleId, revision })
  const { save, isSaving, headError } = useSave(form, rule)
  const isOn = form.fields.isEnabled && form.fields.strength === 'required'
  const cannotHold =
    isOn && lint.isCurrent && lint.found?.satisfiability.verdict === 'unsatisfiable'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!cannotHold && !isSaving && form.theirs === null) void save()
  }
  return (
    <>
      <PageHead
        back={{ href: paths.policies(), label: editorText.toPolicies }}
        title={rule?.name ?? editorText.newTitle}
        {...(rule === null
          ? {}
          : { badges: <StateBadge rule={rule} />, facts: strengthWords(rule.strength) })}
        actions={
          rule !== null &&
          isAdmin && <RemoveRule rule={rule} revision={form.revision} onRemoved={form.forget} />
        }
      />
      {!isAdmin && <Banner tone="notice">{editorText.readOnly}</Banner>}
      {form.isRestored && (
        <Banner
          tone="notice"
          action={
            <Button size="sm" onClick={form.discard}>
              {editorText.discard}
            </Button>
          }
        >
          {editorText.keptNotice}
        </Banner>
      )}
      <div className="grid gap-x-8 gap-y-6 border-t px-4 pt-4 pb-6 lg:grid-cols-[minmax(0,40rem)_minmax(18rem,1fr)]">
        <form noValidate onSubmit={submit} aria-label={rule?.name ?? editorText.newTitle}>
          <fieldset disabled={!isAdmin} className="flex min-w-0 flex-col gap-4">
            {form.theirs !== null && (
              <ChangedMeanwhile
                theirs={form.theirs}
                mine={form.fields}
                onTakeTheirs={form.takeTheirs}
                onKeepMine={form.keepMine}
              />
            )}
            {headError !== null && <FormError message={headError} />}
            <Fields fields={form.fields} errors={form.errors} onChange={form.change} />
            {isAdmin && (
              <SaveBar
                label={rule === null ? editorText.create : editorText.save}
                isSaving={isSaving}
                isConflicting={form.theirs !== null}
                cannotHold={cannotHold}
                onMakePreferred={() => form.change({ strength: 'preferred' })}
                onTurnOff={() => form.change({ isEnabled: false })}
              />
            )}
          </fieldset>
        </form>
        <aside className="min-w-0 lg:sticky lg:top-4 lg:max-h-[80dvh] lg:self-start lg:overflow-y-auto">
          <LintPanel lint={lint} />
        </aside>
      </div>
    </>
  )
}

function Fields(props: FieldsProps) {
  const { fields, onChange } = props
  return (
    <>
      <LineField {...props} name="name" label={editorText.name} hint={editorText.nameHint} />
      <RadioCards
        isGrid
        label={editorText.kind}
        value={fields.kind}
        onChange={(kind) => onChange({ kind })}
        options={policyKinds.map((kind) => ({
          value: kind,
          label: kindText[kind].name,
          hint: kindText[kind].hint,
        }))}
      />
      <RuleBodyFields {...props} />
      <RadioCards
        label={editorText.strength}
        value={fields.strength}
        onChange={(strength) => onChange({ strength })}
        options={[
          { value: 'required', label: editorText.required, hint: editorText.requiredHint },
          { value: 'preferred', label: editorText.preferred, hint: editorText.preferredHint },
        ]}
      />
      {fields.strength === 'preferred' && (
        <NumberField
          {...props}
          name="weight"
          label={editorText.weight}
          hint={editorText.weightHint}
        />
      )}
      <LineField
        {...props}
        name="description"
        label={editorText.description}
        hint={editorText.descriptionHint}
      />
      <LineField {...props} name="owner" label={editorText.owner} hint={editorText.ownerHint} />
      <div className="-ml-2">
        <Switch
          label={editorText.enabled}
          hint={editorText.enabledHint}
          isOn={fields.isEnabled}
          onChange={(isEnabled) => onChange({ isEnabled })}
        />
      </div>
    </>
  )
}

/** Sends the rule; what is refused stands at its field or at the head of the form. */
function useSave(form: RuleForm, rule: PolicyRule | null) {
  const router = useRouter()
  const create = useCreatePolicy()
  const update = useUpdatePolicy()
  const [headError, setHeadError] = useState<string | null>(null)
  const save = async () => {
    setHeadError(null)
    const draft = form.submit()
    if (draft === null) return
    try {
      if (rule === null) await create.mutateAsync(draft)
      else await update.mutateAsync({ ruleId: rule.ruleId, draft, revision: form.revision })
      const said = rule === null ? editorText.created : editorText.saved
      showToast({ tone: 'ok', title: said(draft.name) })
      form.forget()
      router.push(paths.policies())
    } catch (error) {
      const refusal = refusalFrom(error)
      if (refusal.code === 'policy-name-taken') form.setErrors({ name: refusal.message })
      else setHeadError(refusal.message)
    }
  }
  return { save, isSaving: create.isPending || update.isPending, headError }
}
