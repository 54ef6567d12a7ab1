'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import { Command } from 'cmdk'
import { Search } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { freshTerms, termsOf } from '../../client/migration-draft.ts'
import type { MigrationTerms } from '../../client/mutations.ts'
import { useClient } from '../../client/provider.tsx'
import { classNames } from '../../lib/class-names.ts'
import { formatDuration, formatGib } from '../../lib/format.ts'
import { boardText } from '../../lib/text/board.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { afterText } from './board-drag.tsx'
import { VerdictMark } from './host-summary.tsx'
import { type HostVerdict, inOrder, obstaclesOf, verdictsFor } from './host-verdict.ts'
import type { Readings } from './loads.ts'
import { MigrateOptions } from './migrate-options.tsx'
import { namesOf } from './names.ts'

type Props = {
  domains: readonly Domain[]
  fleet: FleetIndex
  readings: Readings
  onClose: () => void
  onChoose: (verdict: HostVerdict, terms: MigrationTerms) => void
}

/** The readings of the likeliest hosts are asked for; the others show theirs when they are on the board. */
const candidateCount = 24
/** How long those may take to come, before the figures are worked out again. */
const settleMs = 600

/** All hosts, those that can take it first, with the reasons of those that cannot: the drag without dragging. */
export function MigrateDialog({ domains, fleet, readings, onClose, onChoose }: Props) {
  const { samples } = useClient()
  const [query, setQuery] = useState('')
  const [settled, setSettled] = useState(false)
  const [draft, setDraft] = useState(freshTerms)
  const terms = useMemo(() => termsOf(draft), [draft])
  const [candidates] = useState(() =>
    inOrder(verdictsFor({ domains, fleet, readings }).values())
      .slice(0, candidateCount)
      .map(({ host }) => host.hostId),
  )
  useEffect(() => samples.look(candidates), [samples, candidates])
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), settleMs)
    return () => clearTimeout(timer)
  }, [])
  const { verdicts, obstacles } = useMemo(() => {
    void settled // worked out again once the readings are here
    const found = verdictsFor({ domains, fleet, readings, terms: terms ?? {} })
    return { verdicts: inOrder(found.values()), obstacles: obstaclesOf(found) }
  }, [domains, fleet, readings, settled, terms])
  const shown = verdicts.filter(({ host }) =>
    host.name.toLowerCase().includes(query.trim().toLowerCase()),
  )
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={boardText.migrateTitle(namesOf(domains))}
      size="md"
    >
      {obstacles.length > 0 && (
        <ul className="mb-3 rounded-sm bg-crit-wash px-3 py-2 text-n12 text-xs">
          {obstacles.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      <MigrateOptions
        draft={draft}
        terms={terms}
        best={verdicts[0]}
        domains={domains}
        fleet={fleet}
        onChange={setDraft}
      />
      <Command label={boardText.migrateHosts} shouldFilter={false} loop className="-mx-2">
        <div className="mx-2 mb-2 flex items-center gap-2 rounded-md border border-n7 bg-n1 px-2.5 focus-within:border-accent">
          <Search size={14} aria-hidden="true" className="text-n10" />
          <Command.Input
            data-autofocus
            value={query}
            onValueChange={setQuery}
            placeholder={boardText.migrateSearch}
            className="h-8 max-sm:h-10 grow bg-transparent text-n12 text-sm outline-none"
          />
        </div>
        <Command.List label={boardText.migrateHosts} className="max-h-[56dvh] overflow-y-auto">
          <Command.Empty className="px-3 py-8 text-center text-n10 text-sm">
            {boardText.migrateNone}
          </Command.Empty>
          {shown.map((verdict) => (
            <HostOption
              key={verdict.host.hostId}
              verdict={verdict}
              isBlocked={terms === null}
              onChoose={() => terms !== null && onChoose(verdict, terms)}
            />
          ))}
        </Command.List>
      </Command>
    </Dialog>
  )
}

function HostOption({
  verdict,
  isBlocked,
  onChoose,
}: {
  verdict: HostVerdict
  /** Something is wrong with the options. */
  isBlocked: boolean
  onChoose: () => void
}) {
  const { host, prediction, kind } = verdict
  const isOff = kind === 'refused' || kind === 'source'
  const sentences = kind === 'refused' ? verdict.ofHost : verdict.warnings
  return (
    <Command.Item
      value={host.hostId}
      disabled={isOff || isBlocked}
      onSelect={onChoose}
      className={classNames(
        'cursor-default rounded-sm px-3 py-2 text-sm max-sm:py-3',
        !isOff && 'data-[selected=true]:bg-n4',
      )}
    >
      <div className="flex items-center gap-2">
        <span className={classNames('font-medium', isOff ? 'text-n10' : 'text-n12')}>
          {host.name}
        </span>
        {kind === 'source' ? (
          <span className="text-n10 text-xs">{boardText.here}</span>
        ) : (
          <VerdictMark verdict={verdict} />
        )}
        {!isOff && (
          <span className="predicted ml-auto flex flex-wrap justify-end gap-x-3 text-n10 text-xs">
            {prediction !== null && (
              <span>
                {boardText.predicted(
                  formatDuration(prediction.totalMs),
                  formatDuration(prediction.downtimeMs),
                )}
              </span>
            )}
            <span>{`${boardText.cpu} ${afterText(verdict.cpu)}`}</span>
            <span>{`${boardText.memory} ${boardText.arrow(formatGib(host.memTotalBytes - host.memFreeBytes).replace(/\D*$/, ''), formatGib(verdict.memory.afterBytes))}`}</span>
          </span>
        )}
      </div>
      {sentences.length > 0 && (
        <ul className={classNames('mt-0.5 text-xs', kind === 'warning' ? 'text-warn' : 'text-n10')}>
          {sentences.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
    </Command.Item>
  )
}
