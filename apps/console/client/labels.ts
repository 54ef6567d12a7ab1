'use client'
import type { EndpointBody } from '@drover/api-schema/endpoints.ts'
import type { ManyChanged } from '@drover/api-schema/policy-endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { call, orThrow } from './api.ts'

/** The labels and applications that are set in the console; what is set comes back with the fleet. */
export type LabelChange = EndpointBody<'updateLabels'>
export type ApplicationChange = EndpointBody<'updateApplications'>

export function useUpdateLabels() {
  return useMutation({
    mutationFn: async (body: LabelChange): Promise<ManyChanged> =>
      orThrow(await call('updateLabels', { body })),
  })
}

export function useUpdateApplications() {
  return useMutation({
    mutationFn: async (body: ApplicationChange): Promise<ManyChanged> =>
      orThrow(await call('updateApplications', { body })),
  })
}
