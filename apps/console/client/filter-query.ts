import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { labelsOf } from '@drover/api-schema/labels.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import type { Ref, Selector } from '@drover/optimizer/selector/ast.ts'
import {
  compileDomainSelector,
  compileHostSelector,
  type DomainMatcher,
  type HostMatcher,
} from '@drover/optimizer/selector/compile.ts'
import { parseSelector } from '@drover/optimizer/selector/parse.ts'

/** What a search field says: a selector when it can be read as one, else words that are looked for as they are. */
export type FilterQuery =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'domains'; readonly matches: DomainMatcher }
  | { readonly kind: 'hosts'; readonly matches: HostMatcher }

/** Signs that no name has: whoever writes one means a selector, and wants to know what is wrong with it. */
export function looksLikeSelector(text: string): boolean {
  return /[=<>~()"]|^\s*(not\s+)?has\s|\s(in|and|or)\s/i.test(text)
}

export function readDomainQuery(text: string): FilterQuery {
  const parsed = parseSelector(text, 'domain')
  return parsed.ok
    ? { kind: 'domains', matches: compileDomainSelector(parsed.value) }
    : { kind: 'words', words: wordsOf(text) }
}

export function readHostQuery(text: string): FilterQuery {
  const parsed = parseSelector(text, 'host')
  return parsed.ok
    ? { kind: 'hosts', matches: compileHostSelector(parsed.value) }
    : { kind: 'words', words: wordsOf(text) }
}

/**
 * For the board, which has both: of domains, unless it speaks of a label that hosts have and no domain has. `rack = r1` is
 * what everybody writes first.
 */
export function readBoardQuery(
  text: string,
  { hosts, domains }: { readonly hosts: readonly Host[]; readonly domains: readonly Domain[] },
): FilterQuery {
  const parsed = parseSelector(text, 'domain')
  if (!parsed.ok) return readHostQuery(text)
  const keys = refsOf(parsed.value).flatMap((ref) =>
    ref.kind === 'label' && ref.scope === 'own' ? [ref.key] : [],
  )
  const isHosts = keys.some(
    (key) => !domains.some((domain) => has(domain, key)) && hosts.some((host) => has(host, key)),
  )
  if (isHosts) {
    const ofHosts = readHostQuery(text)
    if (ofHosts.kind === 'hosts') return ofHosts
  }
  return { kind: 'domains', matches: compileDomainSelector(parsed.value) }
}

function has(thing: Host | Domain, key: string): boolean {
  return Object.hasOwn(labelsOf(thing), key)
}

function refsOf(selector: Selector): readonly Ref[] {
  switch (selector.kind) {
    case 'all':
      return []
    case 'and':
    case 'or':
      return selector.parts.flatMap(refsOf)
    case 'not':
      return refsOf(selector.part)
    case 'has':
    case 'compare':
    case 'in':
      return [selector.ref]
    default:
      return assertNever(selector)
  }
}

/** Lower-case words; every one of them must occur. */
export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
}
