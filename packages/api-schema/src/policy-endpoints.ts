import { z } from 'zod'
import { refusalSchema } from './errors.ts'
import { domainIdSchema, hostIdSchema, policyRuleIdSchema, savedFilterIdSchema } from './ids.ts'
import { labelEditSchema } from './labels.ts'
import { policyDraftSchema, policyRuleSchema, violationSchema } from './policy.ts'
import {
  fixSchema,
  maxPolicyTextLength,
  policyImportSchema,
  policyLintSchema,
  policySetSchema,
  violationCountsSchema,
} from './policy-set.ts'
import { savedFilterDraftSchema, savedFilterSchema } from './saved-filter.ts'
import { displayNameSchema, textSchema } from './scalars.ts'

/** Endpoints of labels, applications, rules, violations and saved filters: a part of the table in endpoints.ts. */

const none = z.object({})
const ofRule = z.object({ ruleId: policyRuleIdSchema })
const ofFilter = z.object({ savedFilterId: savedFilterIdSchema })
const changedRule = z.object({ revision: z.int().min(0), rule: policyRuleSchema })

/** The revision of the rules that whoever asks has seen. */
const seenRevision = z.int().min(0)

/** At once; more are more requests. */
export const maxThingsAtOnce = 5_000
const hostIds = z.array(hostIdSchema).max(maxThingsAtOnce).default([])
const domainIds = z.array(domainIdSchema).max(maxThingsAtOnce).default([])

/** What came of a change to many: those that are refused stay as they were, the others are changed. */
const manyChanged = z.object({
  changedCount: z.int().min(0),
  unchangedCount: z.int().min(0),
  refused: z.array(z.object({ id: textSchema.max(60), refusal: refusalSchema })),
})
export type ManyChanged = z.infer<typeof manyChanged>

/** Text with line breaks and tabs, and no other control characters. */
const yamlText = z
  .string()
  .max(maxPolicyTextLength)
  .refine((text) => !/[^\P{Cc}\t\n\r]|\p{Cs}/u.test(text), 'must not hold control characters')

export const labelEndpoints = {
  updateLabels: {
    method: 'PATCH',
    path: '/labels',
    access: 'operator',
    summary:
      'Set or take away labels of the console on hosts and domains; those of agents’ configurations stay below them',
    params: none,
    query: none,
    body: z
      .object({ hostIds, domainIds, edit: labelEditSchema })
      .refine(
        (body) => body.hostIds.length + body.domainIds.length > 0,
        'must name at least one host or domain',
      ),
    response: manyChanged,
    errors: [],
  },
  listApplications: {
    method: 'GET',
    path: '/applications',
    access: 'viewer',
    summary: 'Applications and how many domains on how many hosts each has',
    params: none,
    query: none,
    body: null,
    response: z.object({
      applications: z.array(
        z.object({
          application: displayNameSchema,
          domainCount: z.int().min(1),
          hostCount: z.int().min(1),
        }),
      ),
    }),
    errors: [],
  },
  updateApplications: {
    method: 'PATCH',
    path: '/applications',
    access: 'operator',
    summary: 'Make domains part of an application, of none, or of what their agents say',
    params: none,
    query: none,
    body: z.object({
      domainIds: z.array(domainIdSchema).min(1).max(maxThingsAtOnce),
      set: z.discriminatedUnion('to', [
        z.object({ to: z.literal('application'), application: displayNameSchema }),
        z.object({ to: z.literal('none') }),
        z.object({ to: z.literal('as-agent-says') }),
      ]),
    }),
    response: manyChanged,
    errors: [],
  },
} as const

export const policyEndpoints = {
  listPolicies: {
    method: 'GET',
    path: '/policies',
    access: 'viewer',
    summary: 'All rules',
    params: none,
    query: none,
    body: null,
    response: policySetSchema,
    errors: [],
  },
  createPolicy: {
    method: 'POST',
    path: '/policies',
    access: 'admin',
    summary: 'Make a rule',
    params: none,
    query: none,
    body: z.object({ draft: policyDraftSchema }),
    response: changedRule,
    errors: ['policy-name-taken', 'selector-invalid', 'policy-unsatisfiable', 'too-many'],
  },
  updatePolicy: {
    method: 'PATCH',
    path: '/policies/:ruleId',
    access: 'admin',
    summary: 'Change a rule into another; refused when somebody else has changed it since',
    params: ofRule,
    query: none,
    body: z.object({ draft: policyDraftSchema, revision: seenRevision }),
    response: changedRule,
    errors: [
      'policy-not-found',
      'policies-changed',
      'policy-name-taken',
      'selector-invalid',
      'policy-unsatisfiable',
    ],
  },
  removePolicy: {
    method: 'DELETE',
    path: '/policies/:ruleId',
    access: 'admin',
    summary: 'Remove a rule; refused when somebody else has changed it since',
    params: ofRule,
    query: z.object({ revision: z.coerce.number().int().min(0) }),
    body: null,
    response: z.object({ revision: z.int().min(0) }),
    errors: ['policy-not-found', 'policies-changed'],
  },
  listViolations: {
    method: 'GET',
    path: '/violations',
    access: 'viewer',
    summary: 'Places where rules do not hold, required rules first, then the oldest',
    params: none,
    query: z.object({
      ruleId: policyRuleIdSchema.optional(),
      domainId: domainIdSchema.optional(),
      hostId: hostIdSchema.optional(),
    }),
    body: null,
    response: z.object({
      violations: z.array(violationSchema),
      /** Of all, whatever was asked for. */
      counts: violationCountsSchema,
    }),
    errors: [],
  },
  lintPolicy: {
    method: 'POST',
    path: '/policies/lint',
    access: 'viewer',
    summary:
      'What a rule would mean: what it matches, where it does not hold, the moves it implies, what it conflicts with',
    params: none,
    query: none,
    body: z.object({
      draft: policyDraftSchema,
      /** The rule it would take the place of. */
      ruleId: policyRuleIdSchema.optional(),
      /** A later request with the same key takes the place of this one, which is then refused. */
      lintKey: z.uuid().optional(),
    }),
    response: policyLintSchema,
    errors: ['superseded', 'policy-not-found'],
  },
  fixViolation: {
    method: 'POST',
    path: '/violations/fix',
    access: 'viewer',
    summary: 'Moves that would mend a violation; nothing is moved yet',
    params: none,
    query: none,
    body: z.object({ violationKey: textSchema.min(1).max(300) }),
    response: fixSchema,
    errors: ['violation-not-found', 'superseded'],
  },
} as const

export const policyTextEndpoints = {
  exportPolicies: {
    method: 'GET',
    path: '/policies/text',
    access: 'viewer',
    summary: 'All rules as YAML',
    params: none,
    query: none,
    body: null,
    response: z.object({ revision: z.int().min(0), yaml: z.string() }),
    errors: [],
  },
  previewPolicyImport: {
    method: 'POST',
    path: '/policies/text/preview',
    access: 'viewer',
    summary: 'What bringing in rules as YAML would change; nothing is changed yet',
    params: none,
    query: none,
    body: z.object({ yaml: yamlText }),
    response: policyImportSchema,
    errors: [],
  },
  importPolicies: {
    method: 'POST',
    path: '/policies/text',
    access: 'admin',
    summary:
      'Make the rules what the YAML says, all or nothing; rules it does not name are removed',
    params: none,
    query: none,
    body: z.object({ yaml: yamlText, revision: seenRevision }),
    response: policySetSchema,
    errors: ['policies-changed', 'policies-unreadable', 'policy-unsatisfiable'],
  },
} as const

export const savedFilterEndpoints = {
  listSavedFilters: {
    method: 'GET',
    path: '/saved-filters',
    access: 'viewer',
    summary: 'Your own filters and those that are shared, by name',
    params: none,
    query: none,
    body: null,
    response: z.object({ filters: z.array(savedFilterSchema) }),
    errors: [],
  },
  createSavedFilter: {
    method: 'POST',
    path: '/saved-filters',
    access: 'viewer',
    summary: 'Save a filter; sharing it needs the role operator',
    params: none,
    query: none,
    body: savedFilterDraftSchema,
    response: savedFilterSchema,
    errors: ['saved-filter-name-taken', 'selector-invalid', 'too-many'],
  },
  updateSavedFilter: {
    method: 'PATCH',
    path: '/saved-filters/:savedFilterId',
    access: 'viewer',
    summary: 'Change a filter of your own; administrators change shared ones too',
    params: ofFilter,
    query: none,
    body: savedFilterDraftSchema
      .partial()
      .refine(
        (body) => Object.values(body).some((value) => value !== undefined),
        'must change at least one thing',
      ),
    response: savedFilterSchema,
    errors: ['saved-filter-not-found', 'saved-filter-name-taken', 'selector-invalid'],
  },
  removeSavedFilter: {
    method: 'DELETE',
    path: '/saved-filters/:savedFilterId',
    access: 'viewer',
    summary: 'Remove a filter of your own; administrators remove shared ones too',
    params: ofFilter,
    query: none,
    body: null,
    response: null,
    errors: ['saved-filter-not-found'],
  },
} as const
