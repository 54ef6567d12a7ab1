import type { ErrorCode, Refusal } from '@drover/api-schema/errors.ts'
import type { PolicyRule, Precedence } from '@drover/api-schema/policy.ts'
import { precedences } from '@drover/api-schema/policy.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { toText } from '@drover/api-schema/scalars.ts'

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
  const { ruleId, strength } = rule
  const said = toText(message, 1000)
  switch (strength.kind) {
    case 'required':
      return { code, message: said, ruleId, precedence: 'required' }
    case 'preferred': {
      const { weight } = strength
      return { code, message: said, ruleId, precedence: 'preferred', weight }
    }
    default:
      return assertNever(strength)
  }
}

/** Strongest first; what a host says of itself before what rules say of it, heavier preferences before lighter. */
export function byPrecedence(a: Reason, b: Reason): number {
  return (
    precedences.indexOf(a.precedence) - precedences.indexOf(b.precedence) ||
    (b.weight ?? 0) - (a.weight ?? 0)
  )
}
