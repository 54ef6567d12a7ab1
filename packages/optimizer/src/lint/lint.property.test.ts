import type { PolicyRule } from '@drover/api-schema/policy.ts'
import type { RuleBody } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileRules } from '../rules/compile-rules.ts'
import { snapshotOf } from '../rules/snapshot.ts'
import { bodies, type Fleet, fleets } from '../testing/arbitrary-fleets.ts'
import { rulesOf } from '../testing/fleets.ts'
import { allPlacements, judgeOfPlacements } from '../testing/placements.ts'
import { proveImpossible } from './bounds.ts'
import { minimalCore } from './core.ts'
import { decide } from './decide.ts'
import { instanceOf } from './instance.ts'
import { problemOf } from './problem.ts'
import { searchAll } from './search-all.ts'

const seed = 20_261_122
const steps = 20_000_000

/** Fleets small enough for every placement to be tried, with little memory and with everything built in. */
const tight = fc
  .record({
    fleet: fleets,
    free: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 5, maxLength: 5 }),
    closed: fc.integer({ min: 0, max: 9 }),
    stuck: fc.integer({ min: 0, max: 12 }),
    hvm: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    noVt: fc.integer({ min: 0, max: 6 }),
    mem: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 8, maxLength: 8 }),
  })
  .map(({ fleet, free, closed, stuck, hvm, noVt, mem }): Fleet => {
    const hosts = fleet.hosts.slice(0, 3).map((host, index) => ({
      ...host,
      memFreeBytes: (free[index] ?? 0) * GIB,
      isInMaintenance: index === closed,
      cpu: { ...host.cpu, virtualisation: index === noVt ? ('none' as const) : ('vt-x' as const) },
    }))
    const ids = new Set(hosts.map(({ hostId }) => hostId))
    const domains = fleet.domains
      .filter(({ hostId }) => ids.has(hostId))
      .slice(0, 5)
      .map((domain, index) => ({
        ...domain,
        kind: hvm[index] === true ? ('hvm' as const) : ('pv' as const),
        isMigratable: index !== stuck,
        memCurrentBytes: (mem[index] ?? 1) * GIB,
        memTargetBytes: (mem[index] ?? 1) * GIB,
      }))
    return { hosts, domains }
  })
const pin = fc.constant<RuleBody>({ kind: 'never-move', domains: 'tier = c' })
const withRules = fc
  .record({
    fleet: tight,
    rules: fc
      .array(fc.oneof({ weight: 9, arbitrary: bodies }, { weight: 1, arbitrary: pin }), {
        minLength: 1,
        maxLength: 5,
      })
      .map((drawn) => rulesOf(...drawn.map(scaled))),
  })
  .filter(({ fleet }) => fleet.domains.length > 0)

/** Headroom as there is in these fleets. */
function scaled(body: RuleBody): RuleBody {
  if (body.kind !== 'headroom') return body
  return { ...body, keep: { cpuRatio: 0, memBytes: body.keep.memBytes - 37 * GIB } }
}

function problemFor(fleet: Fleet, rules: readonly PolicyRule[]) {
  return problemOf(compileRules(rules, snapshotOf(fleet)))
}

function isPossible(fleet: Fleet, rules: readonly PolicyRule[], only: readonly number[]): boolean {
  const judge = judgeOfPlacements(fleet, rules)
  for (const placement of allPlacements(fleet.hosts.length, fleet.domains.length)) {
    if (judge(placement, only) === null) return true
  }
  return false
}

describe('small fleets, every placement of which is tried', () => {
  it('are decided, and rightly', () => {
    const seen = { placement: 0, impossible: 0, undecided: 0 }
    fc.assert(
      fc.property(withRules, ({ fleet, rules }) => {
        const all = [...rules.keys()]
        const decision = decide(problemFor(fleet, rules), all, { steps })
        seen[decision.kind] += 1
        expect(decision.kind).not.toBe('undecided')
        if (decision.kind === 'placement') {
          expect(judgeOfPlacements(fleet, rules)(decision.hostOf)).toBeNull()
        } else {
          expect(isPossible(fleet, rules, all)).toBe(false)
        }
      }),
      { seed, numRuns: 600 },
    )
    expect(seen.placement).toBeGreaterThan(60)
    expect(seen.impossible).toBeGreaterThan(60)
  })

  it('are searched through to the end, and rightly, without any help from counting', () => {
    const seen = { none: 0, found: 0, budget: 0 }
    fc.assert(
      fc.property(withRules, ({ fleet, rules }) => {
        const all = [...rules.keys()]
        const instance = instanceOf(problemFor(fleet, rules), all)
        const { kind } = searchAll(instance, [...instance.units.keys()], { steps })
        seen[kind] += 1
        expect(kind).toBe(isPossible(fleet, rules, all) ? 'found' : 'none')
      }),
      { seed, numRuns: 1000 },
    )
    expect(Math.min(seen.none, seen.found)).toBeGreaterThan(100)
  })

  it('are proved impossible by counting only when they are', () => {
    let proofs = 0
    fc.assert(
      fc.property(withRules, ({ fleet, rules }) => {
        const proof = proveImpossible(instanceOf(problemFor(fleet, rules), [...rules.keys()]))
        if (proof === null) return
        proofs += 1
        // The rules it names are enough.
        expect(isPossible(fleet, rules, proof.rules)).toBe(false)
      }),
      { seed, numRuns: 600 },
    )
    expect(proofs).toBeGreaterThan(60)
  })

  it('have cores that cannot hold, and no part of which cannot', () => {
    let cores = 0
    fc.assert(
      fc.property(withRules, ({ fleet, rules }) => {
        const problem = problemFor(fleet, rules)
        const decision = decide(problem, [...rules.keys()], { steps })
        if (decision.kind !== 'impossible') return
        cores += 1
        const core = minimalCore(problem, decision, { steps })
        expect(core.isMinimal).toBe(true)
        expect(isPossible(fleet, rules, core.rules)).toBe(false)
        for (const rule of core.rules) {
          const rest = core.rules.filter((one) => one !== rule)
          expect({ rest, isPossible: isPossible(fleet, rules, rest) }).toEqual({
            rest,
            isPossible: true,
          })
        }
      }),
      { seed, numRuns: 400 },
    )
    expect(cores).toBeGreaterThan(40)
  })

  it('have the same answer every time', () => {
    fc.assert(
      fc.property(withRules, ({ fleet, rules }) => {
        const ask = () => decide(problemFor(fleet, rules), [...rules.keys()], { steps })
        expect(ask()).toEqual(ask())
      }),
      { seed, numRuns: 100 },
    )
  })
})

describe('fleets with a placement in which all rules hold', () => {
  it('are never called impossible, from wherever the domains start', () => {
    let placements = 0
    const cases = fc
      .record({
        fleet: fleets,
        rules: fc.array(bodies, { minLength: 1, maxLength: 6 }),
        shuffle: fc.array(fc.nat(4), { minLength: 8, maxLength: 8 }),
      })
      .map(({ fleet, rules, shuffle }) => {
        // What holds as it is is planted; then everybody is put elsewhere.
        const planted = [...fleet.domains.keys()].map((index) =>
          fleet.hosts.findIndex(({ hostId }) => hostId === fleet.domains[index]?.hostId),
        )
        const judge = judgeOfPlacements(fleet, rulesOf(...rules))
        const holding = rules.filter((_, index) => judge(planted, [index]) === null)
        const domains = fleet.domains.map((domain, index) => ({
          ...domain,
          hostId: fleet.hosts[(shuffle[index] ?? 0) % fleet.hosts.length]?.hostId ?? domain.hostId,
        }))
        const hosts = fleet.hosts.map((host) => {
          const on = (some: typeof fleet.domains) =>
            some.filter(({ hostId }) => hostId === host.hostId).length
          const memFreeBytes = host.memFreeBytes + (on(fleet.domains) - on(domains)) * GIB
          return { ...host, memFreeBytes }
        })
        return { fleet: { hosts, domains }, rules: rulesOf(...holding) }
      })
    fc.assert(
      fc.property(cases, ({ fleet, rules }) => {
        const decision = decide(problemFor(fleet, rules), [...rules.keys()], { steps })
        expect(decision.kind).not.toBe('impossible')
        if (decision.kind !== 'placement') return
        placements += 1
        expect(judgeOfPlacements(fleet, rules)(decision.hostOf)).toBeNull()
      }),
      { seed, numRuns: 1500 },
    )
    expect(placements).toBeGreaterThan(1450)
  })
})
