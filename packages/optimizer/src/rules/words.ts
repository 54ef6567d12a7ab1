import type { HardwareNeeds, PolicyRule } from '@drover/api-schema/policy.ts'

/** Pieces of the sentences that rules speak in. */

const maxNamed = 4

/** "web-7", "web-7 and web-8", "web-1, web-2, web-3 and 5 more". */
export function listed(names: readonly string[]): string {
  return listedOf(names, (name) => name)
}

/** The same; only what is named is asked for its name. */
export function listedOf<T>(things: readonly T[], name: (thing: T) => string): string {
  if (things.length > maxNamed) {
    const named = things.slice(0, maxNamed - 1).map(name)
    return `${named.join(', ')} and ${things.length - named.length} more`
  }
  const names = things.map(name)
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}

export function quoted(rule: PolicyRule): string {
  return `rule “${rule.name}”`
}

/** At the head of a sentence. */
export function quotedFirst(rule: PolicyRule): string {
  return `Rule “${rule.name}”`
}

/** The longest that is repeated in a sentence; a selector can be 2,000 characters long. */
const maxSelector = 120

/** A selector as part of a sentence. */
export function condition(selector: string): string {
  return selector.length > maxSelector ? `${selector.slice(0, maxSelector - 1)}…` : selector
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

export function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`
}

/** "10 Gbit/s", as network cards are sold. */
export function linkSpeed(bytesPerSec: number): string {
  const megabits = (bytesPerSec * 8) / 1e6
  return megabits >= 1000
    ? `${Number((megabits / 1000).toFixed(1))} Gbit/s`
    : `${Number(megabits.toFixed(1))} Mbit/s`
}

export const virtualisationName: Record<NonNullable<HardwareNeeds['virtualisation']>, string> = {
  any: 'VT-x or AMD-V',
  'vt-x': 'VT-x',
  'amd-v': 'AMD-V',
}
