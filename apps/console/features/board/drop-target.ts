import { type HostId, hostIdSchema } from '@drover/api-schema/ids.ts'

export type Point = { readonly x: number; readonly y: number }

/**
 * The host that a drop at this point of the window means: what is seen there decides, a card or a line of the short
 * list. No geometry is kept, so nothing has to be measured when a drag begins or when the board scrolls under it.
 */
export function hostAt(point: Point): HostId | null {
  const place = document.elementFromPoint(point.x, point.y)?.closest('[data-best], [data-host]')
  const hostId = place?.getAttribute('data-best') ?? place?.getAttribute('data-host')
  return hostIdSchema.safeParse(hostId).data ?? null
}
