'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { createContext, useContext } from 'react'
import { createStore, type Store } from '../../lib/store.ts'
import type { MenuPlace } from '../../ui/menu.tsx'
import type { PlaceInput } from './best-place.ts'
import type { HeatKey } from './board-view.ts'
import { type BrokenRules, nothingBroken } from './broken-rules.ts'
import type { HostVerdict } from './host-verdict.ts'
import type { Readings } from './loads.ts'
import { emptySelection, type Selection } from './selection.ts'

/** A drag in progress: what is in hand and what every host says to it. */
export type Drag = {
  readonly domains: readonly Domain[]
  readonly ids: ReadonlySet<DomainId>
  /** Empty in the frame of the pick-up: first the card is in the hand, then the hosts answer. */
  readonly verdicts: ReadonlyMap<HostId, HostVerdict>
  /** Why the domains in hand can go nowhere. */
  readonly obstacles: readonly string[]
  /** Best first, fixed so that the list beside the pointer does not jump; null until the hosts have answered. */
  readonly best: readonly HostVerdict[] | null
  /** The likely destinations: their readings are asked for while the drag lasts. */
  readonly candidates: readonly HostId[]
  /** Where it was picked up, for the short list; null when by keyboard. */
  readonly origin: DragOrigin | null
}

export type DragOrigin = Pick<PlaceInput, 'origin' | 'card'>

/** What is open over the board. */
export type Overlay =
  | { readonly kind: 'menu'; readonly domainId: DomainId; readonly place: MenuPlace }
  | { readonly kind: 'migrate'; readonly domainIds: readonly DomainId[] }
  | { readonly kind: 'destroy'; readonly domainId: DomainId }

export type RowKey = { readonly shift: boolean; readonly toggle: boolean }

/** What rows and cards may ask of the board; stable for the life of the page. */
export type BoardActions = {
  readonly press: (domainId: DomainId, key: RowKey) => void
  readonly openMenu: (domainId: DomainId, place: MenuPlace) => void
  readonly inspectDomain: (domainId: DomainId) => void
  readonly inspectHost: (hostId: HostId) => void
  readonly keyOnRow: (domainId: DomainId, event: React.KeyboardEvent) => void
  readonly dismissRefusal: (domainId: DomainId) => void
  readonly toggleFold: (hostId: HostId) => void
}

export type BoardStores = {
  readonly selection: Store<Selection>
  readonly drag: Store<Drag | null>
  /** The host that a drop would mean at this moment. */
  readonly target: Store<HostId | null>
  readonly overlay: Store<Overlay | null>
  /** What the server refused, per domain: it stays on the card until it is dismissed or the domain moves. */
  readonly refusals: Store<ReadonlyMap<DomainId, string>>
  /** Where rules do not hold now. */
  readonly broken: Store<BrokenRules>
  /** The row that the Tab key reaches. */
  readonly current: Store<DomainId | null>
}

export function createStores(): BoardStores {
  return {
    selection: createStore(emptySelection),
    drag: createStore<Drag | null>(null),
    target: createStore<HostId | null>(null),
    overlay: createStore<Overlay | null>(null),
    refusals: createStore<ReadonlyMap<DomainId, string>>(new Map()),
    broken: createStore(nothingBroken),
    current: createStore<DomainId | null>(null),
  }
}

export type BoardContextValue = {
  readonly stores: BoardStores
  readonly actions: BoardActions
  readonly readings: Readings
  readonly heat: HeatKey
  /** Why this user may not move anything; null when they may. */
  readonly dragRefusal: string | null
}

export const BoardContext = createContext<BoardContextValue | null>(null)

export function useBoard(): BoardContextValue {
  const board = useContext(BoardContext)
  if (board === null) throw new Error('useBoard needs a BoardContext above it')
  return board
}
