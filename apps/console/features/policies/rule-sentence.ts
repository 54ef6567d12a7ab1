import type {
  GroupBy,
  HardwareNeeds,
  PolicyDraft,
  PolicyRule,
  TimeWindow,
} from '@drover/api-schema/policy.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { weekdays } from '@drover/api-schema/week-time.ts'
import { formatBitRate, formatSize } from '../../lib/format.ts'
import { architectureText } from '../../lib/text/common.ts'
import { levelText, licenceUnitText, weekdayText } from '../../lib/text/policies.ts'

/** What a rule says, in one sentence for people who have not written it. */
export function ruleSentence(rule: PolicyRule | PolicyDraft): string {
  const must = rule.strength.kind === 'required' ? 'must' : 'should'
  switch (rule.kind) {
    case 'run-on':
      return `${domainsLike(rule.domains)} ${must} run on ${hostsLike(rule.hosts)}.`
    case 'keep-off':
      return `${domainsLike(rule.domains)} ${must} not run on ${hostsLike(rule.hosts)}.`
    case 'keep-together':
      return `${domainsLike(rule.domains)} ${must} run on one ${levelText[rule.level].one}${perGroup(rule.groupBy)}.`
    case 'keep-apart':
      return rule.atMost === 1
        ? `${domainsLike(rule.domains)} ${must} run on different ${levelText[rule.level].many}${perGroup(rule.groupBy)}.`
        : `Of ${uncapitalised(domainsLike(rule.domains))} at most ${rule.atMost} ${must} run on one ${levelText[rule.level].one}${perGroup(rule.groupBy)}.`
    case 'hardware':
      return `${domainsLike(rule.domains)} ${must} run where there is ${needsInWords(rule.needs)}.`
    case 'headroom':
      return `${capitalised(hostsLike(rule.hosts))} ${must} keep ${keptInWords(rule.keep)} free.`
    case 'reserve':
      return `Only ${rule.application} ${must === 'must' ? 'may' : 'should'} run on ${hostsLike(rule.hosts)}.`
    case 'licence':
      return `${rule.product} on ${uncapitalised(domainsLike(rule.domains))} ${must} take at most ${rule.count} ${rule.count === 1 ? 'licence' : 'licences'}, one per ${licenceUnitText[rule.per]}.`
    case 'never-move':
      return `${domainsLike(rule.domains)} ${must} not be moved automatically.`
    case 'move-window':
      return `${domainsLike(rule.domains)} ${must} be moved automatically only ${rule.windows.map(windowInWords).join(', ')} (${rule.timeZone}).`
    default:
      return assertNever(rule)
  }
}

function isAll(selector: string): boolean {
  return selector.trim().toLowerCase() === 'all'
}
function domainsLike(selector: string): string {
  return isAll(selector) ? 'All domains' : `Domains ${selected(selector)}`
}
function hostsLike(selector: string): string {
  return isAll(selector) ? 'all hosts' : `hosts ${selected(selector)}`
}
/** "with tier = db"; `has app` alone reads better as "that have app". */
function selected(selector: string): string {
  const [, key] = /^has\s+(\S+)$/i.exec(selector.trim()) ?? []
  return key === undefined ? `with ${selector.trim()}` : `that have ${key}`
}
function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
function uncapitalised(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}

function perGroup(groupBy: GroupBy | undefined): string {
  if (groupBy === undefined) return ''
  switch (groupBy.by) {
    case 'application':
      return ', for each application'
    case 'label':
      return `, for each value of ${groupBy.key}`
    default:
      return assertNever(groupBy)
  }
}

const virtualisationWords: Record<NonNullable<HardwareNeeds['virtualisation']>, string> = {
  any: 'hardware virtualisation',
  'vt-x': 'VT-x',
  'amd-v': 'AMD-V',
}

function needsInWords(needs: HardwareNeeds): string {
  const { virtualisation, architecture, cpuFeatures, nicAtLeastBytesPerSec } = needs
  const words = [
    virtualisation === undefined ? null : virtualisationWords[virtualisation],
    architecture === undefined ? null : `a ${architectureText[architecture]} CPU`,
    cpuFeatures === undefined ? null : `a CPU with ${cpuFeatures.join(', ')}`,
    nicAtLeastBytesPerSec === undefined
      ? null
      : `a network card of ${formatBitRate(nicAtLeastBytesPerSec).replace(/\.0(?=\D)/, '')} or more`,
  ]
  return words.filter((word) => word !== null).join(' and ')
}

function keptInWords({ cpuRatio, memBytes }: { cpuRatio: number; memBytes: number }): string {
  const words = [
    cpuRatio > 0 ? `${Math.round(cpuRatio * 100)}\u00a0% of their CPU` : null,
    memBytes > 0 ? `${formatSize(memBytes)} of memory` : null,
  ]
  return words.filter((word) => word !== null).join(' and ')
}

/** "Mon–Fri 22:00–06:00": days in a row as a range. */
export function windowInWords({ days, fromMinute, untilMinute }: TimeWindow): string {
  return `${daysInWords(days)} ${clockOf(fromMinute)}–${clockOf(untilMinute)}`
}

function daysInWords(days: TimeWindow['days']): string {
  const inOrder = weekdays.filter((day) => days.includes(day))
  const runs: (typeof inOrder)[] = []
  for (const day of inOrder) {
    const run = runs.at(-1)
    const before = run?.at(-1)
    if (run !== undefined && before !== undefined && isNext(before, day)) run.push(day)
    else runs.push([day])
  }
  return runs
    .map((run) => {
      const names = run.map((day) => weekdayText[day].short)
      return names.length > 2 ? `${names[0]}–${names.at(-1)}` : names.join(', ')
    })
    .join(', ')
}

function isNext(before: TimeWindow['days'][number], day: TimeWindow['days'][number]): boolean {
  return weekdays.indexOf(day) === weekdays.indexOf(before) + 1
}

/** Minute of the day as a clock shows it; 1440 is 24:00. */
export function clockOf(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}
