'use client'

import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { useMemo } from 'react'
import { useLatest, useLook } from '../../client/hooks.ts'

/** Listens to one host for the panel's own figures. */
export function usePanelReadings(hostId: HostId, domainId?: DomainId) {
  useLook(useMemo(() => [hostId], [hostId]))
  const of = domainId === undefined ? { hostId } : { hostId, domainId }
  return {
    cpu: useLatest(of, 'cpu'),
    memory: useLatest(of, 'memory'),
    rx: useLatest(of, 'net-rx'),
    tx: useLatest(of, 'net-tx'),
    diskRead: useLatest(of, 'disk-read'),
    diskWrite: useLatest(of, 'disk-write'),
  }
}
