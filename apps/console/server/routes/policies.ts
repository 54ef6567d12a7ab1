import { ok } from '@drover/api-schema/result.ts'
import type { Policies } from '../policies/policies.ts'
import type { Handlers } from './handler.ts'

export type PolicyPorts = { readonly policies: Policies }

export function policyRoutes({ policies }: PolicyPorts) {
  return {
    listPolicies: () => ok(policies.current()),

    createPolicy: ({ body, caller }) => policies.create(body.draft, caller.user.name),

    updatePolicy: ({ params, body, caller }) =>
      policies.update(params.ruleId, body, caller.user.name),

    removePolicy: ({ params, query, caller }) =>
      policies.remove(params.ruleId, query.revision, caller.user.name),
  } satisfies Partial<Handlers>
}
