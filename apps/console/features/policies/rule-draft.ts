import { type PolicyDraft, policyDraftSchema } from '@drover/api-schema/policy.ts'
import { assertNever, err, ok, type Result } from '@drover/api-schema/result.ts'
import { labelKeySchema } from '@drover/api-schema/scalars.ts'
import { bitsToBytesPerSec, GIB } from '@drover/api-schema/units.ts'
import { isTimeZone, minutesOfDay, weekdays } from '@drover/api-schema/week-time.ts'
import { parseSelector } from '@drover/optimizer/selector/parse.ts'
import { editorText } from '../../lib/text/policy-editor.ts'
import type { RuleFields, WindowFields } from './rule-fields.ts'

/** What is wrong with fields, each by its name. An empty sentence: the field says itself what is wrong. */
export type FieldErrors = { readonly [Name in keyof RuleFields]?: string }

/** The rule that the fields say, or what is missing. Only fields of the chosen kind are looked at. */
export function draftOf(fields: RuleFields): Result<PolicyDraft, FieldErrors> {
  const errors: Record<string, string> = {}
  const wrong: Wrong = (name, sentence) => {
    errors[name] ??= sentence
  }
  const body = bodyOf(fields, wrong)
  const draft = { ...body, ...headOf(fields, wrong), kind: fields.kind }
  if (Object.keys(errors).length > 0) return err(errors)
  const parsed = policyDraftSchema.safeParse(draft)
  // The checks above are the schema's with sentences; what only the schema finds belongs to the first field it names.
  if (parsed.success) return ok(parsed.data)
  const [issue] = parsed.error.issues
  const name = String(issue?.path[0] ?? 'kind')
  return err({ [name in fields ? name : 'kind']: issue?.message ?? '' })
}

type Wrong = (name: keyof RuleFields, sentence: string) => void

function headOf(fields: RuleFields, wrong: Wrong) {
  const name = fields.name.trim()
  if (name === '') wrong('name', editorText.nameMissing)
  if (name.length > 120) wrong('name', editorText.nameWrong)
  if (fields.description.length > 1000) wrong('description', editorText.descriptionWrong)
  if (fields.owner.length > 120) wrong('owner', editorText.ownerWrong)
  const strength =
    fields.strength === 'required'
      ? { kind: 'required' }
      : {
          kind: 'preferred',
          weight: whole(fields.weight, [1, 100], () => wrong('weight', editorText.weightWrong)),
        }
  return {
    name,
    // One line: the contract takes no line breaks.
    description: fields.description.trim().replace(/\s+/g, ' '),
    owner: fields.owner.trim(),
    isEnabled: fields.isEnabled,
    strength,
  }
}

function bodyOf(fields: RuleFields, wrong: Wrong): Record<string, unknown> {
  switch (fields.kind) {
    case 'run-on':
    case 'keep-off':
      return { ...domainsOf(fields, wrong), ...hostsOf(fields, wrong) }
    case 'keep-together':
      return { ...domainsOf(fields, wrong), ...groupOf(fields, wrong), level: fields.level }
    case 'keep-apart': {
      const atMost = whole(fields.atMost, [1, 10_000], () =>
        wrong('atMost', editorText.atMostWrong),
      )
      return { ...domainsOf(fields, wrong), ...groupOf(fields, wrong), level: fields.level, atMost }
    }
    case 'hardware':
      return { ...domainsOf(fields, wrong), needs: needsOf(fields, wrong) }
    case 'headroom':
      return { ...hostsOf(fields, wrong), keep: keptOf(fields, wrong) }
    case 'reserve': {
      const application = fields.application.trim()
      if (application === '') wrong('application', editorText.applicationWrong)
      return { ...hostsOf(fields, wrong), application }
    }
    case 'licence': {
      const product = fields.product.trim()
      if (product === '') wrong('product', editorText.productWrong)
      const count = whole(fields.count, [0, 1_000_000], () => wrong('count', editorText.countWrong))
      return { ...domainsOf(fields, wrong), product, per: fields.per, count }
    }
    case 'never-move':
      return domainsOf(fields, wrong)
    case 'move-window': {
      const timeZone = fields.timeZone.trim()
      if (!isTimeZone(timeZone)) wrong('timeZone', editorText.timeZoneWrong)
      return { ...domainsOf(fields, wrong), timeZone, windows: windowsOf(fields, wrong) }
    }
    default:
      return assertNever(fields.kind)
  }
}

function domainsOf({ domains }: RuleFields, wrong: Wrong) {
  if (domains.trim() === '') wrong('domains', editorText.domainsMissing)
  else if (!parseSelector(domains, 'domain').ok) wrong('domains', '')
  return { domains: domains.trim() }
}

function hostsOf({ hosts }: RuleFields, wrong: Wrong) {
  if (hosts.trim() === '') wrong('hosts', editorText.hostsMissing)
  else if (!parseSelector(hosts, 'host').ok) wrong('hosts', '')
  return { hosts: hosts.trim() }
}

function groupOf({ groupBy, groupKey }: RuleFields, wrong: Wrong) {
  switch (groupBy) {
    case 'none':
      return {}
    case 'application':
      return { groupBy: { by: 'application' } }
    case 'label': {
      const key = groupKey.trim()
      if (!labelKeySchema.safeParse(key).success) wrong('groupKey', editorText.groupKeyWrong)
      return { groupBy: { by: 'label', key } }
    }
    default:
      return assertNever(groupBy)
  }
}

function needsOf(fields: RuleFields, wrong: Wrong) {
  const features = fields.cpuFeatures
    .split(',')
    .map((feature) => feature.trim())
    .filter((feature) => feature !== '')
  if (features.length > 64 || features.some(({ length }) => length > 40)) {
    wrong('cpuFeatures', editorText.cpuFeaturesWrong)
  }
  const gbit = number(fields.nicGbit)
  if (gbit !== null && !(gbit > 0)) wrong('nicGbit', editorText.nicWrong)
  const needs = {
    ...(fields.virtualisation === 'none' ? {} : { virtualisation: fields.virtualisation }),
    ...(fields.architecture === 'none' ? {} : { architecture: fields.architecture }),
    ...(features.length === 0 ? {} : { cpuFeatures: features }),
    ...(gbit === null ? {} : { nicAtLeastBytesPerSec: bitsToBytesPerSec(gbit * 1e9) }),
  }
  if (Object.keys(needs).length === 0) wrong('virtualisation', editorText.needsMissing)
  return needs
}

function keptOf(fields: RuleFields, wrong: Wrong) {
  const percent = number(fields.cpuPercent) ?? 0
  const gib = number(fields.memGib) ?? 0
  if (!(percent >= 0 && percent <= 95)) wrong('cpuPercent', editorText.cpuWrong)
  if (!(gib >= 0)) wrong('memGib', editorText.memWrong)
  if (percent === 0 && gib === 0) wrong('cpuPercent', editorText.keepMissing)
  return { cpuRatio: percent / 100, memBytes: Math.round(gib * GIB) }
}

function windowsOf({ windows }: RuleFields, wrong: Wrong) {
  const read = windows.map(windowOf)
  if (read.length === 0 || read.length > 20 || read.includes(null)) {
    wrong('windows', editorText.windowsWrong)
  }
  return read.filter((window) => window !== null)
}

function windowOf({ days, from, until }: WindowFields) {
  const fromMinute = minuteOf(from)
  const untilMinute = minuteOf(until)
  if (fromMinute === null || untilMinute === null || days.length === 0) return null
  return {
    days: weekdays.filter((day) => days.includes(day)),
    fromMinute,
    untilMinute: untilMinute === 0 ? minutesOfDay : untilMinute,
  }
}

/** Of a clock time such as "22:05"; null when it is none. */
function minuteOf(clock: string): number | null {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(clock) ?? []
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes)
}

/** Null when nothing is written, NaN when it is no number. */
function number(text: string): number | null {
  return text.trim() === '' ? null : Number(text.trim().replace(',', '.'))
}

function whole(text: string, [least, most]: readonly [number, number], wrong: () => void): number {
  const value = number(text) ?? Number.NaN
  if (!Number.isInteger(value) || value < least || value > most) wrong()
  return value
}
