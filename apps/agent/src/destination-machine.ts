import type { DestinationStatus } from '@drover/api-schema/agent-protocol.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { PeerDownFrame } from '@drover/api-schema/peer-protocol.ts'
import { assertNever } from '@drover/api-schema/result.ts'

/**
 * The destination side of a migration, as a pure function.
 *
 *     reserved ──connected──► receiving ──image-verified──► ready ──activate──► activated (on disk, then it runs)
 *         │                       │                           │
 *         └───────────────────────┴───────────────────────────┴──► aborted (on disk, for good)
 *            ticket expired, lost, abandoned, refused, abort-incoming, restarted
 *
 * The promise: `activated` and `aborted` exclude each other and are final, whatever arrives afterwards. A stream that is
 * lost in `ready` aborts too: the source may have committed, and then it asks, hears `aborted`, and resumes.
 */
export type DestinationState = DestinationStatus

export type DestinationEvent =
  | { readonly type: 'connected'; readonly creditBytes: number }
  | { readonly type: 'image-verified'; readonly digest: string }
  | { readonly type: 'activate-received' }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'abandoned'; readonly refusal: Refusal }
  | { readonly type: 'peer-lost'; readonly sentence: string }
  | { readonly type: 'ticket-expired' }
  | { readonly type: 'abort-asked' }
  | { readonly type: 'agent-restarted' }

/** Done in this order, after the new state is on disk if it is final. */
export type DestinationEffect =
  | { readonly kind: 'send'; readonly frame: PeerDownFrame }
  | { readonly kind: 'run-guest' }
  | { readonly kind: 'discard-copy' }
  | { readonly kind: 'close-peer' }

export type DestinationStep = {
  readonly state: DestinationState
  readonly effects: readonly DestinationEffect[]
}

export function isDestinationEnded(
  state: DestinationState,
): state is Extract<DestinationState, { status: 'activated' | 'aborted' }> {
  return state.status === 'activated' || state.status === 'aborted'
}

const unchanged = (state: DestinationState): DestinationStep => ({ state, effects: [] })

export function stepDestination(
  state: DestinationState,
  event: DestinationEvent,
  now: number,
): DestinationStep {
  if (isDestinationEnded(state)) return stepEnded(state, event)
  switch (event.type) {
    case 'connected':
      if (state.status !== 'reserved') return unchanged(state)
      return {
        state: { status: 'receiving' },
        effects: [
          { kind: 'send', frame: { type: 'welcome', version: 1, creditBytes: event.creditBytes } },
        ],
      }
    case 'image-verified':
      if (state.status !== 'receiving') return outOfTurn(state, 'image-ended', now)
      return {
        state: { status: 'ready', digest: event.digest },
        effects: [{ kind: 'send', frame: { type: 'ready', digest: event.digest } }],
      }
    case 'activate-received':
      if (state.status !== 'ready') return outOfTurn(state, 'activate', now)
      return {
        state: { status: 'activated', activatedAt: now, digest: state.digest },
        effects: [{ kind: 'run-guest' }, { kind: 'send', frame: { type: 'activated' } }],
      }
    case 'refused':
      return abort(event.refusal, now, { tellsPeer: true })
    case 'abandoned':
      return abort(event.refusal, now, { tellsPeer: false })
    case 'peer-lost':
      return abort(refusal('peer-lost', event.sentence), now, { tellsPeer: false })
    case 'ticket-expired':
      if (state.status !== 'reserved') return unchanged(state)
      return abort(refusal('ticket-invalid', 'Nobody came with the ticket in time.'), now, {
        tellsPeer: false,
      })
    case 'abort-asked':
      return abort(refusal('peer-refused', 'The console called this attempt off.'), now, {
        tellsPeer: true,
      })
    case 'agent-restarted':
      return abort(
        refusal(
          'agent-restarted',
          'The agent of the destination was restarted; nothing of the copy was kept.',
        ),
        now,
        { tellsPeer: false },
      )
    default:
      return assertNever(event)
  }
}

function stepEnded(state: DestinationState, event: DestinationEvent): DestinationStep {
  // A doubled `activate` gets the answer again; everything else is too late to matter.
  if (event.type === 'activate-received' && state.status === 'activated') {
    return { state, effects: [{ kind: 'send', frame: { type: 'activated' } }] }
  }
  return unchanged(state)
}

function outOfTurn(_state: DestinationState, frame: string, now: number): DestinationStep {
  return abort(refusal('peer-refused', `The source sent ${frame} out of turn.`), now, {
    tellsPeer: true,
  })
}

function abort(why: Refusal, now: number, how: { readonly tellsPeer: boolean }): DestinationStep {
  const farewell: DestinationEffect[] = how.tellsPeer
    ? [{ kind: 'send', frame: { type: 'refused', refusal: why } }]
    : []
  return {
    state: { status: 'aborted', endedAt: now, refusal: why },
    effects: [{ kind: 'discard-copy' }, ...farewell, { kind: 'close-peer' }],
  }
}
