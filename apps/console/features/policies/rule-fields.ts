import type { GroupBy, HardwareNeeds, PolicyDraft, PolicyRule } from '@drover/api-schema/policy.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { bitsToBytesPerSec, GIB } from '@drover/api-schema/units.ts'
import { type Weekday, weekdays } from '@drover/api-schema/week-time.ts'
import { clockOf } from './rule-sentence.ts'

/** One window as it is written: clock times as the browser gives them, "22:00". */
export type WindowFields = {
  readonly days: readonly Weekday[]
  readonly from: string
  readonly until: string
}

/** Everything the editor holds, for all kinds at once: what was written for one kind is there again when it is chosen again. */
export type RuleFields = {
  readonly kind: PolicyDraft['kind']
  readonly name: string
  readonly description: string
  readonly owner: string
  readonly isEnabled: boolean
  readonly strength: 'required' | 'preferred'
  readonly weight: string
  readonly domains: string
  readonly hosts: string
  readonly groupBy: 'none' | 'application' | 'label'
  readonly groupKey: string
  readonly level: 'host' | 'rack'
  readonly atMost: string
  readonly virtualisation: 'none' | NonNullable<HardwareNeeds['virtualisation']>
  readonly architecture: 'none' | NonNullable<HardwareNeeds['architecture']>
  /** Separated by commas. */
  readonly cpuFeatures: string
  readonly nicGbit: string
  readonly cpuPercent: string
  readonly memGib: string
  readonly application: string
  readonly product: string
  readonly per: 'host' | 'socket' | 'core'
  readonly count: string
  readonly timeZone: string
  readonly windows: readonly WindowFields[]
}

export function emptyFields(timeZone: string): RuleFields {
  return {
    kind: 'keep-apart',
    name: '',
    description: '',
    owner: '',
    isEnabled: true,
    strength: 'required',
    weight: '50',
    domains: '',
    hosts: '',
    groupBy: 'none',
    groupKey: '',
    level: 'host',
    atMost: '1',
    virtualisation: 'none',
    architecture: 'none',
    cpuFeatures: '',
    nicGbit: '',
    cpuPercent: '',
    memGib: '',
    application: '',
    product: '',
    per: 'host',
    count: '',
    timeZone,
    windows: [{ days: weekdays, from: '22:00', until: '05:00' }],
  }
}

/** A rule as it is written; what it does not have is empty. */
export function fieldsOf(rule: PolicyRule | PolicyDraft, timeZone: string): RuleFields {
  const { strength } = rule
  return {
    ...emptyFields(timeZone),
    kind: rule.kind,
    name: rule.name,
    description: rule.description,
    owner: rule.owner,
    isEnabled: rule.isEnabled,
    strength: strength.kind,
    ...(strength.kind === 'preferred' ? { weight: String(strength.weight) } : {}),
    ...('domains' in rule ? { domains: rule.domains } : {}),
    ...('hosts' in rule ? { hosts: rule.hosts } : {}),
    ...bodyOf(rule),
  }
}

function bodyOf(rule: PolicyRule | PolicyDraft): Partial<RuleFields> {
  switch (rule.kind) {
    case 'run-on':
    case 'keep-off':
    case 'never-move':
      return {}
    case 'keep-together':
      return { level: rule.level, ...groupFields(rule.groupBy) }
    case 'keep-apart':
      return { level: rule.level, atMost: String(rule.atMost), ...groupFields(rule.groupBy) }
    case 'hardware':
      return needFields(rule.needs)
    case 'headroom':
      return {
        cpuPercent: rule.keep.cpuRatio > 0 ? written(rule.keep.cpuRatio * 100) : '',
        memGib: rule.keep.memBytes > 0 ? written(rule.keep.memBytes / GIB) : '',
      }
    case 'reserve':
      return { application: rule.application }
    case 'licence':
      return { product: rule.product, per: rule.per, count: String(rule.count) }
    case 'move-window':
      return {
        timeZone: rule.timeZone,
        windows: rule.windows.map(({ days, fromMinute, untilMinute }) => ({
          days,
          from: clockOf(fromMinute),
          // A clock in a form ends at 23:59; midnight is written as 00:00.
          until: clockOf(untilMinute === 1440 ? 0 : untilMinute),
        })),
      }
    default:
      return assertNever(rule)
  }
}

function groupFields(groupBy: GroupBy | undefined): Partial<RuleFields> {
  if (groupBy === undefined) return { groupBy: 'none' }
  return groupBy.by === 'label'
    ? { groupBy: 'label', groupKey: groupBy.key }
    : { groupBy: 'application' }
}

function needFields(needs: HardwareNeeds): Partial<RuleFields> {
  const { nicAtLeastBytesPerSec } = needs
  return {
    virtualisation: needs.virtualisation ?? 'none',
    architecture: needs.architecture ?? 'none',
    cpuFeatures: needs.cpuFeatures?.join(', ') ?? '',
    nicGbit:
      nicAtLeastBytesPerSec === undefined
        ? ''
        : written(nicAtLeastBytesPerSec / bitsToBytesPerSec(1e9)),
  }
}

/** Without the tail that binary fractions leave. */
function written(value: number): string {
  return String(Number(value.toFixed(6)))
}

/** Whether a text that was kept is fields of this version: the same names with the same kinds of values. */
export function areFields(value: unknown): value is RuleFields {
  if (typeof value !== 'object' || value === null) return false
  const known = Object.entries(emptyFields('UTC'))
  const given = new Map(Object.entries(value))
  return (
    given.size === known.length &&
    known.every(([name, one]) => typeof given.get(name) === typeof one) &&
    Array.isArray(given.get('windows'))
  )
}
