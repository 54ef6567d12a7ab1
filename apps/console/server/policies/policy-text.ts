import type { GroupBy, HardwareNeeds, PolicyDraft, TimeWindow } from '@drover/api-schema/policy.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { describeBytes } from '@drover/api-schema/units.ts'

/** What the audit log says about rules, in an administrator's words. */

/** "Required, enabled: app = sql on at most 1 per rack." */
export function describeRule(rule: PolicyDraft): string {
  const strength =
    rule.strength.kind === 'required' ? 'Required' : `Preferred with weight ${rule.strength.weight}`
  const owner = rule.owner === '' ? '' : ` Owner: ${rule.owner}.`
  const why = rule.description === '' ? '' : ` Description: ${rule.description}`
  return `${strength}, ${rule.isEnabled ? 'enabled' : 'disabled'}: ${describeBody(rule)}.${owner}${why}`
}

export function describeChange(before: PolicyDraft, after: PolicyDraft): string {
  const renamed = before.name === after.name ? '' : `Renamed from ${before.name}. `
  return `${renamed}Before: ${describeRule(before)} After: ${describeRule(after)}`
}

function describeBody(rule: PolicyDraft): string {
  switch (rule.kind) {
    case 'run-on':
      return `domains with ${rule.domains} run on hosts with ${rule.hosts}`
    case 'keep-off':
      return `domains with ${rule.domains} stay off hosts with ${rule.hosts}`
    case 'keep-together':
      return `domains with ${rule.domains} stay on one ${rule.level}${describeGroups(rule.groupBy)}`
    case 'keep-apart':
      return `at most ${rule.atMost} of the domains with ${rule.domains} on one ${rule.level}${describeGroups(rule.groupBy)}`
    case 'hardware':
      return `domains with ${rule.domains} need ${describeNeeds(rule.needs)}`
    case 'headroom':
      return `hosts with ${rule.hosts} keep ${Math.round(rule.keep.cpuRatio * 100)} % CPU and ${describeBytes(rule.keep.memBytes)} free`
    case 'reserve':
      return `hosts with ${rule.hosts} are reserved for application ${rule.application}`
    case 'licence':
      return `domains with ${rule.domains} need ${rule.product}, ${rule.count} licences per ${rule.per}`
    case 'never-move':
      return `domains with ${rule.domains} are never moved automatically`
    case 'move-window':
      return `domains with ${rule.domains} move ${rule.windows.map(describeWindow).join(' and ')} (${rule.timeZone}) only`
    default:
      return assertNever(rule)
  }
}

function describeGroups(groupBy: GroupBy | undefined): string {
  if (groupBy === undefined) return ''
  return groupBy.by === 'application' ? ' by application' : ` by label ${groupBy.key}`
}

function describeNeeds(needs: HardwareNeeds): string {
  const { virtualisation, architecture, cpuFeatures, nicAtLeastBytesPerSec } = needs
  return [
    ...(virtualisation === undefined
      ? []
      : [virtualisation === 'any' ? 'VT-x or AMD-V' : virtualisation]),
    ...(architecture === undefined ? [] : [architecture]),
    ...(cpuFeatures ?? []),
    ...(nicAtLeastBytesPerSec === undefined
      ? []
      : [`a NIC of ${describeBytes(nicAtLeastBytesPerSec)} a second`]),
  ].join(', ')
}

function describeWindow({ days, fromMinute, untilMinute }: TimeWindow): string {
  return `${days.join(', ')} ${clock(fromMinute)} to ${clock(untilMinute)}`
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}
