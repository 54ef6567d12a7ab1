import type { LicenceNeed } from './carried.ts'
import type { Reason } from './reason.ts'

/** What rules say of a host that would take what was picked up. */
export type RuleJudgement = {
  /** The same wherever it would go. */
  readonly ofDomains: readonly Reason[]
  readonly ofHost: readonly Reason[]
  /** Preferred rules it would break, and required ones that yield. */
  readonly warnings: readonly Reason[]
  /** What the pools say, also when nothing is in the way. */
  readonly licences: readonly LicenceNeed[]
  /** Of the preferred rules that it would break, summed; for ranks. */
  readonly brokenWeight: number
}

export const noRules: RuleJudgement = {
  ofDomains: [],
  ofHost: [],
  warnings: [],
  licences: [],
  brokenWeight: 0,
}
