import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextSteps, type StepProgress } from './next-steps.ts'
import { type OrderedStep, type OrderMove, orderMoves } from './order.ts'

const hosts = ['h0', 'h1', 'h2', 'h3', 'h4'].map((name) => name as HostId) // any text will do
const anyHost = fc.constantFrom(...hosts)

/** Domains somewhere and where they shall go, hosts just large enough for both placements and a little more. */
const cases = fc
  .record({
    domains: fc.array(
      fc.record({ from: anyHost, to: anyHost, memBytes: fc.integer({ min: 1, max: 6 }) }),
      { minLength: 1, maxLength: 7 },
    ),
    spare: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 5, maxLength: 5 }),
  })
  .map(({ domains, spare }) => {
    const moves = domains.map(
      ({ from, to, memBytes }, index): OrderMove => ({
        domainId: `d${index}` as DomainId, // any text will do
        fromHostId: from,
        toHostId: to,
        memBytes,
      }),
    )
    const sum = (hostId: HostId, end: 'fromHostId' | 'toHostId') =>
      moves.reduce((all, one) => all + (one[end] === hostId ? one.memBytes : 0), 0)
    const freeBytes = new Map(
      hosts.map((hostId, index) => {
        const before = sum(hostId, 'fromHostId')
        const size = Math.max(before, sum(hostId, 'toHostId')) + (spare[index] ?? 0)
        return [hostId, size - before]
      }),
    )
    return { moves, freeBytes }
  })

/** Plays an order step by step, checking each by itself; shares no code with the search. */
function replay(moves: readonly OrderMove[], free: Map<HostId, number>, steps: OrderedStep[]) {
  const at = new Map(moves.map((one) => [one.domainId, one.fromHostId]))
  for (const { domainId, fromHostId, toHostId, memBytes } of steps) {
    expect(at.get(domainId)).toBe(fromHostId)
    expect(free.get(toHostId)).toBeGreaterThanOrEqual(memBytes)
    free.set(toHostId, (free.get(toHostId) ?? 0) - memBytes)
    free.set(fromHostId, (free.get(fromHostId) ?? 0) + memBytes)
    at.set(domainId, toHostId)
  }
  for (const { domainId, toHostId } of moves) expect(at.get(domainId)).toBe(toHostId)
}

/** Every order of the moves, tried one after another. */
function existsByBruteForce(moves: readonly OrderMove[], free: Map<HostId, number>): boolean {
  const left = moves.filter(({ fromHostId, toHostId }) => fromHostId !== toHostId)
  if (left.length === 0) return true
  return left.some((one) => {
    if ((free.get(one.toHostId) ?? 0) < one.memBytes) return false
    const next = new Map(free)
    next.set(one.toHostId, (next.get(one.toHostId) ?? 0) - one.memBytes)
    next.set(one.fromHostId, (next.get(one.fromHostId) ?? 0) + one.memBytes)
    return existsByBruteForce(
      left.filter((other) => other !== one),
      next,
    )
  })
}

describe('any set of moves', () => {
  it('gets an order that holds, or none exists', () => {
    fc.assert(
      fc.property(cases, ({ moves, freeBytes }) => {
        const ordered = orderMoves({ moves, freeBytes, refusals: () => [] })
        expect(ordered.kind).not.toBe('undecided')
        expect(ordered.kind === 'ordered').toBe(existsByBruteForce(moves, new Map(freeBytes)))
        if (ordered.kind === 'ordered') replay(moves, new Map(freeBytes), [...ordered.steps])
      }),
      { seed: 40_101, numRuns: 500 },
    )
  })

  it('arrives with detours too, and uses none where there is a way without', () => {
    fc.assert(
      fc.property(cases, ({ moves, freeBytes }) => {
        const ordered = orderMoves({ moves, freeBytes, refusals: () => [], detours: hosts })
        if (ordered.kind !== 'ordered') return
        replay(moves, new Map(freeBytes), [...ordered.steps])
        const hasDetour = ordered.steps.some(({ isDetour }) => isDetour)
        expect(hasDetour).toBe(!existsByBruteForce(moves, new Map(freeBytes)))
      }),
      { seed: 40_102, numRuns: 300 },
    )
  })

  it('arrives when steps run beside each other, in whatever order they end', () => {
    fc.assert(
      fc.property(cases, fc.infiniteStream(fc.nat(1000)), ({ moves, freeBytes }, dice) => {
        const ordered = orderMoves({ moves, freeBytes, refusals: () => [], detours: hosts })
        if (ordered.kind !== 'ordered') return
        const { steps } = ordered
        const free = new Map(freeBytes)
        const progress: StepProgress[] = steps.map(() => 'waiting')
        while (progress.some((state) => state !== 'done')) {
          const ready = nextSteps(steps, progress, {
            freeBytes: (hostId) => free.get(hostId) ?? 0,
            mayCome: () => true,
          })
          for (const index of ready) begin(index)
          const running = [...progress.keys()].filter((index) => progress[index] === 'running')
          expect(running.length).toBeGreaterThan(0)
          end(running[(dice.next().value ?? 0) % running.length] ?? 0)
        }
        function begin(index: number): void {
          const { toHostId, memBytes } = steps[index] as OrderedStep // an index of the list
          free.set(toHostId, (free.get(toHostId) ?? 0) - memBytes)
          expect(free.get(toHostId)).toBeGreaterThanOrEqual(0)
          progress[index] = 'running'
        }
        function end(index: number): void {
          const { fromHostId, memBytes } = steps[index] as OrderedStep // an index of the list
          free.set(fromHostId, (free.get(fromHostId) ?? 0) + memBytes)
          progress[index] = 'done'
        }
      }),
      { seed: 40_103, numRuns: 500 },
    )
  })
})
