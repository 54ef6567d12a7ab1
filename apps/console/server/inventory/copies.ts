import { type DomainFacts, isExecuting } from '@drover/api-schema/domain.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { LosingCopy } from './double-runs.ts'

type Copy = { readonly hostId: HostId; readonly facts: DomainFacts }

/**
 * What every host says about the domains on it. During a migration two hosts may name the same one; the copy with the
 * highest ownership generation is the domain. Of equals the one that was first stays: nothing moves without a reason.
 */
export function createCopies() {
  const byDomain = new Map<DomainId, Copy[]>()
  const byHost = new Map<HostId, Set<DomainId>>()
  /** Those that more than one host names: a handful. */
  const doubled = new Set<DomainId>()

  const remove = (hostId: HostId, domainId: DomainId): void => {
    byHost.get(hostId)?.delete(domainId)
    const left = (byDomain.get(domainId) ?? []).filter((copy) => copy.hostId !== hostId)
    if (left.length < 2) doubled.delete(domainId)
    if (left.length === 0) byDomain.delete(domainId)
    else byDomain.set(domainId, left)
  }

  const ownerOf = (domainId: DomainId): Copy | null => {
    let owner: Copy | null = null
    for (const copy of byDomain.get(domainId) ?? []) {
      if (owner === null || copy.facts.generation > owner.facts.generation) owner = copy
    }
    return owner
  }

  return {
    on: (hostId: HostId): ReadonlySet<DomainId> => byHost.get(hostId) ?? new Set(),

    get(hostId: HostId, domainId: DomainId): DomainFacts | null {
      return byDomain.get(domainId)?.find((copy) => copy.hostId === hostId)?.facts ?? null
    },

    put(hostId: HostId, facts: DomainFacts): void {
      const copies = byDomain.get(facts.domainId) ?? []
      const index = copies.findIndex((copy) => copy.hostId === hostId)
      const copy = { hostId, facts }
      byDomain.set(facts.domainId, index === -1 ? [...copies, copy] : copies.with(index, copy))
      if (index === -1 && copies.length > 0) doubled.add(facts.domainId)
      const onHost = byHost.get(hostId) ?? new Set()
      byHost.set(hostId, onHost.add(facts.domainId))
    },

    remove,

    /** Returns the domains that had a copy there. */
    removeHost(hostId: HostId): DomainId[] {
      const gone = [...(byHost.get(hostId) ?? [])]
      for (const domainId of gone) remove(hostId, domainId)
      byHost.delete(hostId)
      return gone
    },

    ownerOf,

    /** Copies that execute and are not the domain. */
    losing(): LosingCopy[] {
      return [...doubled].flatMap((domainId) => {
        const owner = ownerOf(domainId)
        if (owner === null) return []
        return (byDomain.get(domainId) ?? [])
          .filter((copy) => copy !== owner && isExecuting(copy.facts.state))
          .map(({ hostId, facts }) => ({
            domainId,
            name: facts.name,
            hostId,
            generation: facts.generation,
            ownerId: owner.hostId,
            ownerGeneration: owner.facts.generation,
          }))
      })
    },
  }
}
