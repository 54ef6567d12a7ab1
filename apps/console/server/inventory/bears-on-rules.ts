import type { Change } from '@drover/api-schema/live-protocol.ts'

const kinds: ReadonlySet<Change['kind']> = new Set([
  'host-upserted',
  'host-removed',
  'domain-upserted',
  'domain-removed',
  'policies-changed',
])

/** Whether rules lie otherwise on the fleet after a change of that kind. */
export function bearsOnRules(kind: Change['kind']): boolean {
  return kinds.has(kind)
}
