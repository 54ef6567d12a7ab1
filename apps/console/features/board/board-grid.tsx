'use client'
import type { HostId } from '@drover/api-schema/ids.ts'
import {
  defaultRangeExtractor,
  type Range,
  useVirtualizer,
  type Virtualizer,
} from '@tanstack/react-virtual'
import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo } from 'react'
import { type FleetIndex, noMigrations } from '../../client/fleet-index.ts'
import { useLook } from '../../client/hooks.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import type { ArrangedGroup } from './arrange.ts'
import { useBoard } from './board-context.ts'
import { type BoardLayout, type BoardRow, cardSizeOf, gridGap, rowOfHost } from './board-layout.ts'
import type { Density } from './board-view.ts'
import { HostCard } from './host-card.tsx'

/** What the keyboard needs to reach a host that is not on the screen. */
export type GridHandle = {
  /** Scrolls to the card and waits until it, or what `inside` selects in it, exists. */
  readonly reveal: (hostId: HostId, inside?: string) => Promise<HTMLElement | null>
}

type Props = {
  layout: BoardLayout
  fleet: FleetIndex
  density: Density
  isFoldable: boolean
  isFolded: (hostId: HostId) => boolean
  scroller: RefObject<HTMLDivElement | null>
  handle: RefObject<GridHandle | null>
}

/** The cards, of which only those near the window exist; the others are a height. */
export function BoardGrid({
  layout,
  fleet,
  density,
  isFoldable,
  isFolded,
  scroller,
  handle,
}: Props) {
  const pinned = usePinnedRows(layout)
  const virtualizer = useVirtualizer({
    count: layout.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => layout.rows[index]?.height ?? 0,
    getItemKey: (index) => layout.rows[index]?.key ?? index,
    overscan: 1,
    paddingStart: gridGap * layout.scale,
    paddingEnd: gridGap * layout.scale,
    rangeExtractor: useCallback(
      (range: Range) =>
        [...new Set([...defaultRangeExtractor(range), ...pinned])].sort((a, b) => a - b),
      [pinned],
    ),
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: new heights are the reason to measure anew
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, layout])
  useReveal(handle, layout, virtualizer, scroller)

  const items = virtualizer.getVirtualItems()
  useLookAtVisible(items.map(({ index }) => layout.rows[index]))
  return (
    <section
      aria-label={boardText.hostsRegion}
      data-card={cardSizeOf(layout.cardWidth)}
      data-heat={layout.isHeatNamed ? 'named' : 'squares'}
      className="group/board relative w-full"
      style={{ height: virtualizer.getTotalSize(), ...tokensAt(layout.scale) }}
    >
      {items.map((item) => {
        const row = layout.rows[item.index]
        if (row === undefined) return null
        return (
          <div
            key={item.key}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            {row.kind === 'group' ? (
              <GroupHead group={row.group} />
            ) : (
              <div
                className="grid gap-3"
                style={{
                  gridTemplateColumns: `repeat(${layout.columns}, minmax(0, 1fr))`,
                  height: row.height - gridGap * layout.scale,
                }}
              >
                {row.hosts.map((arranged) => (
                  <HostCard
                    key={arranged.host.hostId}
                    {...arranged}
                    arrivals={fleet.arrivalsOfHost.get(arranged.host.hostId) ?? noMigrations}
                    density={density}
                    isFoldable={isFoldable}
                    isFolded={isFolded(arranged.host.hostId)}
                  />
                ))}
              </div>
            )}
          </div>
        )
      })}
    </section>
  )
}

/** Sizes of text and their lines (globals.css), which grow with the lengths. */
const textSizes = { '2xs': [11, 16], xs: [12, 16], sm: [13, 20], xl: [20, 28] } as const

/** The tokens that everything on the board is measured with, larger. */
function tokensAt(scale: number): Record<string, string> {
  if (scale === 1) return noTokens
  const tokens: Record<string, string> = { '--spacing': `${4 * scale}px` }
  for (const [name, [size, line]] of Object.entries(textSizes)) {
    tokens[`--text-${name}`] = `${size * scale}px`
    tokens[`--text-${name}--line-height`] = `${line * scale}px`
  }
  return tokens
}
const noTokens: Record<string, string> = {}

function GroupHead({ group }: { group: ArrangedGroup }) {
  const domains = group.hosts.reduce((sum, { domains: shown }) => sum + shown.length, 0)
  return (
    <div className="flex h-9 items-center gap-3 pb-1">
      <h2 className="text-sm">{group.title}</h2>
      <span className="text-n10 text-xs">
        {boardText.groupSummary(group.hosts.length, domains)}
      </span>
    </div>
  )
}

/** The card that something is carried from stays, so that the drag keeps its source while the board scrolls. */
function usePinnedRows(layout: BoardLayout): readonly number[] {
  const { stores } = useBoard()
  const drag = useStore(stores.drag, (value) => value)
  const current = useStore(stores.current, (value) => value)
  return useMemo(() => {
    const wanted = new Set(drag?.domains.map(({ hostId }) => hostId) ?? [])
    const rows = [...wanted].map((hostId) => rowOfHost(layout, hostId))
    if (current !== null) rows.push(rowOfDomain(layout, current))
    return rows.filter((row) => row !== -1)
  }, [layout, drag, current])
}

function rowOfDomain(layout: BoardLayout, domainId: string): number {
  return layout.rows.findIndex(
    (row) =>
      row.kind === 'hosts' &&
      row.hosts.some(({ domains }) => domains.some((domain) => domain.domainId === domainId)),
  )
}

function useLookAtVisible(rows: readonly (BoardRow | undefined)[]): void {
  const key = rows
    .flatMap((row) => (row?.kind === 'hosts' ? row.hosts.map(({ host }) => host.hostId) : []))
    .join(' ')
  // The ids went into the key as they are.
  useLook(useMemo(() => (key === '' ? [] : (key.split(' ') as HostId[])), [key]))
}

const framesToMount = 30

function useReveal(
  handle: RefObject<GridHandle | null>,
  layout: BoardLayout,
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  scroller: RefObject<HTMLDivElement | null>,
): void {
  useEffect(() => {
    handle.current = {
      reveal: async (hostId, inside = '') => {
        const row = rowOfHost(layout, hostId)
        if (row === -1) return null
        virtualizer.scrollToIndex(row, { align: 'auto' })
        for (let frame = 0; frame < framesToMount; frame += 1) {
          await new Promise((resolve) => requestAnimationFrame(resolve))
          const found = scroller.current?.querySelector<HTMLElement>(
            `[data-host="${hostId}"] ${inside}`,
          )
          if (found !== null && found !== undefined) return found
        }
        return null
      },
    }
    return () => {
      handle.current = null
    }
  }, [handle, layout, virtualizer, scroller])
}
