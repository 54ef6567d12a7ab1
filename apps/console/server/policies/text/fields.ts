import { type PolicyDraft, type PolicyKind, policyDraftSchema } from '@drover/api-schema/policy.ts'

/**
 * Rules as text have the fields of the contract under the same names, but for what nobody would write by hand:
 * `enabled` for isEnabled, `strength: preferred` with `weight`, `groupBy: application` or `groupBy: label rack`, and
 * `from: "22:00"` for minutes. Here is which is which; writing and reading both rest on it.
 */

const unlike: Readonly<Record<string, readonly string[]>> = {
  isEnabled: ['enabled'],
  strength: ['strength', 'weight'],
}

const head = ['name', 'kind', 'description', 'owner', 'enabled', 'strength', 'weight']

const fieldsOfKind = new Map(
  policyDraftSchema.options.map((option) => {
    const names = Object.keys(option.shape).flatMap((name) => unlike[name] ?? [name])
    return [option.shape.kind.value as PolicyKind, new Set([...head, ...names])]
  }),
)

/** Whether a rule of that kind has a field of that name in text. */
export function isTextField(kind: PolicyKind, name: string): boolean {
  return fieldsOfKind.get(kind)?.has(name) ?? false
}

/** Where in the text the part of a draft is, by its path in the contract. */
export function textPath(path: readonly PropertyKey[]): PropertyKey[] {
  const [first, ...rest] = path
  if (first === 'isEnabled') return ['enabled']
  if (first === 'strength') return rest[0] === 'weight' ? ['weight'] : ['strength']
  if (first === 'groupBy') return ['groupBy']
  return path.map((part) => {
    if (part === 'fromMinute') return 'from'
    return part === 'untilMinute' ? 'until' : part
  })
}

/** Minutes of a day as on a clock; a day ends at 24:00. */
export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

export function minuteOf(clock: string): number | null {
  const found = /^(\d{1,2}):(\d{2})$/.exec(clock)
  if (found === null) return null
  const [hours, minutes] = [Number(found[1]), Number(found[2])]
  return minutes < 60 && hours * 60 + minutes <= 24 * 60 ? hours * 60 + minutes : null
}

/** The fields of a draft that differ, by their names in text. */
export function changedFields(before: PolicyDraft, after: PolicyDraft): string[] {
  const [left, right] = [textOf(before), textOf(after)]
  const names = [...new Set([...head, ...Object.keys(left), ...Object.keys(right)])]
  return names.filter((name) => JSON.stringify(left[name]) !== JSON.stringify(right[name]))
}

/** A draft as the plain object that stands in the text; what is empty is left out. */
export function textOf(draft: PolicyDraft): Record<string, unknown> {
  const { name, kind, description, owner, isEnabled, strength, ...body } = draft
  return {
    name,
    kind,
    ...(description === '' ? {} : { description }),
    ...(owner === '' ? {} : { owner }),
    enabled: isEnabled,
    strength: strength.kind,
    ...(strength.kind === 'preferred' ? { weight: strength.weight } : {}),
    ...Object.fromEntries(Object.entries(body).map(([key, value]) => [key, partOf(key, value)])),
  }
}

function partOf(key: string, value: unknown): unknown {
  // What the keys hold is said by the contract.
  if (key === 'groupBy') {
    const groupBy = value as Extract<PolicyDraft, { groupBy?: unknown }>['groupBy']
    return groupBy?.by === 'label' ? `label ${groupBy.key}` : groupBy?.by
  }
  if (key === 'windows') {
    const windows = value as Extract<PolicyDraft, { kind: 'move-window' }>['windows']
    return windows.map(({ days, fromMinute, untilMinute }) => ({
      days,
      from: clockOf(fromMinute),
      until: clockOf(untilMinute),
    }))
  }
  return value
}
