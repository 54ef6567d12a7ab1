import type { MigrationProfile } from '@drover/api-schema/migration.ts'
import {
  type MigrationPriority,
  migrationPriorities,
  type RetryPolicy,
} from '@drover/api-schema/migration-terms.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import type { FormField } from '../lib/form-field.ts'
import { formatDuration } from '../lib/format.ts'
import {
  type LastResort,
  lastResortChoice,
  type ProfileKind,
  priorityText,
  profileWords,
  retryWords,
  termsText,
} from '../lib/text/migration-terms.ts'
import type { MigrationTerms } from './mutations.ts'

/** A form over what may be asked of migrations: as typed, what is wrong with it, and what it means. Pure. */

/** The pool's own setting holds. */
export const asPool = 'pool'

export type TermsDraft = {
  readonly profile: ProfileKind | typeof asPool
  readonly pauseMs: string
  readonly lastResort: LastResort['kind']
  readonly longerMs: string
  readonly priority: MigrationPriority
  readonly mbit: string
  readonly retry: RetryPolicy['kind'] | typeof asPool
  readonly attempts: string
}
export type TermsField = keyof TermsDraft

/** What every dialog begins with: nothing is remembered. */
export const freshTerms: TermsDraft = {
  profile: asPool,
  pauseMs: '300',
  lastResort: 'auto-converge',
  longerMs: '3000',
  priority: 'normal',
  mbit: '',
  retry: asPool,
  attempts: '1',
}

/** What is set for a pool, as a form shows it. */
export function draftOf(profile: MigrationProfile, retry: RetryPolicy): TermsDraft {
  const target = profile.kind === 'downtime-target' ? profile : null
  const resort = target?.lastResort
  return {
    ...freshTerms,
    profile: profile.kind,
    pauseMs: String(target?.downtimeLimitMs ?? freshTerms.pauseMs),
    lastResort: resort?.kind ?? freshTerms.lastResort,
    longerMs:
      resort?.kind === 'longer-pause' ? String(resort.downtimeLimitMs) : freshTerms.longerMs,
    retry: retry.kind,
    attempts: retry.kind === 'none' ? freshTerms.attempts : String(retry.attempts),
  }
}

/** A whole number within the bounds, ends included; null for anything else that was typed. */
export function wholeNumber(text: string, least: number, most: number): number | null {
  const value = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : null
}

const bytesPerMbit = 125_000
const leastBytesPerSec = 131_072

/** Mbit/s as typed to bytes a second; null is no limit, undefined what is wrong. */
export function bandwidthOf(text: string): number | null | undefined {
  const typed = text.trim().replace(',', '.')
  if (typed === '') return null
  const bytes = /^\d{1,7}(\.\d{1,3})?$/.test(typed)
    ? Math.round(Number(typed) * bytesPerMbit)
    : Number.NaN
  return bytes >= leastBytesPerSec && bytes <= 1e12 ? bytes : undefined
}

/** As it is typed: "500", "1.5". */
export function mbitText(bytesPerSec: number | null): string {
  return bytesPerSec === null ? '' : String(Math.round((bytesPerSec / bytesPerMbit) * 1000) / 1000)
}

/** What is wrong with a field, as a sentence; null while nothing is, or while the field is not shown. */
export function wrongWith(draft: TermsDraft, field: TermsField): string | null {
  const isTarget = draft.profile === 'downtime-target'
  const pauseMs = wholeNumber(draft.pauseMs, 1, 60_000)
  switch (field) {
    case 'pauseMs':
      return isTarget && pauseMs === null ? termsText.pauseWrong : null
    case 'longerMs': {
      if (!isTarget || draft.lastResort !== 'longer-pause') return null
      const longerMs = wholeNumber(draft.longerMs, 1, 600_000)
      if (longerMs === null) return termsText.longerWrong
      return longerMs < (pauseMs ?? 0) ? termsText.longerTooShort : null
    }
    case 'attempts':
      return draft.retry !== asPool &&
        draft.retry !== 'none' &&
        wholeNumber(draft.attempts, 1, 10) === null
        ? termsText.attemptsWrong
        : null
    case 'mbit':
      return bandwidthOf(draft.mbit) === undefined ? termsText.bandwidthWrong : null
    case 'profile':
    case 'lastResort':
    case 'priority':
    case 'retry':
      return null
    default:
      return assertNever(field)
  }
}

const numberFields = ['pauseMs', 'longerMs', 'attempts', 'mbit'] as const

export function isWrong(draft: TermsDraft): boolean {
  return numberFields.some((field) => wrongWith(draft, field) !== null)
}

/** Null: the pool's. Only for drafts with nothing wrong in them. */
export function profileOf(draft: TermsDraft): MigrationProfile | null {
  const { profile } = draft
  if (profile === asPool) return null
  if (profile !== 'downtime-target') return { kind: profile }
  const lastResort: LastResort =
    draft.lastResort === 'longer-pause'
      ? { kind: 'longer-pause', downtimeLimitMs: Number(draft.longerMs) }
      : { kind: draft.lastResort }
  return { kind: 'downtime-target', downtimeLimitMs: Number(draft.pauseMs), lastResort }
}

/** Null: the pool's. Only for drafts with nothing wrong in them. */
export function retryOf({ retry, attempts }: TermsDraft): RetryPolicy | null {
  if (retry === asPool) return null
  return retry === 'none' ? { kind: 'none' } : { kind: retry, attempts: Number(attempts) }
}

/** What is asked of a new migration; null while something is wrong. What stays as the pool has it is left out. */
export function termsOf(draft: TermsDraft): MigrationTerms | null {
  if (isWrong(draft)) return null
  const profile = profileOf(draft)
  const retry = retryOf(draft)
  const bandwidthBytesPerSec = bandwidthOf(draft.mbit) ?? null
  return {
    ...(profile === null ? {} : { profile }),
    ...(retry === null ? {} : { retry }),
    ...(draft.priority === 'normal' ? {} : { priority: draft.priority }),
    ...(bandwidthBytesPerSec === null ? {} : { bandwidthBytesPerSec }),
  }
}

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(record) as K[] // they are the keys of a total record
}

/** The lines for profile and retries; `pool` is what "as set for the pool" says, null where it is the pool's own form. */
export function profileFields(draft: TermsDraft, pool: string | null): FormField<TermsField>[] {
  const ofPool = pool === null ? [] : [{ value: asPool, label: pool }]
  const isTarget = draft.profile === 'downtime-target'
  const fields: FormField<TermsField>[] = [
    {
      kind: 'choice',
      id: 'profile',
      label: termsText.profile,
      value: draft.profile,
      options: [
        ...ofPool,
        ...keysOf(profileWords).map((value) => ({ value, label: profileWords[value].label })),
      ],
      ...(draft.profile === asPool ? {} : { hint: profileWords[draft.profile].hint }),
    },
  ]
  if (isTarget) {
    fields.push(number(draft, 'pauseMs', termsText.pauseLimit, termsText.ms), {
      kind: 'choice',
      id: 'lastResort',
      label: termsText.lastResort,
      value: draft.lastResort,
      options: keysOf(lastResortChoice).map((value) => ({
        value,
        label: lastResortChoice[value].label,
      })),
      hint: lastResortChoice[draft.lastResort].hint,
    })
    if (draft.lastResort === 'longer-pause')
      fields.push(number(draft, 'longerMs', termsText.longerLimit, termsText.ms))
  }
  return fields
}

export function retryFields(draft: TermsDraft, pool: string | null): FormField<TermsField>[] {
  const ofPool = pool === null ? [] : [{ value: asPool, label: pool }]
  const choice: FormField<TermsField> = {
    kind: 'choice',
    id: 'retry',
    label: termsText.retry,
    value: draft.retry,
    options: [
      ...ofPool,
      ...keysOf(retryWords).map((value) => ({ value, label: retryWords[value] })),
    ],
  }
  return draft.retry === asPool || draft.retry === 'none'
    ? [choice]
    : [choice, number(draft, 'attempts', termsText.attempts, termsText.attemptsUnit)]
}

/** Priority and bandwidth: of one request, never of a pool. */
export function requestFields(draft: TermsDraft): FormField<TermsField>[] {
  return [
    {
      kind: 'choice',
      id: 'priority',
      label: termsText.priority,
      value: draft.priority,
      options: migrationPriorities.map((value) => ({ value, label: priorityText[value] })),
      hint: termsText.priorityHint,
    },
    {
      ...number(draft, 'mbit', termsText.bandwidth, termsText.mbit),
      hint: termsText.bandwidthHint,
    },
  ]
}

function number(draft: TermsDraft, id: (typeof numberFields)[number], label: string, unit: string) {
  return { kind: 'number', id, label, value: draft[id], unit, error: wrongWith(draft, id) } as const
}

/** "Shortest pause, at most 300 ms, else the guest is slowed down". */
export function profileSentence(profile: MigrationProfile): string {
  const { label } = profileWords[profile.kind]
  if (profile.kind !== 'downtime-target') return label
  const limit = termsText.atMost(formatDuration(profile.downtimeLimitMs))
  return [label, limit, lastResortSentence(profile.lastResort)].join(', ')
}

function lastResortSentence(lastResort: LastResort): string {
  switch (lastResort.kind) {
    case 'auto-converge':
      return termsText.elseSlow
    case 'longer-pause':
      return termsText.elseLonger(formatDuration(lastResort.downtimeLimitMs))
    case 'give-up':
      return termsText.elseStay
    case 'post-copy':
      return termsText.elseFirst
    default:
      return assertNever(lastResort)
  }
}

/** "On the next best host, up to 2 times". */
export function retrySentence(retry: RetryPolicy): string {
  return retry.kind === 'none'
    ? retryWords.none
    : termsText.retryOnce(retryWords[retry.kind], retry.attempts)
}
