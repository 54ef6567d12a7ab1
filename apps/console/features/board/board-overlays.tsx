'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { DomainId } from '@drover/api-schema/ids.ts'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { useNow } from '../../client/hooks.ts'
import type { MigrationTerms } from '../../client/mutations.ts'
import { formatAge, formatSize } from '../../lib/format.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import { destroyText } from '../../lib/text/common.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { MenuAt } from '../../ui/menu.tsx'
import { useBoard } from './board-context.ts'
import type { HostVerdict } from './host-verdict.ts'
import { MigrateDialog } from './migrate-dialog.tsx'
import { useDomainAction, useDomainMenu } from './use-domain-menu.tsx'

type Props = {
  fleet: FleetIndex
  onMigrate: (domains: readonly Domain[], verdict: HostVerdict, terms: MigrationTerms) => void
  onReturnFocus: (domainId: DomainId) => void
}

/** The menu of a row, "Migrate to…" and the question before destroying: one of each for the whole board. */
export function BoardOverlays({ fleet, onMigrate, onReturnFocus }: Props) {
  const { stores, readings } = useBoard()
  const overlay = useStore(stores.overlay, (value) => value)
  const close = () => stores.overlay.set(null)
  const migrating =
    overlay?.kind === 'migrate'
      ? overlay.domainIds.flatMap((id) => fleet.domains.get(id) ?? [])
      : []
  const destroyed = overlay?.kind === 'destroy' ? fleet.domains.get(overlay.domainId) : undefined
  return (
    <>
      <RowMenu fleet={fleet} onReturnFocus={onReturnFocus} />
      {migrating.length > 0 && (
        <MigrateDialog
          domains={migrating}
          fleet={fleet}
          readings={readings}
          onClose={close}
          onChoose={(verdict, terms) => {
            close()
            onMigrate(migrating, verdict, terms)
          }}
        />
      )}
      {destroyed !== undefined && <DestroyDialog domain={destroyed} onClose={close} />}
    </>
  )
}

function RowMenu({ fleet, onReturnFocus }: Pick<Props, 'fleet' | 'onReturnFocus'>) {
  const { stores } = useBoard()
  const itemsOf = useDomainMenu()
  const menu = useStore(stores.overlay, (overlay) => (overlay?.kind === 'menu' ? overlay : null))
  const domain = menu === null ? undefined : fleet.domains.get(menu.domainId)
  const host = domain === undefined ? undefined : fleet.hosts.get(domain.hostId)
  return (
    <MenuAt
      label={domain === undefined ? boardText.title : boardText.openMenu(domain.name)}
      place={menu?.place ?? null}
      items={domain === undefined || host === undefined ? [] : itemsOf(domain, host)}
      onClose={() => stores.overlay.get()?.kind === 'menu' && stores.overlay.set(null)}
      onReturnFocus={() => {
        const current = stores.current.get()
        if (current !== null && stores.overlay.get() === null) onReturnFocus(current)
      }}
    />
  )
}

function DestroyDialog({ domain, onClose }: { domain: Domain; onClose: () => void }) {
  const run = useDomainAction()
  const now = useNow(1000)
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={destroyText.title(domain.name)}
      body={destroyText.body(
        domain.name,
        formatSize(domain.memCurrentBytes),
        formatAge(domain.startedAt === null ? null : now - domain.startedAt),
      )}
      confirmLabel={destroyText.confirm(domain.name)}
      onConfirm={() => {
        onClose()
        run(domain, 'destroy')
      }}
    />
  )
}
