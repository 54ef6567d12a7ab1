'use client'

import { HostsPage } from '../../../features/hosts/hosts-page.tsx'
import { LabelSelectionBar } from '../../../features/labels/selection-bar.tsx'

/** The table of hosts with what can be done to several at once. */
export function HostsWithLabels() {
  return (
    <HostsPage
      forSelected={(hosts, onClear) => (
        <LabelSelectionBar things={{ kind: 'hosts', hosts }} onClear={onClear} />
      )}
    />
  )
}
