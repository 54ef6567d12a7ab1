import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { Violation } from '@drover/api-schema/policy.ts'

/** What rules say against where a domain runs, or how full a host is. */
export type Broken = {
  /** One of them is required. */
  readonly isRequired: boolean
  readonly sentences: readonly string[]
}

/**
 * By what is marked on the board. A host is marked for what is its own, such as room it does not keep: what its domains break is
 * marked on them, and not twice.
 */
export type BrokenRules = {
  readonly domains: ReadonlyMap<DomainId, Broken>
  readonly hosts: ReadonlyMap<HostId, Broken>
}

export const nothingBroken: BrokenRules = { domains: new Map(), hosts: new Map() }

export function brokenRules(violations: readonly Violation[]): BrokenRules {
  if (violations.length === 0) return nothingBroken
  const domains = new Map<DomainId, Broken>()
  const hosts = new Map<HostId, Broken>()
  for (const violation of violations) {
    for (const domainId of violation.domainIds) add(domains, domainId, violation)
    if (violation.domainIds.length > 0) continue
    for (const hostId of violation.hostIds) add(hosts, hostId, violation)
  }
  return { domains, hosts }
}

function add<Id>(broken: Map<Id, Broken>, id: Id, { strength, sentence }: Violation): void {
  const before = broken.get(id)
  broken.set(id, {
    isRequired: before?.isRequired === true || strength.kind === 'required',
    sentences: [...(before?.sentences ?? []), sentence],
  })
}
