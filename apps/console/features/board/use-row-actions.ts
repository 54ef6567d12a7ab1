'use client'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { type KeyboardEvent, type RefObject, useMemo, useRef } from 'react'
import { type ArrangedGroup, orderOf } from './arrange.ts'
import type { BoardActions, BoardStores } from './board-context.ts'
import type { GridHandle } from './board-grid.tsx'
import { type BoardLayout, hostInDirection } from './board-layout.ts'
import type { Inspected } from './board-view.ts'
import { changeSelection } from './selection.ts'

/** What the actions look at when they run; it changes with every render, they do not. */
export type RowSurroundings = {
  readonly groups: readonly ArrangedGroup[]
  readonly layout: BoardLayout
  readonly isInspectorOpen: boolean
  /** A click on a row also opens the inspector: where that covers or moves nothing. */
  readonly clickInspects: boolean
  readonly canMove: boolean
  readonly inspect: (inspected: Inspected | null) => void
  readonly toggleInspector: () => void
  readonly toggleFold: (hostId: HostId) => void
}

type Step = { readonly domainId: DomainId; readonly hostId: HostId }
/** The press that ends a keyboard drag must not also be a click on the row. */
const clickAfterDragMs = 300

/** Clicks and keys on rows: select, extend, go to the next, open the menu's things. Stable for the life of the page. */
export function useRowActions(
  stores: BoardStores,
  grid: RefObject<GridHandle | null>,
  surroundings: RowSurroundings,
) {
  const latest = useRef(surroundings)
  latest.current = surroundings
  return useMemo(() => {
    const order = () => orderOf(latest.current.groups)
    const select = (change: Parameters<typeof changeSelection>[1]) =>
      stores.selection.set(changeSelection(stores.selection.get(), change))
    let dragEndedAt = Number.NEGATIVE_INFINITY
    stores.drag.listen(() => {
      if (stores.drag.get() === null) dragEndedAt = performance.now()
    })

    async function focus(step: Step | undefined, isRange: boolean) {
      if (step === undefined) return
      const button = await grid.current?.reveal(
        step.hostId,
        `[data-domain="${step.domainId}"] > button`,
      )
      stores.current.set(step.domainId)
      button?.focus({ preventScroll: false })
      if (isRange)
        select({ kind: 'range', id: step.domainId, order: order().map(({ domainId }) => domainId) })
      else if (latest.current.isInspectorOpen)
        latest.current.inspect({ kind: 'domain', id: step.domainId })
    }

    function neighbour(domainId: DomainId, by: 1 | -1): Step | undefined {
      const steps = order()
      return steps[steps.findIndex((step) => step.domainId === domainId) + by]
    }

    function endOfHost(domainId: DomainId, key: 'Home' | 'End'): Step | undefined {
      const steps = order()
      const hostId = steps.find((step) => step.domainId === domainId)?.hostId
      const here = steps.filter((step) => step.hostId === hostId)
      return key === 'Home' ? here[0] : here.at(-1)
    }

    function inHost(domainId: DomainId, direction: 'left' | 'right'): Step | undefined {
      const steps = order()
      const from = steps.find((step) => step.domainId === domainId)
      if (from === undefined) return undefined
      let hostId = from.hostId
      // Hosts without a domain are stepped over.
      for (
        let tries = 0;
        tries < latest.current.layout.rows.length * latest.current.layout.columns;
        tries += 1
      ) {
        const next = hostInDirection(latest.current.layout, hostId, direction)
        if (next === hostId) return undefined
        hostId = next
        const first = steps.find((step) => step.hostId === hostId)
        if (first !== undefined) return first
      }
      return undefined
    }

    const actions: BoardActions = {
      press: (domainId, key) => {
        if (performance.now() - dragEndedAt < clickAfterDragMs) return
        stores.current.set(domainId)
        if (key.shift)
          select({ kind: 'range', id: domainId, order: order().map((step) => step.domainId) })
        else if (key.toggle) select({ kind: 'toggle', id: domainId })
        else {
          select({ kind: 'only', id: domainId })
          if (latest.current.clickInspects || latest.current.isInspectorOpen)
            latest.current.inspect({ kind: 'domain', id: domainId })
        }
      },
      openMenu: (domainId, place) => {
        stores.current.set(domainId)
        stores.overlay.set({ kind: 'menu', domainId, place })
      },
      inspectDomain: (domainId) => latest.current.inspect({ kind: 'domain', id: domainId }),
      inspectHost: (hostId) => {
        select({ kind: 'clear' })
        latest.current.inspect({ kind: 'host', id: hostId })
      },
      dismissRefusal: (domainId) => {
        const refusals = new Map(stores.refusals.get())
        refusals.delete(domainId)
        stores.refusals.set(refusals)
      },
      toggleFold: (hostId) => latest.current.toggleFold(hostId),
      keyOnRow: (domainId, event) => {
        if (stores.drag.get() !== null || event.ctrlKey || event.metaKey || event.altKey) return
        if (onKey(domainId, event)) event.preventDefault()
      },
    }

    function onKey(domainId: DomainId, event: KeyboardEvent): boolean {
      switch (event.key) {
        case 'j':
        case 'J':
        case 'ArrowDown':
          void focus(neighbour(domainId, 1), event.shiftKey)
          return true
        case 'k':
        case 'K':
        case 'ArrowUp':
          void focus(neighbour(domainId, -1), event.shiftKey)
          return true
        case 'ArrowLeft':
          void focus(inHost(domainId, 'left'), false)
          return true
        case 'ArrowRight':
          void focus(inHost(domainId, 'right'), false)
          return true
        case 'Home':
        case 'End':
          void focus(endOfHost(domainId, event.key), event.shiftKey)
          return true
        case 'x':
          select({ kind: 'toggle', id: domainId })
          return true
        case 'm': {
          const { ids } = stores.selection.get()
          if (latest.current.canMove)
            stores.overlay.set({
              kind: 'migrate',
              domainIds: ids.has(domainId) ? [...ids] : [domainId],
            })
          return true
        }
        case 'i':
          latest.current.inspect({ kind: 'domain', id: domainId })
          if (latest.current.isInspectorOpen) latest.current.toggleInspector()
          return true
        case 'Escape':
          if (stores.selection.get().ids.size > 0) select({ kind: 'clear' })
          else if (latest.current.isInspectorOpen) latest.current.toggleInspector()
          return true
        default:
          return false
      }
    }

    return {
      actions,
      focusDomain: (domainId: DomainId) =>
        focus(
          order().find((step) => step.domainId === domainId),
          false,
        ),
    }
  }, [stores, grid])
}
