import type { DomainFacts } from '@drover/api-schema/domain.ts'
import type { HostFacts } from '@drover/api-schema/host.ts'
import type { Clock } from './clock.ts'
import type { Hypervisor } from './hypervisor.ts'
import type { UnnumberedFact } from './outbox.ts'
import { domainToWire, type HostIdentity, hostToWire } from './to-wire.ts'

/** What the console has been told of this host, so that only what differs is told again. */
export class Inventory {
  readonly #clock: Clock
  readonly #hypervisor: Hypervisor
  readonly #identity: () => HostIdentity
  #told = new Map<string, { text: string; facts: DomainFacts }>()
  #toldHost = ''
  #changeCount = -1
  #memFreeBytes = -1

  constructor(clock: Clock, hypervisor: Hypervisor, identity: () => HostIdentity) {
    this.#clock = clock
    this.#hypervisor = hypervisor
    this.#identity = identity
  }

  host(): HostFacts {
    return hostToWire(this.#identity(), this.#hypervisor)
  }

  domains(): DomainFacts[] {
    const now = this.#clock.now()
    return this.#hypervisor.domains().map((domain) => {
      const facts = domainToWire(domain, now)
      // A start is one moment: two clocks that drift must not make it a new one at every look.
      const told = this.#told.get(facts.domainId)?.facts
      const isSameStart =
        told !== undefined && told.domid === facts.domid && told.startedAt !== null
      return isSameStart && facts.startedAt !== null
        ? { ...facts, startedAt: told.startedAt }
        : facts
    })
  }

  /** The facts that have changed since the last call; cheap when none have. */
  takeChanges(): UnnumberedFact[] {
    const changeCount = this.#hypervisor.changeCount()
    // Memory held moves without a change of anything else, while a balloon does.
    const memFreeBytes = this.#hypervisor.memFreeBytes()
    if (changeCount === this.#changeCount && memFreeBytes === this.#memFreeBytes) return []
    this.#changeCount = changeCount
    this.#memFreeBytes = memFreeBytes
    const changes: UnnumberedFact[] = []
    const next = new Map<string, { text: string; facts: DomainFacts }>()
    for (const domain of this.domains()) {
      const text = JSON.stringify(domain)
      if (this.#told.get(domain.domainId)?.text !== text)
        changes.push({ type: 'domain-changed', domain })
      next.set(domain.domainId, { text, facts: domain })
    }
    for (const [domainId, { facts }] of this.#told) {
      if (next.has(domainId)) continue
      changes.push({
        type: 'domain-removed',
        domainId: facts.domainId,
        generation: facts.generation,
      })
    }
    this.#told = next
    const host = this.host()
    const hostText = JSON.stringify(host)
    if (hostText !== this.#toldHost) changes.push({ type: 'host-changed', host })
    this.#toldHost = hostText
    return changes
  }
}
