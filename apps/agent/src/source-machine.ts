import { agentLimits, type SourceStatus } from '@drover/api-schema/agent-protocol.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { MigrationPhase, PrecopyRound, StopReason } from '@drover/api-schema/migration.ts'
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
 * The promise: until `committed` the copy here is the domain, and whatever goes wrong it runs again, unpaused. From
 * `committed` on the destination may be running it, so the copy here stays paused, however long that takes, until
 * somebody has heard the destination: its own `activated`, or a `resolve-outgoing`. No timer resumes anything.
 *
 * A little long because it is one machine: its states, events and steps are read together.
 */
export type SourceState =
  | ({ readonly status: 'connecting' } & CopySoFar)
  | ({ readonly status: 'copying' } & CopySoFar)
  | ({ readonly status: 'paused' } & Paused)
  | ({ readonly status: 'verifying'; readonly digest: string } & Paused)
  /** No digest when an earlier run has written none. */
  | ({ readonly status: 'committed'; readonly digest: string | null } & Paused)
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
}
export type SourceEnding = Extract<SourceStatus, { status: 'completed' | 'failed' }>

/** When something happened, on both clocks. */
export type Moment = {
  readonly now: number
  readonly monotonicMs: number
  /** Put on the wire so far, the unfinished round included. */
  readonly sentBytes: number
}

export type SourceEvent =
  | {
      readonly type: 'frame-received'
      readonly frame: Exclude<PeerDownFrame, { type: 'heartbeat' | 'credit' }>
    }
  | { readonly type: 'peer-lost'; readonly sentence: string }
  | { readonly type: 'peer-unreachable'; readonly sentence: string }
  | { readonly type: 'round-ended'; readonly round: PrecopyRound }
  | { readonly type: 'stop-decided'; readonly reason: StopReason }
  | { readonly type: 'gave-up'; readonly refusal: Refusal }
  | { readonly type: 'image-sent'; readonly frame: Extract<PeerUpFrame, { type: 'image-ended' }> }
  | { readonly type: 'guest-stopped'; readonly sentence: string }
  | { readonly type: 'cancelled' }
  | { readonly type: 'agent-restarted' }
  | { readonly type: 'resolved'; readonly resolution: 'resume' | 'release' }

/** Done in this order, after the new state is where it must be (on disk for `committed` and the endings). */
export type SourceEffect =
  | { readonly kind: 'send'; readonly frame: PeerUpFrame }
  /** Tell the destination to run the guest: the point of no return. */
  | { readonly kind: 'activate' }
  | { readonly kind: 'suspend-guest' }
  /** Give the guest back: unsuspend it if it was, undo a throttle, forget the copy. */
  | { readonly kind: 'keep-guest' }
  /** Destroy the copy here: the domain lives on the destination. */
  | { readonly kind: 'release-guest' }
  | { readonly kind: 'close-peer' }

export type SourceStep = { readonly state: SourceState; readonly effects: readonly SourceEffect[] }

const unchanged = (state: SourceState): SourceStep => ({ state, effects: [] })

export function isSourceEnded(state: SourceState): state is SourceEnding {
  return state.status === 'completed' || state.status === 'failed'
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
  }
}

export function stepSource(state: SourceState, event: SourceEvent, at: Moment): SourceStep {
  if (isSourceEnded(state)) return unchanged(state)
  if (state.status === 'committed') return stepCommitted(state, event, at)
  switch (event.type) {
    case 'frame-received':
      return receive(state, event.frame, at)
    case 'round-ended':
      return unchanged(addRound(state, event.round))
    case 'stop-decided':
      if (state.status !== 'copying') return unchanged(state)
      return {
        state: {
          ...state,
          status: 'paused',
          pausedAt: at.now,
          pausedMs: at.monotonicMs,
          stopReason: event.reason,
        },
        effects: [{ kind: 'suspend-guest' }],
      }
    case 'image-sent':
      if (state.status !== 'paused') return unchanged(state)
      return {
        state: { ...state, status: 'verifying', digest: event.frame.digest },
        effects: [{ kind: 'send', frame: event.frame }],
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
    case 'resolved':
      return unchanged(state)
    default:
      return assertNever(event)
  }
}

type Open = Exclude<SourceState, SourceEnding | { status: 'committed' }>

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
      if (frame.digest !== state.digest) {
        return fail(state, refusal('digest-mismatch'), at)
      }
      return {
        state: { ...state, status: 'committed' },
        effects: [{ kind: 'activate' }],
      }
    case 'activated':
      return misbehaved(state, 'activated', at)
  }
}

function stepCommitted(
  state: Extract<SourceState, { status: 'committed' }>,
  event: SourceEvent,
  at: Moment,
): SourceStep {
  switch (event.type) {
    case 'frame-received':
      if (event.frame.type === 'activated') {
        return complete(state, at, state.pausedMs === null ? null : at.monotonicMs - state.pausedMs)
      }
      // A destination that refuses to activate says so after it has made that durable: the guest is ours again.
      return event.frame.type === 'refused'
        ? fail(state, event.frame.refusal, at)
        : unchanged(state)
    case 'peer-lost':
    case 'peer-unreachable':
      return { state, effects: [{ kind: 'close-peer' }] }
    case 'resolved':
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
    case 'gave-up':
    case 'image-sent':
    case 'guest-stopped':
    case 'cancelled':
    case 'agent-restarted':
      return unchanged(state)
    default:
      return assertNever(event)
  }
}

function addRound(state: Open, round: PrecopyRound): Open {
  // A hypervisor that does not stop by itself must not make a report nobody can read: the newest rounds are kept.
  const rounds = [...state.rounds, round].slice(-agentLimits.maxRounds)
  return { ...state, rounds, totalBytes: state.totalBytes + round.bytes }
}

function misbehaved(state: Open, frame: string, at: Moment): SourceStep {
  return fail(state, refusal('peer-refused', `The destination sent ${frame} out of turn.`), at)
}

function complete(
  state: Extract<SourceState, { status: 'committed' }>,
  at: Moment,
  downtimeMs: number | null,
): SourceStep {
  const { rounds, totalBytes, startedAt, digest, stopReason } = state
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
    },
    effects: [{ kind: 'release-guest' }, { kind: 'close-peer' }],
  }
}

function fail(state: Exclude<SourceState, SourceEnding>, why: Refusal, at: Moment): SourceStep {
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
      return { status: 'committed', pausedAt: state.pausedAt, ...copied }
  }
}
