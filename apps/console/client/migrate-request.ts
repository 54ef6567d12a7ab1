'use client'
import type { DomainId } from '@drover/api-schema/ids.ts'
import { createContext, useContext } from 'react'

/** Opens "Migrate to…" for domains, from whatever page: the dialog belongs to one feature, the wish to many. */
export type MigrateRequest = (domainIds: readonly DomainId[]) => void

export const MigrateRequestContext = createContext<MigrateRequest | null>(null)

/** Null where there is nobody to ask, as in the pages before the sign-in. */
export function useMigrateRequest(): MigrateRequest | null {
  return useContext(MigrateRequestContext)
}
