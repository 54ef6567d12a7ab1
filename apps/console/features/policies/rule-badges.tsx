import type { PolicyRule, RuleStrength } from '@drover/api-schema/policy.ts'
import { CircleAlert, CircleCheck, CircleSlash, TriangleAlert } from 'lucide-react'
import { policiesText } from '../../lib/text/policies.ts'
import { Badge } from '../../ui/badge.tsx'

export function StateBadge({ rule }: { rule: PolicyRule }) {
  return rule.isEnabled ? (
    <Badge tone="ok" look="plain" icon={<CircleCheck aria-hidden size={13} />}>
      {policiesText.on}
    </Badge>
  ) : (
    <Badge tone="neutral" look="plain" icon={<CircleSlash aria-hidden size={13} />}>
      {policiesText.off}
    </Badge>
  )
}

/** Of a place where a rule does not hold: red when it must, amber when it should. */
export function BrokenBadge({ strength }: { strength: RuleStrength }) {
  return strength.kind === 'required' ? (
    <Badge tone="critical" icon={<CircleAlert aria-hidden size={12} />}>
      {policiesText.required}
    </Badge>
  ) : (
    <Badge tone="warning" icon={<TriangleAlert aria-hidden size={12} />}>
      {policiesText.preferred}
    </Badge>
  )
}

export function strengthWords(strength: RuleStrength): string {
  return strength.kind === 'required'
    ? policiesText.required
    : policiesText.preferredWith(strength.weight)
}
