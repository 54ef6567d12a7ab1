import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { labelsText } from '../../lib/text/labels.ts'

/** What is labelled: some hosts or some domains, never both. */
export type Things =
  | { readonly kind: 'domains'; readonly domains: readonly Domain[] }
  | { readonly kind: 'hosts'; readonly hosts: readonly Host[] }

/** The one by its name, several by their number. */
export function nameOfThings(things: Things): string {
  const all = things.kind === 'domains' ? things.domains : things.hosts
  const [first] = all
  return all.length === 1 && first !== undefined ? first.name : countOfThings(things, all.length)
}

export function countOfThings({ kind }: Things, count: number): string {
  return kind === 'domains' ? labelsText.domains(count) : labelsText.hosts(count)
}

export function idsOfThings(things: Things) {
  return things.kind === 'domains'
    ? { hostIds: [], domainIds: things.domains.map(({ domainId }) => domainId) }
    : { hostIds: things.hosts.map(({ hostId }) => hostId), domainIds: [] }
}

/** Their labels' sides, for suggestions. */
export function labelledOf(things: Things) {
  return things.kind === 'domains' ? things.domains : things.hosts
}
