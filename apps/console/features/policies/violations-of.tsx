'use client'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { useFleetPart } from '../../client/queries.ts'
import { policiesText } from '../../lib/text/policies.ts'
import { PageSection } from '../../ui/page-head.tsx'
import { ViolationList } from './violation-list.tsx'

/** Where rules do not hold on one host or for one domain, as a part of its page; nothing while they hold. */
export function ViolationsOf(
  props:
    | { readonly kind: 'host'; readonly hostId: HostId }
    | { readonly kind: 'domain'; readonly domainId: DomainId },
) {
  const violations = useFleetPart(({ fleet }) => fleet.violations) ?? []
  const own = violations.filter(({ domainIds, hostIds }) =>
    props.kind === 'host' ? hostIds.includes(props.hostId) : domainIds.includes(props.domainId),
  )
  if (own.length === 0) return null
  return (
    <PageSection title={policiesText.violations}>
      <ViolationList label={policiesText.violations} violations={own} />
    </PageSection>
  )
}
