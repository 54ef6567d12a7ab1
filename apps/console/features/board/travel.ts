import type { DomainId, HostId } from '@drover/api-schema/ids.ts'

/**
 * A row that leaves one card and appears in another travels there in 180 ms. The old row says where it was when it
 * goes; the new one, in the same commit, starts from that place.
 */
const lastPlaces = new Map<
  DomainId,
  { readonly hostId: HostId; readonly rect: DOMRect; readonly at: number }
>()
const travelMs = 180
/** A place older than this belongs to an earlier picture. */
const freshMs = 250

type Row = { readonly domainId: DomainId; readonly hostId: HostId; readonly element: HTMLElement }

export function leavePlace({ domainId, hostId, element }: Row): void {
  lastPlaces.set(domainId, { hostId, rect: element.getBoundingClientRect(), at: performance.now() })
}

/** A row that only scrolled out and in again stays where it is. */
export function travelFromLastPlace({ domainId, hostId, element }: Row): void {
  const last = lastPlaces.get(domainId)
  lastPlaces.delete(domainId)
  if (last === undefined || last.hostId === hostId || performance.now() - last.at > freshMs) return
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
  const now = element.getBoundingClientRect()
  element.animate(
    [
      {
        transform: `translate(${last.rect.left - now.left}px, ${last.rect.top - now.top}px)`,
        zIndex: 20,
      },
      { transform: 'none', zIndex: 20 },
    ],
    { duration: travelMs, easing: 'cubic-bezier(0.2, 0, 0, 1)' },
  )
}
