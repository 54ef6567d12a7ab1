import type { MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import { type AgentFact, agentLimits } from '@drover/api-schema/agent-protocol.ts'
import type { DomainFacts } from '@drover/api-schema/domain.ts'
import type { HostFacts } from '@drover/api-schema/host.ts'
import { fitInventory } from './inventory-size.ts'

// Distributes over the union, which plain Omit does not.
type WithoutSeq<T> = T extends unknown ? Omit<T, 'seq'> : never
export type UnnumberedFact = WithoutSeq<Exclude<AgentFact, { type: 'inventory-reported' }>>
export type Inventory = { host: HostFacts; domains: DomainFacts[]; migrations: MigrationReport[] }

/** `whole` stands for an inventory that is taken at the moment it is sent. */
type Waiting = UnnumberedFact | { readonly type: 'whole' }

/**
 * Facts on their way up: numbered when first sent, kept until acknowledged, sent again in order after a reconnect.
 *
 *     waiting (no number, compactable) ──send──► sent (numbered, kept) ──acknowledged──► gone
 *
 * Numbers are given at the first sending and not before, so that a newer `domain-changed` can replace an unsent older one
 * without leaving a hole in the sequence. When more waits than the bound, all of it is replaced by one whole inventory;
 * answers to commands are kept, because no inventory contains them.
 */
export class Outbox {
  readonly #takeInventory: () => Inventory
  readonly #maxWaiting: number
  #waiting: Waiting[] = [{ type: 'whole' }]
  #sent: AgentFact[] = []
  /** How many of `#sent` are on the wire of the present session. */
  #sentInSession = 0
  #lastSeq = 0
  #acknowledgedSeq = 0

  constructor(takeInventory: () => Inventory, maxWaiting = 2048) {
    this.#takeInventory = takeInventory
    this.#maxWaiting = maxWaiting
  }

  get acknowledgedSeq(): number {
    return this.#acknowledgedSeq
  }

  /** Facts on the wire of this session that the console has not acknowledged. */
  get unacknowledged(): number {
    return this.#sentInSession
  }

  get size(): number {
    return this.#waiting.length + this.#sent.length
  }

  put(fact: UnnumberedFact): void {
    const replaced = this.#waiting.findIndex((older) => supersedes(fact, older))
    if (replaced !== -1) this.#waiting.splice(replaced, 1)
    this.#waiting.push(fact)
    if (this.#waiting.length > this.#maxWaiting) this.#collapse()
  }

  /** A new session begins: `afterSeq` from the welcome, null when the console wants the whole picture. */
  resume(afterSeq: number | null): void {
    this.#sentInSession = 0
    if (afterSeq !== null && afterSeq <= this.#lastSeq && afterSeq >= this.#acknowledgedSeq) {
      this.acknowledge(afterSeq)
      return
    }
    const answers = this.#sent.filter((fact) => fact.type === 'command-answered')
    this.#acknowledgedSeq = this.#lastSeq
    this.#sent = []
    this.#waiting = [...answers.map(({ seq: _, ...answer }) => answer), ...this.#waiting]
    this.#collapse()
  }

  acknowledge(seq: number): void {
    if (seq > this.#lastSeq) return
    const kept = this.#sent.findIndex((fact) => fact.seq > seq)
    const done = kept === -1 ? this.#sent.length : kept
    this.#sent.splice(0, done)
    this.#sentInSession = Math.max(0, this.#sentInSession - done)
    this.#acknowledgedSeq = Math.max(this.#acknowledgedSeq, seq)
  }

  /** Hands what may be sent now to `send`, oldest first. */
  flush(send: (fact: AgentFact) => void): void {
    for (; this.#sentInSession < this.#sent.length; this.#sentInSession += 1) {
      const fact = this.#sent[this.#sentInSession]
      if (fact !== undefined) send(fact)
    }
    while (this.#waiting.length > 0 && this.#sent.length < agentLimits.maxUnacknowledged) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#lastSeq += 1
      const seq = this.#lastSeq
      const fact: AgentFact =
        next.type === 'whole'
          ? { type: 'inventory-reported', seq, ...fitInventory(this.#takeInventory()) }
          : { ...next, seq }
      this.#sent.push(fact)
      this.#sentInSession += 1
      send(fact)
    }
  }

  #collapse(): void {
    const answers = this.#waiting.filter((fact) => fact.type === 'command-answered')
    this.#waiting = [{ type: 'whole' }, ...answers]
  }
}

/** The newest picture of a thing is all the console needs, as long as the older one has not been sent. */
function supersedes(newer: UnnumberedFact, older: Waiting): boolean {
  switch (newer.type) {
    case 'domain-changed':
      return older.type === 'domain-changed' && older.domain.domainId === newer.domain.domainId
    case 'host-changed':
      return older.type === 'host-changed'
    case 'domain-removed':
    case 'migration-reported':
    case 'command-answered':
      return false
  }
}
