import type { Mask } from '../rules/compiled.ts'
import type { BuiltIn, Problem } from './problem.ts'

/** Masks of units, each made once for all units that the same things hold. */
export function maskMaker(
  problem: Problem,
  active: readonly number[],
  without: ReadonlySet<BuiltIn>,
): (domains: readonly number[]) => { readonly mask: Mask; readonly rules: readonly number[] } {
  const { rules, snapshot, machines, hostCount, isClosed, isImmovable } = problem
  const narrowing = active.filter((rule) => {
    const compiled = rules[rule]
    const isPin = compiled?.form === 'move' && compiled.rule.kind === 'never-move'
    return compiled?.form === 'where' || isPin
  })
  const numbers = new Map<Mask, number>()
  const numberOf = (mask: Mask) => {
    const known = numbers.get(mask) ?? numbers.size
    numbers.set(mask, known)
    return known
  }
  const known = new Map<string, { readonly mask: Mask; readonly rules: readonly number[] }>()
  const holds = (rule: number, domain: number) => {
    const compiled = rules[rule]
    const isOne = compiled?.form === 'where' || compiled?.form === 'move'
    return isOne && compiled.members[domain] === 1
  }
  /** -1: it may move. */
  const pinOf = (domain: number, its: readonly number[]) => {
    const isPinned = its.some((rule) => rules[rule]?.form === 'move')
    const isFixed = isPinned || (!without.has('immovable') && isImmovable[domain] === 1)
    return isFixed ? (snapshot.hostOf[domain] ?? -1) : -1
  }
  const single = (domain: number) => {
    const its = narrowing.filter((rule) => holds(rule, domain))
    const pin = pinOf(domain, its)
    const home = snapshot.hostOf[domain] ?? -1
    const machine = without.has('machines') ? null : (machines[domain] ?? null)
    // Its own host takes it back whatever its state, so only hosts that are closed make home matter.
    const homeKey = isClosed[home] === 1 || machine?.[home] !== 1 ? home : -1
    const key = `${its.join(',')} ${pin} ${homeKey} ${machine === null ? -1 : numberOf(machine)}`
    const made = known.get(key) ?? { mask: maskOf({ its, pin, home, machine }), rules: its }
    known.set(key, made)
    return made
  }
  const maskOf = (one: {
    readonly its: readonly number[]
    readonly pin: number
    readonly home: number
    readonly machine: Mask | null
  }) =>
    new Uint8Array(hostCount).map((_, host) => {
      const isHome = host === one.home
      if (one.pin >= 0 && host !== one.pin) return 0
      if (!isHome && one.machine !== null && one.machine[host] !== 1) return 0
      if (!isHome && !without.has('closed') && isClosed[host] === 1) return 0
      return one.its.every((rule) => {
        const compiled = rules[rule]
        return compiled?.form !== 'where' || compiled.allowed[host] === 1
      })
        ? 1
        : 0
    })
  return (domains) => {
    const [first = -1, ...others] = domains
    const one = single(first)
    if (others.length === 0) return one
    const all = domains.map(single)
    return {
      mask: one.mask.map((_, host) => (all.every(({ mask }) => mask[host] === 1) ? 1 : 0)),
      rules: [...new Set(all.flatMap(({ rules: its }) => its))],
    }
  }
}
