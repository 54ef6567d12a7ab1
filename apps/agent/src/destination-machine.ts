import type { DestinationStatus } from '@drover/api-schema/agent-protocol.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { PostCopyCost } from '@drover/api-schema/migration.ts'
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
 * Post-copy: the guest runs before its memory is here.
 *
 *     receiving ──split-verified──► ready ──activate──► filling (on disk, then it runs) ──all-arrived──► activated
 *                                                          │
 *                                                          └── lose-asked, not as it was paused, host rebooted ──► lost
 *
 * From `filling` on the domain is here, and a lost stream is no end: the source comes back. `activated` and `lost` exclude each
 * other as well.
 *
 * The promise: `activated` and `aborted` exclude each other and are final, whatever arrives afterwards. A stream that is
 * lost in `ready` aborts too: the source may have committed, and then it asks, hears `aborted`, and resumes.
 */
export type DestinationState = DestinationStatus

export type DestinationEvent =
  | { readonly type: 'connected'; readonly creditBytes: number }
  | { readonly type: 'image-verified'; readonly digest: string }
  /** Post-copy: what is held is as the source has it. */
  | { readonly type: 'split-verified'; readonly digest: string }
  /** The source has opened a new stream to a guest that runs here. */
  | { readonly type: 'resumed'; readonly missingPages: number }
  | { readonly type: 'all-arrived'; readonly digest: string; readonly postCopy: PostCopyCost }
  /** What is missing cannot come any more, or what came is not what was paused. */
  | { readonly type: 'lost'; readonly refusal: Refusal }
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
  /** Stop a guest that will never have its memory. */
  | { readonly kind: 'lose-guest' }
  | { readonly kind: 'discard-copy' }
  | { readonly kind: 'close-peer' }

export type DestinationStep = {
  readonly state: DestinationState
  readonly effects: readonly DestinationEffect[]
}

export function isDestinationEnded(
  state: DestinationState,
): state is Extract<DestinationState, { status: 'activated' | 'aborted' | 'lost' }> {
  return state.status === 'activated' || state.status === 'aborted' || state.status === 'lost'
}

const unchanged = (state: DestinationState): DestinationStep => ({ state, effects: [] })

export function stepDestination(
  state: DestinationState,
  event: DestinationEvent,
  now: number,
): DestinationStep {
  if (isDestinationEnded(state)) return stepEnded(state, event)
  if (state.status === 'filling') return stepFilling(state, event, now)
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
    case 'split-verified':
      if (state.status !== 'receiving') return outOfTurn(state, 'image-split', now)
      return {
        state: { status: 'ready', digest: event.digest, isPostCopy: true },
        effects: [{ kind: 'send', frame: { type: 'ready', digest: event.digest } }],
      }
    case 'activate-received':
      if (state.status !== 'ready') return outOfTurn(state, 'activate', now)
      if (state.isPostCopy === true) {
        return {
          state: { status: 'filling', activatedAt: now },
          effects: [{ kind: 'run-guest' }, { kind: 'send', frame: { type: 'activated' } }],
        }
      }
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
    case 'resumed':
    case 'all-arrived':
    case 'lost':
      return unchanged(state)
    default:
      return assertNever(event)
  }
}

function stepFilling(
  state: Extract<DestinationState, { status: 'filling' }>,
  event: DestinationEvent,
  now: number,
): DestinationStep {
  switch (event.type) {
    case 'resumed': {
      const { missingPages } = event
      return { state, effects: [{ kind: 'send', frame: { type: 'resumed', missingPages } }] }
    }
    case 'all-arrived': {
      const { digest, postCopy } = event
      return {
        state: { status: 'activated', activatedAt: state.activatedAt, digest, postCopy },
        effects: [{ kind: 'send', frame: { type: 'all-arrived', digest, postCopy } }],
      }
    }
    case 'lost':
      return {
        state: { status: 'lost', endedAt: now, refusal: event.refusal },
        effects: [{ kind: 'lose-guest' }, { kind: 'close-peer' }],
      }
    case 'activate-received':
      return { state, effects: [{ kind: 'send', frame: { type: 'activated' } }] }
    case 'connected':
    case 'image-verified':
    case 'split-verified':
    case 'refused':
    case 'abandoned':
    case 'peer-lost':
    case 'ticket-expired':
    case 'abort-asked':
    case 'agent-restarted':
      return unchanged(state)
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
