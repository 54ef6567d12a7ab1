import { agentLimits, type SourceStatus } from '@drover/api-schema/agent-protocol.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type {
  MigrationPhase,
  PostCopyCost,
  PrecopyRound,
  StopReason,
} from '@drover/api-schema/migration.ts'
import type { PeerDownFrame, PeerUpFrame } from '@drover/api-schema/peer-protocol.ts'
import { assertNever } from '@drover/api-schema/result.ts'

/**
 * The source side of a migration, as a pure function.
 *
 *     connecting ──welcomed──► copying ──stop-decided──► paused ──image-sent──► verifying
 *         │                       │                        │                       │ ready
 *         ├───────────────────────┴────────────────────────┴───────────────────────┤
 *         │  lost, refused, cancelled, guest stopped, restarted                     ▼
 *         ▼                                                             committed (on disk)   ← point of no return
 *       failed: the guest runs here  ◄──────── resolve resume ─────────────│  activated, resolve release
 *                                                                          ▼
 *                                                                      completed: the copy here is destroyed
 *
 * Post-copy leaves `copying` for `paused` in the same way, with pages still to send. They are sent after the point of no return:
 *
 *     committed ──activated, or resumed on a new stream──► serving ──all-arrived, resolve release──► completed
 *         │                                                   │
 *         └── resolve lose, or the host has lost its power ───┴──► lost: the memory kept here is gone
 *
 * A stream that is lost in either of the two is opened again (`reconnect`), for as long as it takes. The copy here never runs
 * again once it serves.
 *
 * The promise: until `committed` the copy here is the domain, and whatever goes wrong it runs again, unpaused. From
 * `committed` on the destination may be running it, so the copy here stays paused, however long that takes, until
 * somebody has heard the destination: its own `activated`, or a `resolve-outgoing`. No timer resumes anything.
 *
 * Long because it is one machine: its states, events and steps are read together.
 */
export type SourceState =
  | ({ readonly status: 'connecting' } & CopySoFar)
  | ({ readonly status: 'copying' } & CopySoFar)
  | ({ readonly status: 'paused' } & Paused)
  /** `expectedDigest` is what the destination must say: of all pages, or in post-copy of those it holds. */
  | ({
      readonly status: 'verifying'
      readonly digest: string
      readonly expectedDigest: string
    } & Paused)
  /** No digest when an earlier run has written none. */
  | ({ readonly status: 'committed'; readonly digest: string | null } & Paused)
  | ({
      readonly status: 'serving'
      readonly digest: string | null
      readonly activatedAt: number
      /** Null when an earlier run of the agent was there to measure it. */
      readonly downtimeMs: number | null
    } & Paused)
  | SourceEnding

export type CopySoFar = {
  readonly rounds: readonly PrecopyRound[]
  readonly totalBytes: number
  readonly startedAt: number
  /** Monotonic, null after a restart: durations are never taken from the wall clock. */
  readonly startedMs: number | null
}
type Paused = CopySoFar & {
  readonly pausedAt: number
  readonly pausedMs: number | null
  /** Null after a restart that found none. */
  readonly stopReason: StopReason | null
  /** The guest goes over before its memory. */
  readonly isPostCopy: boolean
}
export type SourceEnding = Extract<SourceStatus, { status: 'completed' | 'failed' | 'lost' }>

/** When something happened, on both clocks. */
export type Moment = {
  readonly now: number
  readonly monotonicMs: number
  /** Put on the wire so far, the unfinished round included. */
  readonly sentBytes: number
  /** What was sent of the memory of a guest that runs on the destination, as the last round; null before that. */
  readonly served: PrecopyRound | null
}

export type SourceEvent =
  | {
      readonly type: 'frame-received'
      readonly frame: Exclude<PeerDownFrame, { type: 'heartbeat' | 'credit' | 'wanted' }>
    }
  | { readonly type: 'peer-lost'; readonly sentence: string }
  | { readonly type: 'peer-unreachable'; readonly sentence: string }
  | { readonly type: 'round-ended'; readonly round: PrecopyRound }
  | { readonly type: 'stop-decided'; readonly reason: StopReason }
  | { readonly type: 'post-copy-decided'; readonly reason: StopReason }
  | { readonly type: 'gave-up'; readonly refusal: Refusal }
  | {
      readonly type: 'image-sent'
      readonly frame: Extract<PeerUpFrame, { type: 'image-ended' | 'image-split' }>
    }
  | { readonly type: 'guest-stopped'; readonly sentence: string }
  | { readonly type: 'cancelled' }
  | { readonly type: 'agent-restarted' }
  /** The host has lost its power since, and the domain's copy with it. */
  | { readonly type: 'host-rebooted' }
  | { readonly type: 'resolved'; readonly resolution: 'resume' | 'release' | 'lose' }

/** Done in this order, after the new state is where it must be (on disk for `committed` and the endings). */
export type SourceEffect =
  | { readonly kind: 'send'; readonly frame: PeerUpFrame }
  /** Tell the destination to run the guest: the point of no return. */
  | { readonly kind: 'activate' }
  | { readonly kind: 'suspend-guest' }
  /** Suspend it with pages still to send. */
  | { readonly kind: 'split-guest' }
  /** Begin to send what the destination misses, as it was last heard. */
  | { readonly kind: 'serve-pages' }
  /** Open a new stream to the destination, now or as soon as it can be. */
  | { readonly kind: 'reconnect' }
  /** Give the guest back: unsuspend it if it was, undo a throttle, forget the copy. */
  | { readonly kind: 'keep-guest' }
  /** Destroy the copy here: the domain lives on the destination. */
  | { readonly kind: 'release-guest' }
  | { readonly kind: 'close-peer' }

export type SourceStep = { readonly state: SourceState; readonly effects: readonly SourceEffect[] }

const unchanged = (state: SourceState): SourceStep => ({ state, effects: [] })

export function isSourceEnded(state: SourceState): state is SourceEnding {
  return state.status === 'completed' || state.status === 'failed' || state.status === 'lost'
}

/** The phase an administrator would name. */
export function phaseOfSource(state: Exclude<SourceState, SourceEnding>): MigrationPhase {
  switch (state.status) {
    case 'connecting':
      return 'preparing'
    case 'copying':
      return 'pre-copy'
    case 'paused':
    case 'verifying':
      return 'stop-and-copy'
    case 'committed':
      return 'activating'
    case 'serving':
      return 'post-copy'
  }
}

export function stepSource(state: SourceState, event: SourceEvent, at: Moment): SourceStep {
  if (isSourceEnded(state)) return unchanged(state)
  if (state.status === 'committed') return stepCommitted(state, event, at)
  if (state.status === 'serving') return stepServing(state, event, at)
  switch (event.type) {
    case 'frame-received':
      return receive(state, event.frame, at)
    case 'round-ended':
      return unchanged(addRound(state, event.round))
    case 'stop-decided':
    case 'post-copy-decided': {
      if (state.status !== 'copying') return unchanged(state)
      const isPostCopy = event.type === 'post-copy-decided'
      return {
        state: {
          ...state,
          status: 'paused',
          pausedAt: at.now,
          pausedMs: at.monotonicMs,
          stopReason: event.reason,
          isPostCopy,
        },
        effects: [{ kind: isPostCopy ? 'split-guest' : 'suspend-guest' }],
      }
    }
    case 'image-sent': {
      if (state.status !== 'paused') return unchanged(state)
      const { frame } = event
      const expectedDigest = frame.type === 'image-split' ? frame.heldDigest : frame.digest
      return {
        state: { ...state, status: 'verifying', digest: frame.digest, expectedDigest },
        effects: [{ kind: 'send', frame }],
      }
    }
    case 'peer-lost':
      return fail(state, refusal('peer-lost', event.sentence), at)
    case 'peer-unreachable':
      return fail(state, refusal('peer-unreachable', event.sentence), at)
    case 'gave-up':
      return fail(state, event.refusal, at)
    case 'guest-stopped':
      return fail(state, refusal('domain-stopped', event.sentence), at)
    case 'cancelled':
      return fail(
        state,
        refusal('cancelled-by-administrator', 'Cancelled; the domain stays where it is.'),
        at,
      )
    case 'agent-restarted':
      return fail(
        state,
        refusal(
          'agent-restarted',
          'The agent of the source was restarted; the domain stays there.',
        ),
        at,
      )
    case 'host-rebooted':
      return fail(
        state,
        refusal('host-rebooted', 'The source lost its power, and the domain with it.'),
        at,
      )
    case 'resolved':
      return unchanged(state)
    default:
      return assertNever(event)
  }
}

type Open = Exclude<SourceState, SourceEnding | { status: 'committed' | 'serving' }>

function receive(
  state: Open,
  frame: Extract<SourceEvent, { type: 'frame-received' }>['frame'],
  at: Moment,
): SourceStep {
  switch (frame.type) {
    case 'welcome':
      if (state.status !== 'connecting') return misbehaved(state, 'welcome', at)
      return unchanged({ ...state, status: 'copying' })
    case 'refused':
      return fail(state, frame.refusal, at)
    case 'ready':
      if (state.status !== 'verifying') return misbehaved(state, 'ready', at)
      if (frame.digest !== state.expectedDigest) {
        return fail(state, refusal('digest-mismatch'), at)
      }
      return { state: committed(state), effects: [{ kind: 'activate' }] }
    case 'activated':
    case 'resumed':
    case 'all-arrived':
      return misbehaved(state, frame.type, at)
  }
}

function committed(
  state: Extract<SourceState, { status: 'verifying' }>,
): Extract<SourceState, { status: 'committed' }> {
  const { expectedDigest: _, ...same } = state
  return { ...same, status: 'committed' }
}

function stepCommitted(
  state: Extract<SourceState, { status: 'committed' }>,
  event: SourceEvent,
  at: Moment,
): SourceStep {
  switch (event.type) {
    case 'frame-received':
      return receiveCommitted(state, event.frame, at)
    case 'peer-lost':
    case 'peer-unreachable':
      return { state, effects: state.isPostCopy ? closeAndReconnect : [{ kind: 'close-peer' }] }
    case 'agent-restarted':
      return { state, effects: state.isPostCopy ? [{ kind: 'reconnect' }] : [] }
    case 'host-rebooted':
      return state.isPostCopy ? lose(state, lostWithHost, at) : unchanged(state)
    case 'resolved':
      if (event.resolution === 'lose') return lose(state, lostByDestination, at)
      return event.resolution === 'release'
        ? complete(state, at, null)
        : fail(
            state,
            refusal(
              'peer-lost',
              'The destination never took the domain over; it runs on the source again.',
            ),
            at,
          )
    case 'round-ended':
    case 'stop-decided':
    case 'post-copy-decided':
    case 'gave-up':
    case 'image-sent':
    case 'guest-stopped':
    case 'cancelled':
      return unchanged(state)
    default:
      return assertNever(event)
  }
}

function receiveCommitted(
  state: Extract<SourceState, { status: 'committed' }>,
  frame: Extract<SourceEvent, { type: 'frame-received' }>['frame'],
  at: Moment,
): SourceStep {
  const downtimeMs = state.pausedMs === null ? null : at.monotonicMs - state.pausedMs
  switch (frame.type) {
    case 'activated':
      return state.isPostCopy ? serve(state, at, downtimeMs) : complete(state, at, downtimeMs)
    case 'resumed':
      // The answer was lost with the stream; how long the guest stood still, only the destination has seen.
      return state.isPostCopy ? serve(state, at, null) : unchanged(state)
    case 'refused':
      // A destination that refuses to activate says so after it has made that durable: the guest is ours again.
      return fail(state, frame.refusal, at)
    case 'welcome':
    case 'ready':
    case 'all-arrived':
      return unchanged(state)
  }
}

const closeAndReconnect = [
  { kind: 'close-peer' },
  { kind: 'reconnect' },
] as const satisfies readonly SourceEffect[]

/** The guest runs on the destination: nothing leads back from here. */
function serve(
  state: Extract<SourceState, { status: 'committed' }>,
  at: Moment,
  downtimeMs: number | null,
): SourceStep {
  return {
    state: { ...state, status: 'serving', activatedAt: at.now, downtimeMs },
    effects: [{ kind: 'serve-pages' }],
  }
}

function stepServing(
  state: Extract<SourceState, { status: 'serving' }>,
  event: SourceEvent,
  at: Moment,
): SourceStep {
  switch (event.type) {
    case 'frame-received':
      if (event.frame.type === 'resumed') return { state, effects: [{ kind: 'serve-pages' }] }
      return event.frame.type === 'all-arrived'
        ? complete(state, at, state.downtimeMs, event.frame.postCopy)
        : unchanged(state)
    case 'peer-lost':
    case 'peer-unreachable':
      return { state, effects: closeAndReconnect }
    case 'agent-restarted':
      return { state, effects: [{ kind: 'reconnect' }] }
    case 'host-rebooted':
      return lose(state, lostWithHost, at)
    case 'resolved':
      switch (event.resolution) {
        case 'release':
          return complete(state, at, state.downtimeMs)
        case 'lose':
          return lose(state, lostByDestination, at)
        case 'resume':
          return unchanged(state)
      }
      break
    case 'round-ended':
    case 'stop-decided':
    case 'post-copy-decided':
    case 'gave-up':
    case 'image-sent':
    case 'guest-stopped':
    case 'cancelled':
      return unchanged(state)
    default:
      return assertNever(event)
  }
}

const lostWithHost = refusal(
  'host-rebooted',
  'The source lost its power, and with it what it kept of the memory of the domain.',
)
const lostByDestination = refusal(
  'domain-lost',
  'The destination lost the domain while pages of it were still here.',
)

function lose({ rounds, totalBytes, startedAt }: CopySoFar, why: Refusal, at: Moment): SourceStep {
  return {
    state: {
      status: 'lost',
      endedAt: at.now,
      refusal: why,
      rounds: [...rounds],
      totalBytes: Math.max(totalBytes, at.sentBytes),
      startedAt,
    },
    effects: [{ kind: 'release-guest' }, { kind: 'close-peer' }],
  }
}

function addRound<State extends CopySoFar>(state: State, round: PrecopyRound): State {
  // A hypervisor that does not stop by itself must not make a report nobody can read: the newest rounds are kept.
  const rounds = [...state.rounds, round].slice(-agentLimits.maxRounds)
  return { ...state, rounds, totalBytes: state.totalBytes + round.bytes }
}

function misbehaved(state: Open, frame: string, at: Moment): SourceStep {
  return fail(state, refusal('peer-refused', `The destination sent ${frame} out of turn.`), at)
}

function complete(
  state: Extract<SourceState, { status: 'committed' | 'serving' }>,
  at: Moment,
  downtimeMs: number | null,
  postCopy?: PostCopyCost,
): SourceStep {
  const { startedAt, digest, stopReason } = state
  const { rounds, totalBytes } = at.served === null ? state : addRound(state, at.served)
  return {
    state: {
      status: 'completed',
      endedAt: at.now,
      totalMs: durationMs(state, at),
      downtimeMs,
      stopReason,
      digest,
      rounds: [...rounds],
      totalBytes,
      startedAt,
      ...(postCopy === undefined ? {} : { postCopy }),
    },
    effects: [{ kind: 'release-guest' }, { kind: 'close-peer' }],
  }
}

function fail(
  state: Exclude<SourceState, SourceEnding | { status: 'serving' }>,
  why: Refusal,
  at: Moment,
): SourceStep {
  const { rounds, startedAt } = state
  // The rounds that ended do not know what the one that was cut off had sent.
  const totalBytes = Math.max(state.totalBytes, at.sentBytes)
  return {
    state: {
      status: 'failed',
      endedAt: at.now,
      failedIn: phaseOfSource(state),
      refusal: why,
      rounds: [...rounds],
      totalBytes,
      startedAt,
    },
    effects: [
      { kind: 'keep-guest' },
      { kind: 'send', frame: { type: 'abandon', refusal: why } },
      { kind: 'close-peer' },
    ],
  }
}

/** Accepted to ended; after a restart only the wall clock remembers the beginning, and it may have jumped. */
function durationMs(state: CopySoFar, at: Moment): number {
  return state.startedMs === null
    ? Math.max(0, at.now - state.startedAt)
    : at.monotonicMs - state.startedMs
}

/** What is told to the console and written to the journal. */
export function sourceStatusOf(state: SourceState): SourceStatus {
  if (isSourceEnded(state)) return state
  const copied = {
    rounds: [...state.rounds],
    totalBytes: state.totalBytes,
    startedAt: state.startedAt,
  }
  switch (state.status) {
    case 'connecting':
    case 'copying':
      return { status: state.status, ...copied }
    case 'paused':
    case 'verifying':
      return { status: 'paused', pausedAt: state.pausedAt, ...copied }
    case 'committed':
      return {
        status: 'committed',
        pausedAt: state.pausedAt,
        ...(state.isPostCopy ? { isPostCopy: true } : {}),
        ...copied,
      }
    case 'serving': {
      const { pausedAt, activatedAt } = state
      return { status: 'serving', pausedAt, activatedAt, ...copied }
    }
  }
}
