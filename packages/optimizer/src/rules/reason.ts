import type { ErrorCode, Refusal } from '@drover/api-schema/errors.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import type { PolicyRule, Precedence } from '@drover/api-schema/policy.ts'
import { precedences } from '@drover/api-schema/policy.ts'

/** Why a host should not take a domain, and how strong the reason is. */
export type Reason = Refusal & {
  readonly precedence: Precedence
  /** Of the preferred rule that it breaks. */
  readonly weight?: number
}

/** What the built-in constraints say, with their place in the order. */
export function withPrecedence(one: Refusal): Reason {
  return {
    ...one,
    precedence: one.code === 'host-in-maintenance' ? 'maintenance' : 'built-in',
  }
}

/** What a rule says. */
export function reasonOf(rule: PolicyRule, code: ErrorCode, message: string): Reason {
  const said = { ...refusal(code, message), ruleId: rule.ruleId }
  switch (rule.strength.kind) {
    case 'required':
      return { ...said, precedence: 'required' }
    case 'preferred':
      return { ...said, precedence: 'preferred', weight: rule.strength.weight }
  }
}

/** Strongest first; what a host says of itself before what rules say of it, heavier preferences before lighter. */
export function byPrecedence(a: Reason, b: Reason): number {
  return (
    precedences.indexOf(a.precedence) - precedences.indexOf(b.precedence) ||
    (b.weight ?? 0) - (a.weight ?? 0)
  )
}
