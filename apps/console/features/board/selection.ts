import type { DomainId } from '@drover/api-schema/ids.ts'

/** Which domains are selected; `anchor` is where a range begins. */
export type Selection = { readonly ids: ReadonlySet<DomainId>; readonly anchor: DomainId | null }
export const emptySelection: Selection = { ids: new Set(), anchor: null }

export type SelectionChange =
  | { readonly kind: 'only'; readonly id: DomainId }
  | { readonly kind: 'toggle'; readonly id: DomainId }
  /** From the anchor to `id`, in the order of the screen. */
  | { readonly kind: 'range'; readonly id: DomainId; readonly order: readonly DomainId[] }
  | { readonly kind: 'clear' }
  /** Domains that are gone are not selected any more. */
  | { readonly kind: 'keep'; readonly exists: (id: DomainId) => boolean }

export function changeSelection(selection: Selection, change: SelectionChange): Selection {
  switch (change.kind) {
    case 'only':
      return { ids: new Set([change.id]), anchor: change.id }
    case 'toggle': {
      const ids = new Set(selection.ids)
      if (!ids.delete(change.id)) ids.add(change.id)
      return { ids, anchor: change.id }
    }
    case 'range': {
      const from = change.order.indexOf(selection.anchor ?? change.id)
      const to = change.order.indexOf(change.id)
      if (from === -1 || to === -1) return { ids: new Set([change.id]), anchor: change.id }
      return {
        ids: new Set(change.order.slice(Math.min(from, to), Math.max(from, to) + 1)),
        anchor: selection.anchor ?? change.id,
      }
    }
    case 'clear':
      return selection.ids.size === 0 ? selection : emptySelection
    case 'keep': {
      const kept = [...selection.ids].filter(change.exists)
      if (kept.length === selection.ids.size) return selection
      const anchor =
        selection.anchor !== null && change.exists(selection.anchor) ? selection.anchor : null
      return { ids: new Set(kept), anchor }
    }
  }
}
