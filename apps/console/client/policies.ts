'use client'
import type { EndpointBody } from '@drover/api-schema/endpoints.ts'
import type { PolicyRuleId } from '@drover/api-schema/ids.ts'
import type { PolicyDraft, PolicyRule } from '@drover/api-schema/policy.ts'
import type { PolicySet } from '@drover/api-schema/policy-set.ts'
import { queryOptions, useMutation } from '@tanstack/react-query'
import { call, orThrow } from './api.ts'
import { useFleetPart } from './queries.ts'

/** Rules and violations themselves come over the live socket with the fleet; this is what is asked and ordered besides. */
export const policyQueries = {
  /** What a rule would mean; asked again when the rules have changed. `lintKey`: of the editor. */
  lint: (draft: PolicyDraft | null, about: LintAbout) =>
    queryOptions({
      queryKey: ['policy-lint', draft, about.ruleId ?? null, about.revision],
      enabled: draft !== null,
      queryFn: async ({ signal }) => {
        if (draft === null) throw new Error('a query that is off was asked')
        const { ruleId, lintKey } = about
        const body = { draft, lintKey, ...(ruleId === undefined ? {} : { ruleId }) }
        return orThrow(await call('lintPolicy', { body, signal }))
      },
      gcTime: 30_000,
      // The place of an older question is taken by the newer one, which is asked already.
      retry: false,
    }),
  /** Moves that would mend it, as the fleet is now: nothing of it is kept. */
  fix: (violationKey: string) =>
    queryOptions({
      queryKey: ['violation-fix', violationKey],
      queryFn: async ({ signal }) =>
        orThrow(await call('fixViolation', { body: { violationKey }, signal })),
      gcTime: 0,
      staleTime: 0,
    }),
  text: (revision: number) =>
    queryOptions({
      queryKey: ['policy-text', revision],
      queryFn: async ({ signal }) => orThrow(await call('exportPolicies', { signal })),
    }),
} as const

export type LintAbout = {
  readonly ruleId: PolicyRuleId | undefined
  readonly lintKey: string
  readonly revision: number
}

export function usePolicies(): PolicySet | undefined {
  return useFleetPart((index) => index.fleet.policies)
}

export function usePolicy(ruleId: PolicyRuleId): PolicyRule | null | undefined {
  return useFleetPart(
    (index) => index.fleet.policies.rules.find((rule) => rule.ruleId === ruleId) ?? null,
  )
}

export function useCreatePolicy() {
  return useMutation({
    mutationFn: async (draft: PolicyDraft) =>
      orThrow(await call('createPolicy', { body: { draft } })),
  })
}

export function useUpdatePolicy() {
  return useMutation({
    mutationFn: async ({
      ruleId,
      ...body
    }: {
      ruleId: PolicyRuleId
      draft: PolicyDraft
      revision: number
    }) => orThrow(await call('updatePolicy', { params: { ruleId }, body })),
  })
}

export function useRemovePolicy() {
  return useMutation({
    mutationFn: async ({ ruleId, revision }: { ruleId: PolicyRuleId; revision: number }) =>
      orThrow(await call('removePolicy', { params: { ruleId }, query: { revision } })),
  })
}

export function usePreviewPolicyImport() {
  return useMutation({
    mutationFn: async (yaml: string) =>
      orThrow(await call('previewPolicyImport', { body: { yaml } })),
  })
}

export function useImportPolicies() {
  return useMutation({
    mutationFn: async (body: EndpointBody<'importPolicies'>) =>
      orThrow(await call('importPolicies', { body })),
  })
}
