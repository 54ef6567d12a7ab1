import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId, PolicyRuleId } from '@drover/api-schema/ids.ts'
import type { Change } from '@drover/api-schema/live-protocol.ts'
import type { PolicyDraft, PolicyRule, Violation } from '@drover/api-schema/policy.ts'
import type { Fix, PolicyLint } from '@drover/api-schema/policy-set.ts'

/** What the console asks its linter, which works in a thread of its own: looking may take seconds. */
export type Question =
  | {
      readonly kind: 'lint'
      readonly draft: PolicyDraft
      /** The rule it would take the place of. */
      readonly ruleId: PolicyRuleId | null
    }
  | { readonly kind: 'fix'; readonly violation: Violation }
  /** Whether all that are required can hold; `changedId`: only what this one is part of counts. */
  | {
      readonly kind: 'satisfiable'
      readonly rules: readonly PolicyRule[]
      readonly changedId: PolicyRuleId | null
    }

export type AnswerOf = {
  readonly lint: PolicyLint
  readonly fix: Fix
  /** Why they cannot, in a sentence; null when they can or nobody knows. */
  readonly satisfiable: string | null
}

/** pCPUs in use by the newest readings; those that are left out are unknown. */
export type Loads = {
  readonly hosts: ReadonlyMap<HostId, number>
  readonly domains: ReadonlyMap<DomainId, number>
}

export type Facts = {
  readonly hosts: ReadonlyMap<HostId, Host>
  readonly domains: ReadonlyMap<DomainId, Domain>
  readonly rules: readonly PolicyRule[]
  readonly loads: Loads
  /** Epoch ms. */
  readonly now: number
}

/** What has changed since the last question; the first one has everything. */
export type Ask = {
  readonly askId: number
  readonly question: Question
  readonly changes: readonly Change[]
  readonly loads: Loads
  readonly now: number
}
export type Told =
  | { readonly askId: number; readonly answer: AnswerOf[Question['kind']] }
  | { readonly askId: number; readonly failure: string }
