import type { AgentFact } from '@drover/api-schema/agent-protocol.ts'
import { domainId, someDomainFacts, someHostFacts } from '@drover/api-schema/testing/builders.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Outbox, type UnnumberedFact } from './outbox.ts'

const empty = () => ({ host: someHostFacts(), domains: [], migrations: [] })

function changed(number: number, name: string): UnnumberedFact {
  return { type: 'domain-changed', domain: someDomainFacts({ domainId: domainId(number), name }) }
}

function answer(number: number): UnnumberedFact {
  return { type: 'command-answered', commandId: `c${number}` as never, result: { kind: 'done' } }
}

function flushed(outbox: Outbox): AgentFact[] {
  const sent: AgentFact[] = []
  outbox.flush((fact) => sent.push(fact))
  return sent
}

describe('the outbox', () => {
  it('begins with the whole inventory as fact 1', () => {
    expect(flushed(new Outbox(empty))).toMatchObject([{ type: 'inventory-reported', seq: 1 }])
  })

  it('lets a newer picture replace an unsent older one without a hole in the numbers', () => {
    const outbox = new Outbox(empty)
    flushed(outbox)
    outbox.put(changed(1, 'old'))
    outbox.put(changed(2, 'other'))
    outbox.put(changed(1, 'new'))
    expect(flushed(outbox)).toMatchObject([
      { seq: 2, domain: { name: 'other' } },
      { seq: 3, domain: { name: 'new' } },
    ])
  })

  it('never replaces what was sent', () => {
    const outbox = new Outbox(empty)
    flushed(outbox)
    outbox.put(changed(1, 'old'))
    flushed(outbox)
    outbox.put(changed(1, 'new'))
    outbox.resume(1)
    expect(flushed(outbox)).toMatchObject([
      { seq: 2, domain: { name: 'old' } },
      { seq: 3, domain: { name: 'new' } },
    ])
  })

  it('collapses to one inventory when it outgrows its bound, and keeps answers', () => {
    const outbox = new Outbox(empty, 10)
    flushed(outbox)
    for (let number = 0; number < 8; number += 1) outbox.put(changed(number, `d${number}`))
    outbox.put(answer(1))
    for (let number = 8; number < 12; number += 1) outbox.put(changed(number, `d${number}`))
    const sent = flushed(outbox)
    expect(sent[0]).toMatchObject({ type: 'inventory-reported', seq: 2 })
    expect(sent.filter(({ type }) => type === 'command-answered')).toHaveLength(1)
    expect(sent.length).toBeLessThan(6)
  })

  it('starts over with an inventory when the console asks for it, and answers again', () => {
    const outbox = new Outbox(empty)
    flushed(outbox)
    outbox.put(changed(1, 'a'))
    outbox.put(answer(1))
    flushed(outbox)
    outbox.resume(null)
    expect(flushed(outbox)).toMatchObject([
      { type: 'inventory-reported', seq: 4 },
      { type: 'command-answered', seq: 5 },
    ])
  })

  it('starts over when the console claims to know facts that were never sent', () => {
    const outbox = new Outbox(empty)
    flushed(outbox)
    outbox.resume(99)
    expect(flushed(outbox)).toMatchObject([{ type: 'inventory-reported' }])
  })

  it('has at most 1024 facts on the wire and goes on when they are acknowledged', () => {
    const outbox = new Outbox(empty, 5000)
    for (let number = 0; number < 2000; number += 1) outbox.put(answer(number))
    expect(flushed(outbox)).toHaveLength(1024)
    expect(flushed(outbox)).toHaveLength(0)
    outbox.acknowledge(1000)
    expect(flushed(outbox)).toHaveLength(977)
  })

  it('delivers each answer at least once and in order over any sequence of losses and reconnects', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant('put' as const) },
      { weight: 3, arbitrary: fc.constant('flush' as const) },
      { weight: 2, arbitrary: fc.constant('acknowledge' as const) },
      { weight: 2, arbitrary: fc.constant('reconnect' as const) },
      { weight: 1, arbitrary: fc.constant('console-forgets' as const) },
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(100)), { maxLength: 120 }), (steps) => {
        const outbox = new Outbox(empty, 20)
        let wire: AgentFact[] = []
        const received: AgentFact[] = []
        let lastSeq: number | null = null
        let putCount = 0
        const receive = (count: number) => {
          for (const fact of wire.splice(0, count)) {
            if (lastSeq !== null && fact.seq <= lastSeq) continue
            // What the gateway demands: no hole, except before an inventory.
            expect(
              lastSeq === null || fact.seq === lastSeq + 1 || fact.type === 'inventory-reported',
            ).toBe(true)
            lastSeq = fact.seq
            received.push(fact)
          }
        }
        const reconnect = () => {
          wire = []
          outbox.resume(lastSeq)
          outbox.flush((fact) => wire.push(fact))
        }
        for (const [kind, amount] of steps) {
          if (kind === 'put') {
            putCount += 1
            outbox.put(answer(putCount))
            outbox.put(changed(amount % 5, `d${putCount}`))
          } else if (kind === 'flush') outbox.flush((fact) => wire.push(fact))
          else if (kind === 'acknowledge') {
            receive(amount)
            if (lastSeq !== null) outbox.acknowledge(lastSeq)
          } else {
            receive(amount % 7)
            if (kind === 'console-forgets') lastSeq = null
            reconnect()
          }
        }
        reconnect()
        receive(Number.POSITIVE_INFINITY)
        const answers = received.flatMap((fact) =>
          fact.type === 'command-answered' ? [String(fact.commandId)] : [],
        )
        const firsts = [...new Set(answers)]
        expect(firsts).toEqual(Array.from({ length: putCount }, (_, index) => `c${index + 1}`))
      }),
      { numRuns: 500 },
    )
  })
})
