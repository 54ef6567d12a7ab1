import { z } from 'zod'
import type { Domain } from './domain.ts'
import type { Host } from './host.ts'
import { type Labels, labelKeySchema, labelValueSchema } from './scalars.ts'

/**
 * Labels come from two sides: the agent's configuration (`labels`, a fact) and the console (`consoleLabels`, set by
 * administrators). Both are kept apart and merged here only, key by key: **the console's value wins**. A label of the agent can
 * be given another value in the console, and taken away in the agent's configuration.
 */
export type Labelled = {
  readonly labels: Labels
  readonly consoleLabels?: Labels | undefined
}

/** All labels that hold; not a copy when only one side has any. */
export function labelsOf({ labels, consoleLabels }: Labelled): Labels {
  return consoleLabels === undefined ? labels : { ...labels, ...consoleLabels }
}

/** One label; null when it has none. `constructor` is a possible key, so only own properties count. */
export function labelOf({ labels, consoleLabels }: Labelled, key: string): string | null {
  if (consoleLabels !== undefined && Object.hasOwn(consoleLabels, key)) {
    return consoleLabels[key] ?? null
  }
  return Object.hasOwn(labels, key) ? (labels[key] ?? null) : null
}

/** Who says so; `overridden`: the agent says something else, which does not hold. */
export type LabelOrigin = 'agent' | 'console' | 'overridden'

export type LabelEntry = {
  readonly key: string
  readonly value: string
  readonly origin: LabelOrigin
}

/** Every label that holds with its origin, by key. */
export function labelEntries(thing: Labelled): LabelEntry[] {
  const own = thing.consoleLabels ?? {}
  return Object.entries(labelsOf(thing))
    .map(([key, value]) => ({ key, value, origin: originOf(thing, own, key) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

function originOf({ labels }: Labelled, own: Labels, key: string): LabelOrigin {
  if (!Object.hasOwn(own, key)) return 'agent'
  return Object.hasOwn(labels, key) && labels[key] !== own[key] ? 'overridden' : 'console'
}

/** The one application a domain belongs to, or null; the console's word wins, also when it says none. */
export function applicationOf(
  domain: Pick<Domain, 'application' | 'consoleApplication'>,
): string | null {
  return domain.consoleApplication === undefined ? domain.application : domain.consoleApplication
}

/** The host label that names the rack; a host without it counts as a rack of its own. */
export const rackLabelKey = 'rack'

export function rackOf(host: Pick<Host, 'labels' | 'consoleLabels'>): string | null {
  const rack = labelOf(host, rackLabelKey)
  return rack === '' ? null : rack
}

/** A change to the labels of the console on one thing or on many: null takes away, a text sets. */
export const labelEditSchema = z
  .record(labelKeySchema, labelValueSchema.nullable())
  .refine((edit) => Object.keys(edit).length > 0, 'must change at least one label')
  .refine((edit) => Object.keys(edit).length <= 64, 'must change at most 64 labels')
export type LabelEdit = Readonly<Record<string, string | null>>

/** The console's labels after the change. */
export function editLabels(labels: Labels, edit: LabelEdit): Labels {
  const kept = Object.entries(labels).filter(([key]) => !Object.hasOwn(edit, key))
  const set = Object.entries(edit).flatMap(([key, value]) => (value === null ? [] : [[key, value]]))
  return Object.fromEntries([...kept, ...set])
}
