'use client'

import { DomainsPage } from '../../../features/domains/domains-page.tsx'
import { LabelSelectionBar } from '../../../features/labels/selection-bar.tsx'

/** The table of domains with what can be done to several at once. */
export function DomainsWithLabels() {
  return (
    <DomainsPage
      forSelected={(domains, onClear) => (
        <LabelSelectionBar things={{ kind: 'domains', domains }} onClear={onClear} />
      )}
    />
  )
}
