import type { MigrationId } from '@drover/api-schema/ids.ts'
import {
  type Fleet,
  type LiveDownFrame,
  type LiveUpFrame,
  liveDownFrameSchema,
  liveLimits,
  liveProtocolVersions,
} from '@drover/api-schema/live-protocol.ts'
import type { Migration, MigrationProgress } from '@drover/api-schema/migration.ts'
import { isEnded } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { applyPatch, applySnapshot } from './apply-change.ts'
import type { Roster } from './sample-ring.ts'

/** What the page shows about its connection. */
export type LiveState =
  | { readonly status: 'connecting' }
  | { readonly status: 'live' }
  /** The picture is as old as `sinceAt`; the next try is at `retryAt` (this machine's clock). */
  | { readonly status: 'interrupted'; readonly sinceAt: number; readonly retryAt: number }
  | { readonly status: 'signed-out' }
  /** The console speaks no version this page knows: it was updated, and the page must be loaded anew. */
  | { readonly status: 'outdated' }
  /** The same user has opened so many pages that this one had to go; it stays so until it is asked back. */
  | { readonly status: 'displaced' }

/** The few things of a WebSocket that are used. */
export type LiveSocket = {
  binaryType: BinaryType
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number }) => void) | null
  send: (text: string) => void
  close: () => void
}

/** Everything the connection needs from outside, so that a test can be the browser and the clock. */
export type LiveSurroundings = {
  readonly openSocket: () => LiveSocket
  readonly now: () => number
  readonly random: () => number
  /** Runs later; the returned function takes it back. */
  readonly wait: (ms: number, run: () => void) => () => void
  readonly readFleet: () => Fleet | undefined
  readonly writeFleet: (fleet: Fleet) => void
  readonly samples: {
    readonly connect: (
      send:
        | ((hostIds: Extract<LiveUpFrame, { type: 'subscribe-samples' }>['hostIds']) => void)
        | null,
    ) => void
    readonly acceptRoster: (roster: Roster) => void
    readonly acceptFrame: (frame: Uint8Array) => void
  }
  readonly progress: {
    readonly accept: (migrationId: MigrationId, progress: MigrationProgress) => void
    readonly keepOnly: (isOpen: (migrationId: MigrationId) => boolean) => void
  }
}

const closeCodes = {
  notAuthenticated: 4401,
  forbidden: 4403,
  noCommonVersion: 4406,
  replaced: 4409,
} as const
const firstRetryMs = 500
const longestRetryMs = 15_000
const silenceMs = liveLimits.heartbeatMs * liveLimits.missedHeartbeats

/** Grows with the attempts up to a ceiling; the jitter keeps a hundred tabs from coming back at once. */
export function retryDelayMs(attempt: number, random: number): number {
  const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** attempt)
  return ceiling / 2 + (ceiling / 2) * random
}

/** The one live socket of the tab: keeps the fleet in the cache fresh and hands readings on; reconnects for ever. */
export class LiveConnection {
  readonly #outside: LiveSurroundings
  readonly #listeners = new Set<() => void>()
  #state: LiveState = { status: 'connecting' }
  #socket: LiveSocket | null = null
  #attempt = 0
  #lastHeardAt = 0
  #clockOffsetMs = 0
  #isAwaitingSnapshot = true
  #stopTimers: (() => void)[] = []
  #isStopped = true

  constructor(outside: LiveSurroundings) {
    this.#outside = outside
  }

  get state(): LiveState {
    return this.#state
  }

  /** The console's clock as far as we know it, for ages of what it says. */
  consoleNow(): number {
    return this.#outside.now() + this.#clockOffsetMs
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  start(): void {
    if (!this.#isStopped) return
    this.#isStopped = false
    this.#attempt = 0
    this.#open()
  }

  stop(): void {
    this.#isStopped = true
    this.#drop()
    this.#setState({ status: 'connecting' })
  }

  /** The network came back or the tab is shown again: do not sit out the wait. */
  hurry(): void {
    if (this.#state.status !== 'interrupted') return
    this.#clearTimers()
    this.#open()
  }

  #open(): void {
    this.#drop()
    const socket = this.#outside.openSocket()
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.#send({ type: 'hello', versions: [...liveProtocolVersions] })
    socket.onmessage = (event) => socket === this.#socket && this.#receive(event.data)
    socket.onclose = (event) => socket === this.#socket && this.#closed(event.code)
    this.#lastHeardAt = this.#outside.now()
    this.#isAwaitingSnapshot = true
    this.#beat()
  }

  #receive(data: unknown): void {
    this.#lastHeardAt = this.#outside.now()
    if (data instanceof ArrayBuffer) {
      this.#outside.samples.acceptFrame(new Uint8Array(data))
      return
    }
    const frame = parseFrame(data)
    // A frame we do not understand is a bug of one side; what we have may be wrong now, so start over.
    if (frame === null) this.#socket?.close()
    else this.#accept(frame)
  }

  #accept(frame: LiveDownFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#clockOffsetMs = frame.now - this.#outside.now()
        return
      case 'snapshot':
        this.#acceptSnapshot(frame.fleet)
        return
      case 'patch':
        this.#acceptPatch(frame)
        return
      case 'migration-progressed':
        this.#outside.progress.accept(frame.migrationId, frame.progress)
        return
      case 'roster':
        this.#outside.samples.acceptRoster(frame)
        return
      case 'heartbeat':
        return
      default:
        assertNever(frame)
    }
  }

  #acceptSnapshot(snapshot: Fleet): void {
    const known = this.#outside.readFleet()
    const fleet = applySnapshot(known, snapshot)
    if (fleet !== known) this.#write(fleet)
    this.#isAwaitingSnapshot = false
    if (this.#state.status === 'live') return
    this.#attempt = 0
    this.#setState({ status: 'live' })
    this.#outside.samples.connect((hostIds) => this.#send({ type: 'subscribe-samples', hostIds }))
  }

  #acceptPatch(patch: Extract<LiveDownFrame, { type: 'patch' }>): void {
    const fleet = this.#outside.readFleet()
    if (this.#isAwaitingSnapshot || fleet === undefined) return
    const outcome = applyPatch(fleet, patch)
    switch (outcome.kind) {
      case 'applied':
        this.#write(outcome.fleet)
        return
      case 'ignored':
        return
      case 'gap':
        this.#isAwaitingSnapshot = true
        this.#send({ type: 'resync' })
        return
      default:
        assertNever(outcome)
    }
  }

  #write(fleet: Fleet): void {
    this.#outside.writeFleet(fleet)
    const open = new Set(fleet.migrations.filter(isOpen).map((migration) => migration.migrationId))
    this.#outside.progress.keepOnly((migrationId) => open.has(migrationId))
  }

  #closed(code: number): void {
    const wasLive = this.#state.status === 'live'
    this.#drop()
    if (this.#isStopped) return
    switch (code) {
      case closeCodes.notAuthenticated:
      case closeCodes.forbidden:
        this.#isStopped = true
        this.#setState({ status: 'signed-out' })
        return
      case closeCodes.noCommonVersion:
        this.#isStopped = true
        this.#setState({ status: 'outdated' })
        return
      case closeCodes.replaced:
        // Another try would push out another page of the user, which would try again: they would take turns for ever.
        this.#isStopped = true
        this.#setState({ status: 'displaced' })
        return
      default:
        this.#retryLater(wasLive)
    }
  }

  #retryLater(wasLive: boolean): void {
    const now = this.#outside.now()
    const delayMs = retryDelayMs(this.#attempt, this.#outside.random())
    this.#attempt += 1
    const sinceAt =
      !wasLive && this.#state.status === 'interrupted' ? this.#state.sinceAt : this.#lastHeardAt
    this.#setState({ status: 'interrupted', sinceAt, retryAt: now + delayMs })
    this.#stopTimers.push(this.#outside.wait(delayMs, () => this.#open()))
  }

  #beat(): void {
    const stop = this.#outside.wait(liveLimits.heartbeatMs, () => {
      if (this.#outside.now() - this.#lastHeardAt >= silenceMs) {
        this.#closed(0)
        return
      }
      if (this.#state.status === 'live') this.#send({ type: 'heartbeat' })
      this.#beat()
    })
    this.#stopTimers = [stop]
  }

  #send(frame: LiveUpFrame): void {
    this.#socket?.send(JSON.stringify(frame))
  }

  #drop(): void {
    this.#clearTimers()
    const socket = this.#socket
    this.#socket = null
    this.#outside.samples.connect(null)
    if (socket === null) return
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }

  #clearTimers(): void {
    for (const stop of this.#stopTimers) stop()
    this.#stopTimers = []
  }

  #setState(state: LiveState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

function isOpen(migration: Migration): boolean {
  return !isEnded(migration.state)
}

function parseFrame(data: unknown): LiveDownFrame | null {
  if (typeof data !== 'string') return null
  try {
    const parsed = liveDownFrameSchema.safeParse(JSON.parse(data))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
