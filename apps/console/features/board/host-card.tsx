'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { ChevronRight } from 'lucide-react'
import { memo, startTransition, useEffect, useId, useMemo, useState } from 'react'
import { sameItems } from '../../client/fleet-index.ts'
import { useIsHostSilent } from '../../client/hooks.ts'
import { useFleetPart } from '../../client/queries.ts'
import { classNames } from '../../lib/class-names.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import { useBoard } from './board-context.ts'
import type { Density } from './board-view.ts'
import { DomainItem } from './domain-item.tsx'
import { FoldedMoves } from './folded-moves.tsx'
import { GhostItem } from './ghost-item.tsx'
import { HeatHead } from './heat-head.tsx'
import { HostMeters } from './host-meters.tsx'
import { HostStateMark, HostSummary } from './host-summary.tsx'
import type { HostVerdict } from './host-verdict.ts'
import { RefusalPanel } from './refusal-panel.tsx'

type Props = {
  host: Host
  domains: readonly Domain[]
  arrivals: readonly Migration[]
  hiddenCount: number
  isMatch: boolean
  density: Density
  isFoldable: boolean
  isFolded: boolean
}

/** A host: what it is, its load, its domains; while something is carried, what it says to that. */
export const HostCard = memo(function HostCard(props: Props) {
  const { host } = props
  const { stores } = useBoard()
  const titleId = useId()
  const verdict = useStore(stores.drag, (drag) => drag?.verdicts.get(host.hostId) ?? null)
  const isTarget = useStore(stores.target, (hostId) => hostId === host.hostId)
  const isOld = useIsOld(host)
  const isFilled = useLater()
  const reasons = verdict?.kind === 'refused' ? verdict.ofHost : noReasons
  return (
    <section
      data-host={host.hostId}
      aria-labelledby={titleId}
      className={classNames(
        'contain-layout contain-style relative flex min-w-0 flex-col rounded-md border bg-n2 px-3 pt-2.5 pb-2',
        isOld && 'hatched',
        frameOf(verdict, isTarget),
      )}
    >
      <CardHead
        {...props}
        titleId={titleId}
        verdict={verdict}
        isFilled={isFilled}
        isOld={isOld}
        areMetersHidden={reasons.length > 0}
      />
      {isFilled && !props.isFolded && (
        <CardBody {...props} isDimmed={verdict?.kind === 'refused'} isOld={isOld} />
      )}
      {isFilled && reasons.length > 0 && (
        <RefusalPanel reasons={reasons} isCompact={props.density === 'heat'} />
      )}
    </section>
  )
}, sameProps)

const noReasons: readonly string[] = []

/** Its figures are not of now: the console does not hear it, or has sent no reading of it for seconds. */
function useIsOld(host: Host): boolean {
  const isSilent = useIsHostSilent(host.hostId)
  return isSilent || host.connection.status !== 'online'
}

function sameProps(before: Props, after: Props): boolean {
  return (
    before.host === after.host &&
    before.hiddenCount === after.hiddenCount &&
    before.isMatch === after.isMatch &&
    before.density === after.density &&
    before.isFoldable === after.isFoldable &&
    before.isFolded === after.isFolded &&
    sameItems(before.domains, after.domains) &&
    sameItems(before.arrivals, after.arrivals)
  )
}

function frameOf(verdict: HostVerdict | null, isTarget: boolean): string {
  if (verdict === null) return ''
  switch (verdict.kind) {
    case 'source':
      return 'border-dashed border-n7'
    case 'allowed':
      return isTarget
        ? 'border-accent outline-2 outline-accent bg-n3'
        : verdict.rank === 1
          ? 'border-accent'
          : 'border-n7'
    case 'warning':
      return isTarget ? 'border-warn outline-2 outline-warn bg-n3' : 'border-warn/60'
    case 'refused':
      return isTarget ? 'border-crit outline-1 outline-crit' : ''
  }
}

type HeadProps = Props & {
  titleId: string
  verdict: HostVerdict | null
  isFilled: boolean
  isOld: boolean
  /** Where they are, it says why it cannot take what is carried. */
  areMetersHidden: boolean
}

function CardHead(props: HeadProps) {
  const { host, domains, density, isFoldable, isFolded, titleId, verdict, isFilled } = props
  const { actions } = useBoard()
  return (
    <>
      <header className="flex h-7 items-center gap-2 pb-1">
        {isFoldable && (
          <button
            type="button"
            aria-expanded={!isFolded}
            aria-label={isFolded ? boardText.expand(host.name) : boardText.collapse(host.name)}
            onClick={() => actions.toggleFold(host.hostId)}
            className="-my-2 -ml-2.5 flex h-10 w-7 items-center justify-center text-n10"
          >
            <ChevronRight
              size={16}
              className={classNames('transition-transform duration-100', !isFolded && 'rotate-90')}
            />
          </button>
        )}
        <h3 id={titleId} className="min-w-0 shrink truncate text-sm">
          <button
            type="button"
            onClick={() => actions.inspectHost(host.hostId)}
            className="max-w-full truncate hover:text-accent"
          >
            {host.name}
          </button>
        </h3>
        <HostStateMark host={host} />
        {isFolded && verdict === null && (
          <FoldedMoves domains={domains} arrivals={props.arrivals} />
        )}
        {isFilled && (
          <HostSummary
            host={host}
            verdict={verdict}
            domainCount={domains.length}
            isCompact={density === 'heat'}
          />
        )}
      </header>
      <div
        className={classNames(
          props.isOld && 'opacity-80 grayscale',
          props.areMetersHidden && 'opacity-0',
        )}
      >
        {isFilled &&
          (density === 'heat' ? (
            <HeatHead host={host} verdict={verdict} />
          ) : (
            <HostMeters host={host} verdict={verdict} />
          ))}
      </div>
    </>
  )
}

const listClass: Record<Density, string> = {
  rows: 'flex flex-col',
  tiles: 'grid grid-cols-[repeat(auto-fill,minmax(--spacing(32),1fr))] gap-1.5',
  heat: 'flex flex-wrap gap-0.75',
}

function CardBody({
  host,
  domains,
  arrivals,
  hiddenCount,
  density,
  isDimmed,
  isOld,
}: Props & { isDimmed: boolean; isOld: boolean }) {
  const count = domains.length + arrivals.length
  const destinations = useDestinations(domains)
  return (
    <div className={classNames('mt-2', isDimmed && 'opacity-45', isOld && 'opacity-80 grayscale')}>
      {count > 0 && (
        <ul aria-label={boardText.domainsOf(host.name)} className={listClass[density]}>
          {domains.map((domain) => (
            <DomainItem
              key={domain.domainId}
              domain={domain}
              hostId={host.hostId}
              nicBytesPerSec={host.nicBytesPerSec}
              density={density}
              destination={destinations.get(domain.domainId) ?? null}
            />
          ))}
          {arrivals.map((migration) => (
            <GhostItem
              key={migration.migrationId}
              migrationId={migration.migrationId}
              density={density}
            />
          ))}
        </ul>
      )}
      {(hiddenCount > 0 || count === 0) && (
        <p className="flex h-6.5 items-center px-2.5 text-n10 text-xs">
          {hiddenCount > 0 ? boardText.hiddenByFilter(hiddenCount) : boardText.noDomains}
        </p>
      )}
    </div>
  )
}

/**
 * False in the first render. Scrolling brings whole lines of cards at once: their names come with the frame, the rest
 * in slices between frames, and while something is carried a card a frame, so that a drag across two hundred hosts does
 * not stutter.
 */
function useLater(): boolean {
  const { stores } = useBoard()
  const [isLater, setLater] = useState(false)
  useEffect(() => {
    const fill = () => startTransition(() => setLater(true))
    if (stores.drag.get() !== null) return inTurn(fill)
    fill()
    return undefined
  }, [stores])
  return isLater
}

const waiting = new Set<() => void>()
let isTurning = false

/** Runs them one a frame, in the order they came. The returned function gives up the turn. */
function inTurn(run: () => void): () => void {
  waiting.add(run)
  if (!isTurning) requestAnimationFrame(nextTurn)
  isTurning = true
  return () => waiting.delete(run)
}

function nextTurn(): void {
  const [next] = waiting
  isTurning = next !== undefined
  if (next === undefined) return
  waiting.delete(next)
  next()
  requestAnimationFrame(nextTurn)
}

/** Where the domains of this card that move are going. One look at the fleet for a card, not one for each row. */
function useDestinations(domains: readonly Domain[]): ReadonlyMap<DomainId, string> {
  const text =
    useFleetPart((index) =>
      domains
        .map(({ migrationId }) => migrationId !== null && index.migrations.get(migrationId))
        .flatMap((migration) =>
          migration === false || migration === undefined
            ? []
            : [`${migration.domainId} ${migration.destinationHostName}`],
        )
        .join('\n'),
    ) ?? ''
  // The ids went into the text as they are.
  return useMemo(
    () =>
      new Map(
        text
          .split('\n')
          .map((line) => line.split(' '))
          .map(([id, name]) => [id as DomainId, name ?? '']),
      ),
    [text],
  )
}
