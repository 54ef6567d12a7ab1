import type { HelloFrame, RosterFrame } from '@drover/api-schema/agent-protocol.ts'
import type { EnrolmentTokenId } from '@drover/api-schema/ids.ts'
import type { TelemetryBatch } from '@drover/api-schema/telemetry-frame.ts'
import type { RawData } from 'ws'

/** Takes the batches of one roster; `frame` is only valid during the call, `sampledAt` is checked. */
export type TakeBatch = (batch: TelemetryBatch, frame: Uint8Array, sampledAt: number) => void
export type OpenRoster = { readonly frame: RosterFrame; readonly take: TakeBatch }

/** What the gateway needs of a WebSocket: those of `ws` have it, and those of a simulated network. */
export type AgentSocket = {
  readonly bufferedAmount: number
  send(text: string): void
  close(code: number, reason: string): void
  terminate(): void
  on(event: 'message', listener: (data: RawData, isBinary: boolean) => void): unknown
  on(event: 'close', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  once(event: 'close', listener: () => void): unknown
}

/** One agent's socket. The gateway owns and changes it. */
export type AgentSession = {
  readonly sessionId: string
  readonly socket: AgentSocket
  readonly tokenId: EnrolmentTokenId
  /** For the log: its address, and its name as soon as it has given one. */
  peer: string
  /** Null until hello was accepted. */
  hello: HelloFrame | null
  isClosed: boolean
  /** False until its picture is whole: resumed, or its inventory has arrived. */
  isCurrent: boolean
  /** A moment, for people. */
  lastSeenAt: number
  /** The same in monotonic ms, for judging silence. */
  heardAtMs: number
  heartbeatDueAtMs: number
  /** The last fact applied; null until the first one after "start over". */
  lastSeq: number | null
  readonly rosters: Map<number, OpenRoster>
  hasNotedSkew: boolean
  cancelHelloTimer: () => void
}

/** Rosters an agent may have open: the present one and those of batches still under way. */
const maxRosters = 4

export function keepRoster(session: AgentSession, roster: OpenRoster): void {
  session.rosters.delete(roster.frame.rosterId)
  session.rosters.set(roster.frame.rosterId, roster)
  if (session.rosters.size <= maxRosters) return
  const oldest = session.rosters.keys().next()
  if (!oldest.done) session.rosters.delete(oldest.value)
}

/** Null when the batch is what the roster announced. */
export function mismatch(batch: TelemetryBatch, roster: RosterFrame): string | null {
  if (batch.domainCount !== roster.domainIds.length)
    return 'a batch with another number of domains than its roster'
  if (batch.hostMetricCount !== roster.hostMetrics.length)
    return 'a batch with other host metrics than its roster'
  // Without domains there is nothing the number of their metrics could be read from.
  if (batch.domainCount > 0 && batch.domainMetricCount !== roster.domainMetrics.length) {
    return 'a batch with other domain metrics than its roster'
  }
  return null
}
