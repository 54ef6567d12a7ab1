import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import type { Ref, Selector } from './ast.ts'
import { readerOf, testOfLeaf, type Value } from './compile.ts'
import { domainFields, hostFields } from './fields.ts'

/**
 * A selector answered for all hosts or domains at once, value by value: many rules ask for few fields, and reading them off
 * thousands of large records again for each is what takes the time.
 */

/** The values of one field or label, one for each host or domain in order. */
export type Columns = (ref: Ref) => readonly Value[]

export function hostColumns(hosts: readonly Host[]): Columns {
  return once((ref) => hosts.map(readerOf(ref, hostFields)))
}

/** `hostOf`: the number of each domain's host; -1 when that is not known. */
export function domainColumns(
  domains: readonly Domain[],
  hostOf: ArrayLike<number>,
  ofHosts: Columns,
): Columns {
  return once((ref) => {
    if (ref.scope === 'own') return domains.map(readerOf(ref, domainFields))
    const values = ofHosts(ref)
    return domains.map((_, index) => values[hostOf[index] ?? -1] ?? null)
  })
}

function once(make: Columns): Columns {
  const known = new Map<string, readonly Value[]>()
  return (ref) => {
    const key = `${ref.scope} ${ref.kind === 'label' ? `label ${ref.key}` : ref.name}`
    const made = known.get(key) ?? make(ref)
    known.set(key, made)
    return made
  }
}

/** 1 where the selector holds. */
export function maskOfSelector(selector: Selector, columns: Columns, count: number): Uint8Array {
  const parts = (some: readonly Selector[]) =>
    some.map((part) => maskOfSelector(part, columns, count))
  const all = new Uint8Array(count)
  switch (selector.kind) {
    case 'all':
      return all.fill(1)
    case 'and': {
      const masks = parts(selector.parts)
      return all.map((_, index) => (masks.every((mask) => mask[index] === 1) ? 1 : 0))
    }
    case 'or': {
      const masks = parts(selector.parts)
      return all.map((_, index) => (masks.some((mask) => mask[index] === 1) ? 1 : 0))
    }
    case 'not':
      return maskOfSelector(selector.part, columns, count).map((one) => 1 - one)
    case 'has':
    case 'compare':
    case 'in': {
      const holds = testOfLeaf(selector)
      const values = columns(selector.ref)
      return all.map((_, index) => (holds(values[index] ?? null) ? 1 : 0))
    }
    default:
      return assertNever(selector)
  }
}
