'use client'

import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { useOpenMigrations } from '../../client/queries.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { PageSection } from '../../ui/page-head.tsx'
import { inRunningOrder, isOpenMigration } from './migration-view.ts'
import { OpenMigrations } from './open-migrations.tsx'
import { PastMigrations } from './past-migrations.tsx'

/** Of which thing: a host takes part as source or destination. */
export type MigrationsOfProps =
  | { readonly kind: 'host'; readonly hostId: HostId }
  | { readonly kind: 'domain'; readonly domainId: DomainId }

/** The migrations of one host or domain, as a section of its page. */
export function MigrationsOf(props: MigrationsOfProps) {
  const takesPart = (migration: Migration) =>
    props.kind === 'domain'
      ? migration.domainId === props.domainId
      : migration.sourceHostId === props.hostId || migration.destinationHostId === props.hostId
  const open = (useOpenMigrations() ?? []).filter(isOpenMigration).filter(takesPart)
  return (
    <PageSection title={migrationsText.title}>
      <div className="pt-2">
        {open.length > 0 && <OpenMigrations migrations={inRunningOrder(open)} />}
        <PastMigrations
          label={migrationsText.past}
          {...(props.kind === 'domain' ? { domainId: props.domainId } : {})}
          isWanted={takesPart}
          empty={
            open.length > 0 ? null : (
              <p role="status" className="px-4 pt-1 pb-4 text-n10 text-sm">
                {migrationsText.noneOfThis}.{' '}
                {props.kind === 'host'
                  ? migrationsText.noneOfHostHint
                  : migrationsText.noneOfDomainHint}
              </p>
            )
          }
        />
      </div>
    </PageSection>
  )
}
