'use client'

import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId } from '@drover/api-schema/ids.ts'
import { ArrowRightLeft } from 'lucide-react'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { formatSize } from '../../lib/format.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import { Button } from '../../ui/button.tsx'
import { useBoard } from './board-context.ts'
import type { Inspected } from './board-view.ts'
import { DomainPanel } from './domain-panel.tsx'
import { HostPanel } from './host-panel.tsx'
import { Fact, Facts, PanelHead } from './panel-parts.tsx'
import { emptySelection } from './selection.ts'

type Props = { inspected: Inspected | null; fleet: FleetIndex; onClose: () => void }

/** The facts of what was clicked last, and what can be done to it; for a selection, its sum. */
export function Inspector({ inspected, fleet, onClose }: Props) {
  const { stores } = useBoard()
  const selected = useStore(stores.selection, ({ ids }) => ids)
  return (
    <div className="flex min-h-0 grow flex-col">
      {selected.size > 1 ? (
        <SelectionPanel ids={selected} fleet={fleet} onClose={onClose} />
      ) : (
        <ThingPanel inspected={inspected} fleet={fleet} onClose={onClose} />
      )}
    </div>
  )
}

function ThingPanel({ inspected, fleet, onClose }: Props) {
  // The address may name anything; only what the fleet has is shown.
  const host =
    inspected?.kind === 'host' ? fleet.hosts.get(inspected.id as Host['hostId']) : undefined
  const domain =
    inspected?.kind === 'domain' ? fleet.domains.get(inspected.id as DomainId) : undefined
  const hostOfDomain = domain === undefined ? undefined : fleet.hosts.get(domain.hostId)
  if (host !== undefined)
    return (
      <HostPanel
        host={host}
        domainCount={fleet.domainsOfHost.get(host.hostId)?.length ?? 0}
        onClose={onClose}
      />
    )
  if (domain !== undefined && hostOfDomain !== undefined)
    return <DomainPanel domain={domain} host={hostOfDomain} onClose={onClose} />
  return (
    <>
      <PanelHead title={boardText.inspector} onClose={onClose} />
      <p className="px-4 py-8 text-center text-n10 text-sm">{boardText.inspectNothing}</p>
    </>
  )
}

function SelectionPanel({
  ids,
  fleet,
  onClose,
}: {
  ids: ReadonlySet<DomainId>
  fleet: FleetIndex
  onClose: () => void
}) {
  const { stores, dragRefusal } = useBoard()
  const domains = [...ids].flatMap((id) => fleet.domains.get(id) ?? [])
  const memory = domains.reduce((sum, domain) => sum + domain.memCurrentBytes, 0)
  const vcpus = domains.reduce((sum, domain) => sum + domain.vcpuCount, 0)
  return (
    <>
      <PanelHead title={boardText.selectionTitle(domains.length)} onClose={onClose} />
      <div className="min-h-0 grow overflow-y-auto">
        <div className="flex gap-2 px-4 pt-3">
          <Button
            tone="primary"
            size="sm"
            icon={<ArrowRightLeft size={14} />}
            disabledReason={dragRefusal}
            onClick={() => stores.overlay.set({ kind: 'migrate', domainIds: [...ids] })}
          >
            {boardText.migrateTo}
          </Button>
          <Button size="sm" onClick={() => stores.selection.set(emptySelection)}>
            {boardText.clearSelection}
          </Button>
        </div>
        <Facts>
          <Fact name={boardText.facts.memory}>{formatSize(memory)}</Fact>
          <Fact name={boardText.facts.vcpus}>{vcpus}</Fact>
        </Facts>
        <ul className="border-t px-4 py-2 text-sm">
          {domains.map((domain) => (
            <li key={domain.domainId} className="flex justify-between gap-3 py-0.5">
              <span className="truncate text-n12">{domain.name}</span>
              <span className="text-n10">{fleet.hosts.get(domain.hostId)?.name}</span>
            </li>
          ))}
        </ul>
      </div>
    </>
  )
}
