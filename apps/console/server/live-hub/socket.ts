import type { RosterFrame } from '@drover/api-schema/agent-protocol.ts'
import type { HostId, UserId } from '@drover/api-schema/ids.ts'
import {
  encodeSamples,
  type LiveDownFrame,
  maxForwardedBatchBytes,
  type SampleEntry,
} from '@drover/api-schema/live-protocol.ts'
import type { WebSocket } from 'ws'

/** The newest batch of a host, as its agent encoded it. One object a host, changed in place by the next batch. */
export type LatestBatch = {
  readonly hostId: HostId
  readonly roster: RosterFrame
  readonly bytes: Uint8Array
}

export type Viewer = {
  readonly sessionId: string
  readonly userId: UserId
  readonly expiresAt: number
}

/** One browser's socket. The hub owns and changes it. */
export type LiveSocket = {
  readonly socket: WebSocket
  readonly viewer: Viewer
  isReady: boolean
  isClosed: boolean
  /** Monotonic, like the two moments below. */
  heardAtMs: number
  heartbeatDueAt: number
  /** A snapshot on its way is not counted against the limits; it may be larger than they are. */
  snapshotBytes: number
  snapshotSince: number
  wantsSnapshot: boolean
  readonly subscribed: Set<HostId>
  /** Hosts with a batch this browser has not been sent. */
  readonly dirty: Set<LatestBatch>
  readonly slots: Map<HostId, { readonly slot: number; roster: RosterFrame | null }>
  readonly freeSlots: number[]
  nextSlot: number
  cancelHelloTimer: () => void
}

/** About this many bytes of samples a frame. */
const sampleFrameBytes = 128 * 1024

/** Frames for everything that is dirty: rosters the browser has not seen first, then the batches. */
export function takeSamples(
  live: LiveSocket,
  backlog: (hostId: HostId) => readonly Uint8Array[],
): { rosters: string[]; frames: Uint8Array[] } {
  const rosters: string[] = []
  const frames: Uint8Array[] = []
  let entries: SampleEntry[] = []
  let bytes = 0
  const finish = () => {
    if (entries.length > 0) frames.push(encodeSamples(entries))
    entries = []
    bytes = 0
  }
  for (const latest of live.dirty) {
    if (latest.bytes.byteLength > maxForwardedBatchBytes) continue
    const isFirst = !live.slots.has(latest.hostId)
    const place = slotOf(live, latest.hostId)
    if (place.roster !== latest.roster) {
      place.roster = latest.roster
      rosters.push(rosterFrame(place.slot, latest))
    }
    for (const batch of isFirst ? backlog(latest.hostId) : []) {
      entries.push({ slot: place.slot, batch, isPast: true })
      bytes += batch.byteLength
    }
    entries.push({ slot: place.slot, batch: latest.bytes, isPast: false })
    bytes += latest.bytes.byteLength
    if (bytes >= sampleFrameBytes) finish()
  }
  live.dirty.clear()
  finish()
  return { rosters, frames }
}

/** Forgets hosts that are not watched any more, so that their slots can be given again. */
export function releaseSlots(live: LiveSocket): void {
  for (const [hostId, { slot }] of live.slots) {
    if (live.subscribed.has(hostId)) continue
    live.slots.delete(hostId)
    live.freeSlots.push(slot)
  }
}

function slotOf(live: LiveSocket, hostId: HostId) {
  const known = live.slots.get(hostId)
  if (known !== undefined) return known
  let slot = live.freeSlots.pop()
  if (slot === undefined) {
    slot = live.nextSlot
    live.nextSlot += 1
  }
  const made: { slot: number; roster: RosterFrame | null } = { slot, roster: null }
  live.slots.set(hostId, made)
  return made
}

function rosterFrame(slot: number, latest: LatestBatch): string {
  const { rosterId, hostMetrics, domainMetrics, domainIds } = latest.roster
  const frame: LiveDownFrame = {
    type: 'roster',
    slot,
    hostId: latest.hostId,
    rosterId,
    hostMetrics,
    domainMetrics,
    domainIds,
  }
  return JSON.stringify(frame)
}
