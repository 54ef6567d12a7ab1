import type { PolicyOf, PolicyRule } from '@drover/api-schema/policy.ts'
import type { Diagnostic } from '../selector/ast.ts'
import type { Snapshot } from './snapshot.ts'

/** Rules as they lie on one fleet: selectors are answered, members are numbers of the snapshot. */

/** 1 where the host or domain of that number is meant. */
export type Mask = Uint8Array

/** Each domain by itself may run on some hosts only. */
export type WhereRule = {
  readonly form: 'where'
  readonly rule: PolicyOf<'run-on' | 'keep-off' | 'hardware' | 'reserve'>
  readonly members: Mask
  readonly allowed: Mask
}

/** Domains that the rule sees as one; in none: -1. */
export type Sets = {
  readonly sets: readonly (readonly number[])[]
  /** Application or label value of each set; empty when all members are one. */
  readonly keys: readonly string[]
  readonly setOf: Int32Array
  /** Place of each host on the level of the rule: the host itself, or its rack. */
  readonly placeOf: Int32Array
  readonly placeCount: number
}

export type TogetherRule = Sets & {
  readonly form: 'together'
  readonly rule: PolicyOf<'keep-together'>
}
export type ApartRule = Sets & { readonly form: 'apart'; readonly rule: PolicyOf<'keep-apart'> }

export type HeadroomRule = {
  readonly form: 'headroom'
  readonly rule: PolicyOf<'headroom'>
  readonly hosts: Mask
}

export type LicenceRule = {
  readonly form: 'licence'
  readonly rule: PolicyOf<'licence'>
  readonly members: Mask
  /** What each host takes from the pool once a member runs there. */
  readonly costOf: Int32Array
}

/** On moves, not on places. */
export type MoveRule = {
  readonly form: 'move'
  readonly rule: PolicyOf<'never-move' | 'move-window'>
  readonly members: Mask
}

export type CompiledRule =
  | WhereRule
  | TogetherRule
  | ApartRule
  | HeadroomRule
  | LicenceRule
  | MoveRule

/** A selector of a rule that cannot be read, which only a hand-edited store can hold. Such a rule holds nobody. */
export type UnreadableRule = {
  readonly rule: PolicyRule
  readonly part: 'domains' | 'hosts'
  readonly diagnostic: Diagnostic
}

export type CompiledPolicies = {
  readonly snapshot: Snapshot
  /** The enabled ones, in the order given. */
  readonly rules: readonly CompiledRule[]
  readonly unreadable: readonly UnreadableRule[]
}
