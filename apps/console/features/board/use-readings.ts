'use client'
import { useMemo } from 'react'
import { useClient } from '../../client/provider.tsx'
import type { Readings } from './loads.ts'

/** The newest readings as plain functions; stable, and always the present. */
export function useReadings(): Readings {
  const { samples } = useClient()
  return useMemo(
    () => ({
      host: (hostId, metric) => samples.hostRing(hostId)?.latest(metric) ?? Number.NaN,
      domain: (domainId, metric) => samples.domainRing(domainId)?.latest(metric) ?? Number.NaN,
    }),
    [samples],
  )
}
