'use client'

import {
  type MigrationLimits,
  type MigrationSettings,
  poolSettings,
} from '@drover/api-schema/migration-settings.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import {
  draftOf,
  isWrong,
  profileFields,
  profileOf,
  retryFields,
  retryOf,
  type TermsDraft,
  wholeNumber,
} from '../../client/migration-draft.ts'
import { useUpdateMigrationLimits, useUpdatePoolMigrations } from '../../client/mutations.ts'
import { useFleetPart, useMigrationSettings, useSession } from '../../client/queries.ts'
import { compareNames } from '../../lib/compare-names.ts'
import type { FormField } from '../../lib/form-field.ts'
import { migrationSettingsText as text } from '../../lib/text/migration-settings.ts'
import { termsText } from '../../lib/text/migration-terms.ts'
import { FormFields } from '../../ui/form-fields.tsx'
import { ListSkeleton } from '../../ui/list-skeleton.tsx'
import { PageSection } from '../../ui/page-head.tsx'
import { EditBar } from './edit-bar.tsx'
import { SettingsHead } from './settings-head.tsx'
import { useEdit } from './use-edit.ts'

/** How many migrations run at once, and what holds within each pool. Everybody reads it, administrators change it. */
export function MigrationSettingsPage() {
  const settings = useMigrationSettings()
  const role = useSession()?.role
  const poolNames = useFleetPart((index) =>
    [...new Set(index.fleet.hosts.map(({ pool }) => pool))].sort(compareNames).join('\n'),
  )
  if (settings === undefined || role === undefined || poolNames === undefined) {
    return <ListSkeleton rows={5} />
  }
  const isReadOnly = !roleAllows(role, 'admin')
  const pools = [
    ...new Set([
      ...poolNames.split('\n').filter((name) => name !== ''),
      ...settings.pools.map(({ pool }) => pool),
    ]),
  ]
  return (
    <>
      <SettingsHead intro={isReadOnly ? `${text.intro} ${text.readOnly}` : text.intro} />
      <Limits settings={settings} isReadOnly={isReadOnly} />
      {pools.map((pool) => (
        <Pool key={pool} pool={pool} settings={settings} isReadOnly={isReadOnly} />
      ))}
      {pools.length === 0 && <p className="px-4 py-3 text-n10 text-sm">{text.noPools}</p>}
    </>
  )
}

type LimitsDraft = Readonly<Record<keyof MigrationLimits, string>>
const limitKeys = ['total', 'perPool', 'outgoingPerHost', 'incomingPerHost'] as const
const limitWords: Record<keyof MigrationLimits, { label: string; hint: string }> = {
  total: { label: text.total, hint: text.totalHint },
  perPool: { label: text.perPool, hint: text.perPoolHint },
  outgoingPerHost: { label: text.outgoing, hint: text.outgoingHint },
  incomingPerHost: { label: text.incoming, hint: text.incomingHint },
}
const mostAtOnce = 1000

function asTyped(limits: MigrationLimits): LimitsDraft {
  const { total, perPool, outgoingPerHost, incomingPerHost } = limits
  return {
    total: String(total),
    perPool: String(perPool),
    outgoingPerHost: String(outgoingPerHost),
    incomingPerHost: String(incomingPerHost),
  }
}

function Limits({ settings, isReadOnly }: { settings: MigrationSettings; isReadOnly: boolean }) {
  const update = useUpdateMigrationLimits()
  const form = useEdit(asTyped(settings.limits))
  const wrong = (key: keyof MigrationLimits) =>
    wholeNumber(form.value[key], 1, mostAtOnce) === null ? termsText.limitWrong : null
  const fields = limitKeys.map(
    (id): FormField<keyof MigrationLimits> => ({
      kind: 'number',
      id,
      unit: text.unit,
      value: form.value[id],
      error: wrong(id),
      ...limitWords[id],
    }),
  )
  return (
    <PageSection title={text.limits}>
      <div className="max-w-200 px-4 pt-2 pb-4">
        <FormFields
          fields={fields}
          isReadOnly={isReadOnly}
          onChange={(id, value) => form.edit({ ...form.value, [id]: value })}
        />
        <EditBar
          what={text.limits}
          form={form}
          lastChange={settings.lastChanges.find(({ pool }) => pool === null) ?? null}
          isWrong={limitKeys.some((key) => wrong(key) !== null)}
          isBusy={update.isPending}
          save={() => {
            const typed = form.value
            return update.mutateAsync({
              total: Number(typed.total),
              perPool: Number(typed.perPool),
              outgoingPerHost: Number(typed.outgoingPerHost),
              incomingPerHost: Number(typed.incomingPerHost),
            })
          }}
        />
      </div>
    </PageSection>
  )
}

type PoolDraft = { readonly terms: TermsDraft; readonly maxAtOnce: string }

function Pool({
  pool,
  settings,
  isReadOnly,
}: {
  pool: string
  settings: MigrationSettings
  isReadOnly: boolean
}) {
  const update = useUpdatePoolMigrations()
  const stored = poolSettings(settings, pool)
  const form = useEdit<PoolDraft>({
    terms: draftOf(stored.profile, stored.retry),
    maxAtOnce: stored.maxAtOnce === null ? '' : String(stored.maxAtOnce),
  })
  const { terms, maxAtOnce } = form.value
  const atOnce = maxAtOnce.trim() === '' ? null : wholeNumber(maxAtOnce, 1, mostAtOnce)
  const isAtOnceWrong = maxAtOnce.trim() !== '' && atOnce === null
  return (
    <PageSection title={text.pool(pool)}>
      <div className="max-w-200 px-4 pt-2 pb-4">
        <FormFields
          fields={[...profileFields(terms, null), ...retryFields(terms, null)]}
          isReadOnly={isReadOnly}
          onChange={(id, value) => form.edit({ ...form.value, terms: { ...terms, [id]: value } })}
        />
        <FormFields
          className="mt-3"
          fields={[
            {
              kind: 'number',
              id: 'maxAtOnce',
              label: text.maxAtOnce,
              unit: text.unit,
              value: maxAtOnce,
              hint: text.maxAtOnceHint(settings.limits.perPool),
              error: isAtOnceWrong ? termsText.limitEmptyWrong : null,
            },
          ]}
          isReadOnly={isReadOnly}
          onChange={(_, value) => form.edit({ ...form.value, maxAtOnce: value })}
        />
        <EditBar
          what={text.pool(pool)}
          form={form}
          lastChange={settings.lastChanges.find((change) => change.pool === pool) ?? null}
          isWrong={isWrong(terms) || isAtOnceWrong}
          isBusy={update.isPending}
          save={() =>
            update.mutateAsync({
              pool,
              changes: {
                profile: profileOf(terms) ?? stored.profile,
                retry: retryOf(terms) ?? stored.retry,
                maxAtOnce: atOnce,
              },
            })
          }
        />
      </div>
    </PageSection>
  )
}
