/**
 * The browsers' socket: who may look is decided before the upgrade; then a snapshot, every patch after it, and the newest
 * samples of the hosts a browser watches. It takes no commands; those go over HTTP.
 *
 * A slow browser costs nothing but its own picture: samples wait and only the newest of each host is kept while more than
 * the soft limit is unsent; above the hard limit the socket is closed and the browser comes back for a snapshot.
 * Like the agent gateway it is the one driver of its sockets' lives, hence one file.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { closeCodes, newestCommonVersion } from '@drover/api-schema/agent-protocol.ts'
import type { HostId, MigrationId, UserId } from '@drover/api-schema/ids.ts'
import {
  type Change,
  type Fleet,
  type LiveDownFrame,
  type LiveUpFrame,
  liveLimits,
  liveProtocolVersions,
  liveUpFrameSchema,
} from '@drover/api-schema/live-protocol.ts'
import type { MigrationProgress } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { type Clock, every } from './clock.ts'
import {
  type LatestBatch,
  type LiveSocket,
  releaseSlots,
  takeSamples,
  type Viewer,
} from './live-hub/socket.ts'
import type { Log } from './log.ts'

export type LiveHubPorts = {
  readonly clock: Clock
  readonly log: Log
  readonly consoleVersion: string
  readonly isSameOrigin: (request: IncomingMessage) => boolean
  /** Null without a good session; throws while nobody can tell. */
  readonly authenticate: (request: IncomingMessage) => Promise<Viewer | null>
  readonly snapshot: () => Fleet
  readonly latestBatch: (hostId: HostId) => LatestBatch | null
  /** Readings of the last minutes in the layout of the latest batch, oldest first. */
  readonly backlog: (hostId: HostId) => readonly Uint8Array[]
}

export type LiveHub = {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  publish(patch: { readonly generation: number; readonly changes: readonly Change[] }): void
  progressed(migrationId: MigrationId, progress: MigrationProgress): void
  /** Called for every batch of every host; does nothing for a host nobody watches. */
  sampled(latest: LatestBatch): void
  sessionsEnded(ended: { readonly sessionId: string } | { readonly userId: UserId }): void
  stop(): void
}

const flushMs = 100
const snapshotPatienceMs = 60_000
const closePatienceMs = 2_000
/** Sockets one user may have, a tab each; beyond it the oldest goes. */
const maxSocketsPerUser = 20
const heartbeat = JSON.stringify({ type: 'heartbeat' } satisfies LiveDownFrame)

export function createLiveHub(ports: LiveHubPorts): LiveHub {
  const { clock, log } = ports
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: liveLimits.maxFrameBytes,
    perMessageDeflate: false,
    clientTracking: false,
  })
  const silentMs = liveLimits.missedHeartbeats * liveLimits.heartbeatMs
  const sockets = new Set<LiveSocket>()
  const watchers = new Map<HostId, Set<LiveSocket>>()
  let cancelFlush: (() => void) | null = null
  let flushedAt = Number.NEGATIVE_INFINITY
  let lastSnapshot: { generation: number; bytes: Buffer } | null = null

  // ── Ending ───────────────────────────────────────────────────────────────────────────────────────────────────────

  const ended = (live: LiveSocket): void => {
    if (live.isClosed) return
    live.isClosed = true
    live.cancelHelloTimer()
    sockets.delete(live)
    subscribe(live, [])
    live.dirty.clear()
  }
  const close = (live: LiveSocket, code: number, reason: string): void => {
    if (live.isClosed) return
    log.debug('A browser was disconnected.', { code, reason, userId: live.viewer.userId })
    ended(live)
    live.socket.close(code, reason)
    const cancel = clock.setTimer(closePatienceMs, () => live.socket.terminate())
    live.socket.once('close', cancel)
  }

  // ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  const unsent = (live: LiveSocket): number =>
    Math.max(0, live.socket.bufferedAmount - live.snapshotBytes)
  /** Text that is one frame for many is encoded once, by `encoded`; else bytes are a binary frame. */
  const send = (live: LiveSocket, data: string | Uint8Array | Encoded): void => {
    if (live.isClosed) return
    if (unsent(live) > liveLimits.hardBufferedBytes) {
      close(live, closeCodes['slow-consumer'], 'The browser does not read what it is sent.')
      return
    }
    if (typeof data === 'object' && 'text' in data) live.socket.send(data.text, asText)
    else live.socket.send(data)
  }

  const sendSnapshot = (live: LiveSocket): void => {
    // One at a time: a browser that asks again before it has read the first gets the next one after it.
    live.wantsSnapshot = live.snapshotBytes > 0
    if (live.wantsSnapshot || live.isClosed) return
    const bytes = snapshotBytes()
    live.snapshotBytes = bytes.byteLength
    live.snapshotSince = clock.monotonicMs()
    live.socket.send(bytes, asText, () => {
      live.snapshotBytes = 0
      if (live.wantsSnapshot) sendSnapshot(live)
    })
  }
  /** One for all browsers: a hundred that come back together share it. */
  const snapshotBytes = (): Buffer => {
    const fleet = ports.snapshot()
    if (lastSnapshot?.generation !== fleet.generation) {
      const frame: LiveDownFrame = { type: 'snapshot', fleet }
      lastSnapshot = { generation: fleet.generation, bytes: encoded(frame).text }
    }
    return lastSnapshot.bytes
  }

  const flushSoon = (): void => {
    if (cancelFlush !== null) return
    cancelFlush = clock.setTimer(Math.max(0, flushedAt + flushMs - clock.monotonicMs()), flush)
  }
  const flush = (): void => {
    cancelFlush = null
    flushedAt = clock.monotonicMs()
    let isBehind = false
    for (const live of sockets) {
      if (live.dirty.size === 0) continue
      if (unsent(live) > liveLimits.softBufferedBytes) {
        isBehind = true
        continue
      }
      const { rosters, frames } = takeSamples(live, ports.backlog)
      for (const roster of rosters) send(live, roster)
      for (const frame of frames) send(live, frame)
    }
    if (isBehind) flushSoon()
  }

  // ── Frames ───────────────────────────────────────────────────────────────────────────────────────────────────────

  const subscribe = (live: LiveSocket, hostIds: readonly HostId[]): void => {
    const next = new Set(hostIds)
    for (const hostId of live.subscribed) {
      if (next.has(hostId)) continue
      live.subscribed.delete(hostId)
      const set = watchers.get(hostId)
      set?.delete(live)
      if (set?.size === 0) watchers.delete(hostId)
    }
    for (const latest of live.dirty) if (!next.has(latest.hostId)) live.dirty.delete(latest)
    for (const hostId of next) {
      if (live.subscribed.has(hostId)) continue
      live.subscribed.add(hostId)
      const set = watchers.get(hostId) ?? new Set()
      watchers.set(hostId, set.add(live))
      const latest = ports.latestBatch(hostId)
      if (latest !== null) live.dirty.add(latest)
    }
    releaseSlots(live)
    if (live.dirty.size > 0) flushSoon()
  }

  const greet = (live: LiveSocket, versions: readonly number[]): void => {
    const version = newestCommonVersion(liveProtocolVersions, versions)
    if (version === null)
      return close(
        live,
        closeCodes['no-common-version'],
        'Reload the page: the console was updated.',
      )
    live.cancelHelloTimer()
    live.isReady = true
    const { consoleVersion } = ports
    send(
      live,
      JSON.stringify({
        type: 'welcome',
        version,
        now: clock.now(),
        consoleVersion,
      } satisfies LiveDownFrame),
    )
    sendSnapshot(live)
  }

  const takeFrame = (live: LiveSocket, frame: LiveUpFrame): void => {
    if (!live.isReady && frame.type !== 'hello')
      return malformed(live, `${frame.type} before hello`)
    switch (frame.type) {
      case 'hello':
        return live.isReady ? malformed(live, 'a second hello') : greet(live, frame.versions)
      case 'heartbeat':
        return
      case 'resync':
        return sendSnapshot(live)
      case 'subscribe-samples':
        return subscribe(live, frame.hostIds)
      default:
        return assertNever(frame)
    }
  }

  const malformed = (live: LiveSocket, what: string) =>
    close(live, closeCodes.malformed, `The browser sent ${what}.`.slice(0, 120))

  const receive = (live: LiveSocket, data: RawData, isBinary: boolean): void => {
    if (live.isClosed || !(data instanceof Buffer)) return
    live.heardAtMs = clock.monotonicMs()
    try {
      if (isBinary) return malformed(live, 'a binary frame')
      const frame = parseLiveFrame(data)
      if (frame === null) return malformed(live, 'a frame that is not of the protocol')
      takeFrame(live, frame)
    } catch (error) {
      log.error('A frame of a browser broke the console.', { userId: live.viewer.userId, error })
      close(live, 1011, 'The console failed; it has been logged.')
    }
  }

  // ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  const stopSweep = every(clock, liveLimits.heartbeatMs / 5, (isLate) => {
    const now = clock.monotonicMs()
    const moment = clock.now()
    for (const live of sockets) {
      if (moment >= live.viewer.expiresAt) {
        close(live, closeCodes['not-authenticated'], 'The session has expired.')
      } else if (now - live.heardAtMs > silentMs && !isLate) {
        close(live, closeCodes['silent-too-long'], 'Nothing was heard for too long.')
      } else if (
        live.snapshotBytes > 0 &&
        now - live.snapshotSince > snapshotPatienceMs &&
        !isLate
      ) {
        close(live, closeCodes['slow-consumer'], 'The browser does not read what it is sent.')
      } else if (live.isReady && now >= live.heartbeatDueAt) {
        live.heartbeatDueAt = now + liveLimits.heartbeatMs
        send(live, heartbeat)
      }
    }
  })

  const accept = (socket: WebSocket, viewer: Viewer): void => {
    const own = [...sockets].filter((other) => other.viewer.userId === viewer.userId)
    for (const oldest of own.slice(0, Math.max(0, own.length + 1 - maxSocketsPerUser))) {
      close(
        oldest,
        closeCodes['replaced-by-newer-session'],
        `You have more than ${maxSocketsPerUser} pages open.`,
      )
    }
    const live = newLiveSocket(socket, viewer, clock.monotonicMs())
    live.cancelHelloTimer = clock.setTimer(liveLimits.helloTimeoutMs, () =>
      close(live, closeCodes['silent-too-long'], 'No hello came in time.'),
    )
    sockets.add(live)
    socket.on('error', (error) =>
      log.debug('A socket of a browser failed.', { error: error.message }),
    )
    socket.on('message', (data, isBinary) => receive(live, data, isBinary))
    socket.on('close', () => ended(live))
  }

  return {
    async upgrade(request, socket, head) {
      const onError = () => socket.destroy()
      socket.on('error', onError)
      if (!ports.isSameOrigin(request)) return refuseUpgrade(socket, '403 Forbidden')
      let viewer: Viewer | null
      try {
        viewer = await ports.authenticate(request)
      } catch (error) {
        log.warn('A session could not be looked up.', { error })
        return refuseUpgrade(socket, '503 Service Unavailable')
      }
      if (viewer === null) return refuseUpgrade(socket, '401 Unauthorized')
      const known = viewer
      socket.removeListener('error', onError)
      server.handleUpgrade(request, socket, head, (ws) => accept(ws, known))
    },

    publish(patch) {
      if (sockets.size === 0) return
      const frame = encoded({ type: 'patch', ...patch, changes: [...patch.changes] })
      for (const live of sockets) if (live.isReady) send(live, frame)
    },

    progressed(migrationId, progress) {
      if (sockets.size === 0) return
      const frame = encoded({ type: 'migration-progressed', migrationId, progress })
      // The next one replaces it: a browser that is behind does without.
      for (const live of sockets) {
        if (live.isReady && unsent(live) <= liveLimits.softBufferedBytes) send(live, frame)
      }
    },

    sampled(latest) {
      const watching = watchers.get(latest.hostId)
      if (watching === undefined) return
      for (const live of watching) live.dirty.add(latest)
      flushSoon()
    },

    sessionsEnded(over) {
      for (const live of [...sockets]) {
        const { viewer } = live
        const isOver =
          'userId' in over ? viewer.userId === over.userId : viewer.sessionId === over.sessionId
        if (isOver) close(live, closeCodes['not-authenticated'], 'The session has ended.')
      }
    },

    stop() {
      stopSweep()
      cancelFlush?.()
      for (const live of [...sockets])
        close(live, closeCodes['going-away'], 'The console is stopping.')
    },
  }
}

type Encoded = { readonly text: Buffer }
const asText = { binary: false }

function encoded(frame: LiveDownFrame): Encoded {
  return { text: Buffer.from(JSON.stringify(frame), 'utf8') }
}

function newLiveSocket(socket: WebSocket, viewer: Viewer, now: number): LiveSocket {
  return {
    socket,
    viewer,
    isReady: false,
    isClosed: false,
    heardAtMs: now,
    heartbeatDueAt: now + liveLimits.heartbeatMs,
    snapshotBytes: 0,
    snapshotSince: 0,
    wantsSnapshot: false,
    subscribed: new Set(),
    dirty: new Set(),
    slots: new Map(),
    freeSlots: [],
    nextSlot: 0,
    cancelHelloTimer: () => {},
  }
}

export function parseLiveFrame(data: Buffer): LiveUpFrame | null {
  try {
    const parsed = liveUpFrameSchema.safeParse(JSON.parse(data.toString('utf8')))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  )
}
