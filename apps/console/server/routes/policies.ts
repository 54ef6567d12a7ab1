import { refusal } from '@drover/api-schema/errors.ts'
import { err, ok } from '@drover/api-schema/result.ts'
import type { Linter } from '../policies/linter/linter.ts'
import type { Policies } from '../policies/policies.ts'
import { comparePolicies } from '../policies/text/compare.ts'
import { readPolicies } from '../policies/text/read.ts'
import { writePolicies } from '../policies/text/write.ts'
import type { Violations } from '../policies/violations.ts'
import type { Handlers } from './handler.ts'

export type PolicyPorts = {
  readonly policies: Policies
  readonly violations: Pick<Violations, 'list' | 'counts' | 'find'>
  readonly linter: Pick<Linter, 'ask'>
}

export function policyRoutes({ policies, violations, linter }: PolicyPorts) {
  return {
    listPolicies: () => ok(policies.current()),

    createPolicy: ({ body, caller }) => policies.create(body.draft, caller.user.name),

    updatePolicy: ({ params, body, caller }) =>
      policies.update(params.ruleId, body, caller.user.name),

    removePolicy: ({ params, query, caller }) =>
      policies.remove(params.ruleId, query.revision, caller.user.name),

    exportPolicies() {
      const current = policies.current()
      return ok({ revision: current.revision, yaml: writePolicies(current) })
    },

    previewPolicyImport({ body }) {
      const current = policies.current()
      const { revision } = current
      const read = readPolicies(body.yaml)
      if (read.ok) return ok({ revision, problems: [], ...comparePolicies(current, read.value) })
      const nothing = { added: [], changed: [], removed: [], unchangedCount: 0 }
      return ok({ revision, problems: read.error, ...nothing })
    },

    importPolicies({ body, caller }) {
      const read = readPolicies(body.yaml)
      if (read.ok) return policies.replace(read.value, body.revision, caller.user.name)
      const [first] = read.error
      const where = first === undefined ? '' : ` Line ${first.line}: ${first.message}`
      return err(refusal('policies-unreadable', `The text cannot be read as rules.${where}`))
    },

    lintPolicy({ body: { draft, ruleId, lintKey }, caller }) {
      if (ruleId !== undefined && !policies.current().rules.some((one) => one.ruleId === ruleId)) {
        return err(refusal('policy-not-found'))
      }
      // One at a time for everybody, more for who types in several places.
      const key = `lint ${caller.sessionId} ${lintKey ?? ''}`
      return linter.ask({ kind: 'lint', draft, ruleId: ruleId ?? null }, key)
    },

    fixViolation({ body, caller }) {
      const violation = violations.find(body.violationKey)
      if (violation === null) return err(refusal('violation-not-found'))
      return linter.ask({ kind: 'fix', violation }, `fix ${caller.sessionId}`)
    },

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
