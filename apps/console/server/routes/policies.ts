import { ok } from '@drover/api-schema/result.ts'
import type { Policies } from '../policies/policies.ts'
import type { Violations } from '../policies/violations.ts'
import type { Handlers } from './handler.ts'

export type PolicyPorts = {
  readonly policies: Policies
  readonly violations: Pick<Violations, 'list' | 'counts'>
}

export function policyRoutes({ policies, violations }: PolicyPorts) {
  return {
    listPolicies: () => ok(policies.current()),

    createPolicy: ({ body, caller }) => policies.create(body.draft, caller.user.name),

    updatePolicy: ({ params, body, caller }) =>
      policies.update(params.ruleId, body, caller.user.name),

    removePolicy: ({ params, query, caller }) =>
      policies.remove(params.ruleId, query.revision, caller.user.name),

    listViolations({ query: { ruleId, domainId, hostId } }) {
      const wanted = violations
        .list()
        .filter(
          (one) =>
            (ruleId === undefined || one.ruleId === ruleId) &&
            (domainId === undefined || one.domainIds.includes(domainId)) &&
            (hostId === undefined || one.hostIds.includes(hostId)),
        )
      return ok({ violations: wanted, counts: violations.counts() })
    },
  } satisfies Partial<Handlers>
}
