import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { labelsOf } from '@drover/api-schema/labels.ts'
import type { Ref, SelectorSubject } from './ast.ts'
import { domainFields, type Field, hostFields } from './fields.ts'

/** What hosts and domains are like now: what a selector can be completed with, and what it may have misspelt. */
export type Vocabulary = Readonly<Record<SelectorSubject, Words>>

type Words = {
  /** Values of every text field, the most frequent first. */
  readonly fields: ReadonlyMap<string, readonly string[]>
  /** Values of every label, by key. */
  readonly labels: ReadonlyMap<string, readonly string[]>
}

/** Values that a field can have whether or not anything has them now. */
const closedValues: Record<SelectorSubject, Readonly<Record<string, readonly string[]>>> = {
  domain: {
    type: ['pv', 'hvm', 'pvh'],
    os: ['linux', 'windows', 'bsd', 'solaris', 'other'],
    architecture: ['x86_32', 'x86_32-pae', 'x86_64'],
    state: ['running', 'paused', 'shutting-down', 'shut-off', 'crashed'],
  },
  host: {
    architecture: ['x86_32', 'x86_32-pae', 'x86_64'],
    virtualisation: ['vt-x', 'amd-v', 'none'],
    connection: ['online', 'stale', 'lost'],
  },
}

export function vocabularyOf(hosts: readonly Host[], domains: readonly Domain[]): Vocabulary {
  return {
    host: wordsOf(hosts, hostFields, closedValues.host),
    domain: wordsOf(domains, domainFields, closedValues.domain),
  }
}

function wordsOf<T extends Host | Domain>(
  things: readonly T[],
  fields: Readonly<Record<string, Field<T>>>,
  closed: Readonly<Record<string, readonly string[]>>,
): Words {
  const labels = new Map<string, Map<string, number>>()
  for (const thing of things) {
    for (const [key, value] of Object.entries(labelsOf(thing))) count(at(labels, key), value)
  }
  const values = new Map<string, readonly string[]>()
  for (const [name, field] of Object.entries(fields)) {
    if (field.type === 'number' || field.type === 'boolean') continue
    const counts = new Map<string, number>()
    for (const thing of things) {
      const value = field.of(thing)
      for (const one of typeof value === 'string' ? [value] : (value ?? [])) count(counts, one)
    }
    const known = closed[name] ?? []
    values.set(name, [...new Set([...byFrequency(counts), ...known])])
  }
  const keys = [...labels].sort(([a], [b]) => (a < b ? -1 : 1))
  return { fields: values, labels: new Map(keys.map(([key, found]) => [key, byFrequency(found)])) }
}

function at(labels: Map<string, Map<string, number>>, key: string): Map<string, number> {
  const known = labels.get(key)
  if (known !== undefined) return known
  const made = new Map<string, number>()
  labels.set(key, made)
  return made
}

function count(counts: Map<string, number>, value: string): void {
  counts.set(value, (counts.get(value) ?? 0) + 1)
}

function byFrequency(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([value]) => value)
}

/** What the reference can be compared with; null when any number or text is as good as another. */
export function valuesOf(
  vocabulary: Vocabulary,
  subject: SelectorSubject,
  ref: Ref,
): readonly string[] | null {
  const words = vocabulary[ref.scope === 'host' ? 'host' : subject]
  return (ref.kind === 'label' ? words.labels.get(ref.key) : words.fields.get(ref.name)) ?? null
}

/** Keys of labels as they are written in a selector of the subject. */
export function labelKeysOf(vocabulary: Vocabulary, subject: SelectorSubject, scope: Ref['scope']) {
  return [...vocabulary[scope === 'host' ? 'host' : subject].labels.keys()]
}
