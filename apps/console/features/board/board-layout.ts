import type { HostId } from '@drover/api-schema/ids.ts'
import type { ArrangedGroup, ArrangedHost } from './arrange.ts'
import type { Density } from './board-view.ts'

/**
 * Where the cards stand. Heights follow from what is in a card, so nothing is measured: the list can scroll to a host
 * that was never on screen, and the keyboard can hop there. The numbers are the classes of host-card.tsx.
 */
export const cardChrome = { top: 11, header: 28, meters: 80, gap: 8, bottom: 9 } as const
export const rowHeight = 26
export const tileHeight = 48
const tileMinWidth = 128
const tileGap = 6
export const heatCell = { width: 34, namedWidth: 128, height: 28, gap: 3 } as const
const heatHeader = 54
const cardInnerPadding = 24
export const gridGap = 12
const groupHeight = 36
const minCardWidth: Record<Density, number> = { rows: 452, tiles: 452, heat: 236 }

export type LayoutInput = {
  readonly groups: readonly ArrangedGroup[]
  readonly width: number
  readonly density: Density
  /** Cards that show their header and meters only. */
  readonly isFolded: (hostId: HostId) => boolean
  /** Domains on their way to a host have a place there. */
  readonly arrivalCount: (hostId: HostId) => number
  readonly isTouch?: boolean
  /** What can be seen without scrolling; unknown is none. */
  readonly viewHeight?: number
}

export type BoardRow =
  | {
      readonly kind: 'group'
      readonly key: string
      readonly height: number
      readonly group: ArrangedGroup
    }
  | {
      readonly kind: 'hosts'
      readonly key: string
      readonly height: number
      readonly hosts: readonly ArrangedHost[]
    }

/** How much a card has room for. Known beforehand, so no container query has to find out at every layout. */
export type CardSize = 'compact' | 'medium' | 'wide'

export function cardSizeOf(cardWidth: number): CardSize {
  return cardWidth < 426 ? 'compact' : cardWidth < 496 ? 'medium' : 'wide'
}

export type BoardLayout = {
  /** Everything is this much larger than on a desk: the lengths here and the tokens of the board (board-grid.tsx). */
  readonly scale: number
  /** Heat squares carry their names: where all of them can be seen at once even so. */
  readonly isHeatNamed: boolean
  readonly columns: number
  readonly cardWidth: number
  readonly rows: readonly BoardRow[]
}

/** A very wide screen is looked at from further away. */
function scaleFor(width: number): number {
  return width >= 3300 ? 1.5 : width >= 2300 ? 1.25 : 1
}

/** As many as fit, and no more than it takes for the same number of lines: six hosts stand in two threes. */
export function columnsFor(width: number, density: Density, hostCount: number): number {
  const fitting = Math.max(1, Math.floor((width + gridGap) / (minCardWidth[density] + gridGap)))
  return Math.max(1, Math.ceil(hostCount / Math.ceil(hostCount / fitting)))
}

export function layoutBoard(input: LayoutInput): BoardLayout {
  const scale = scaleFor(input.width)
  const named = layoutUnscaled({ ...input, width: input.width / scale }, true)
  const isHeatNamed = input.density === 'heat' && heightOf(named) * scale <= (input.viewHeight ?? 0)
  const layout =
    input.density !== 'heat' || isHeatNamed
      ? named
      : layoutUnscaled({ ...input, width: input.width / scale }, false)
  return {
    ...layout,
    scale,
    isHeatNamed,
    rows:
      scale === 1
        ? layout.rows
        : layout.rows.map((row) => ({ ...row, height: row.height * scale })),
  }
}

function heightOf({ rows }: Pick<BoardLayout, 'rows'>): number {
  return rows.reduce((sum, { height }) => sum + height, gridGap)
}

/** `cardWidth` and the heights are those of a desk. */
function layoutUnscaled(input: LayoutInput, isHeatNamed: boolean) {
  const largest = Math.max(1, ...input.groups.map(({ hosts }) => hosts.length))
  const columns = columnsFor(input.width, input.density, largest)
  const cardWidth = (input.width - gridGap * (columns - 1)) / columns
  const sizes = { cardWidth, isHeatNamed }
  const rows: BoardRow[] = []
  for (const group of input.groups) {
    if (group.title !== null)
      rows.push({ kind: 'group', key: `group:${group.key}`, height: groupHeight, group })
    for (let start = 0; start < group.hosts.length; start += columns) {
      const hosts = group.hosts.slice(start, start + columns)
      const height =
        gridGap + Math.max(...hosts.map((arranged) => cardHeight(arranged, sizes, input)))
      rows.push({ kind: 'hosts', key: `hosts:${group.key}:${start}`, height, hosts })
    }
  }
  return { columns, cardWidth, rows }
}

type Sizes = { readonly cardWidth: number; readonly isHeatNamed: boolean }

export function cardHeight(arranged: ArrangedHost, sizes: Sizes, input: LayoutInput): number {
  const { hostId } = arranged.host
  const head = input.density === 'heat' ? heatHeader : cardChrome.header + cardChrome.meters
  const frame = cardChrome.top + head + cardChrome.bottom
  if (input.isFolded(hostId)) return frame
  const count = arranged.domains.length + input.arrivalCount(hostId)
  const note = arranged.hiddenCount > 0 || count === 0 ? rowHeight : 0
  return frame + cardChrome.gap + note + bodyHeight(count, sizes, input)
}

function bodyHeight(
  count: number,
  { cardWidth, isHeatNamed }: Sizes,
  { density, isTouch = false }: LayoutInput,
): number {
  if (count === 0) return 0
  const inner = cardWidth - cardInnerPadding
  switch (density) {
    case 'rows':
      return count * (isTouch ? 44 : rowHeight)
    case 'tiles': {
      const perRow = tilesPerRow(inner)
      const lines = Math.ceil(count / perRow)
      return lines * tileHeight + (lines - 1) * tileGap
    }
    case 'heat': {
      const width = isHeatNamed ? heatCell.namedWidth : heatCell.width
      const perRow = Math.max(1, Math.floor((inner + heatCell.gap) / (width + heatCell.gap)))
      const lines = Math.ceil(count / perRow)
      return lines * heatCell.height + (lines - 1) * heatCell.gap
    }
  }
}

export function tilesPerRow(innerWidth: number): number {
  return Math.max(1, Math.floor((innerWidth + tileGap) / (tileMinWidth + tileGap)))
}

export type Direction = 'up' | 'down' | 'left' | 'right'

/** The host one step away on the screen; the same one at an edge. Left and right run on over the ends of lines. */
export function hostInDirection(layout: BoardLayout, from: HostId, direction: Direction): HostId {
  const lines = layout.rows.flatMap((row) =>
    row.kind === 'hosts' ? [row.hosts.map(({ host }) => host.hostId)] : [],
  )
  const flat = lines.flat()
  const line = lines.findIndex((hosts) => hosts.includes(from))
  const column = lines[line]?.indexOf(from) ?? -1
  switch (direction) {
    case 'left':
      return flat[flat.indexOf(from) - 1] ?? from
    case 'right':
      return flat[flat.indexOf(from) + 1] ?? from
    case 'up':
      return nearest(lines[line - 1], column) ?? from
    case 'down':
      return nearest(lines[line + 1], column) ?? from
  }
}

function nearest(line: readonly HostId[] | undefined, column: number): HostId | undefined {
  return line?.[Math.min(column, line.length - 1)]
}

/** The row of a host, for scrolling to it; -1 when it is not shown. */
export function rowOfHost(layout: BoardLayout, hostId: HostId): number {
  return layout.rows.findIndex(
    (row) => row.kind === 'hosts' && row.hosts.some(({ host }) => host.hostId === hostId),
  )
}
