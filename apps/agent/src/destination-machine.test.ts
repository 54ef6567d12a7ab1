import { refusal } from '@drover/api-schema/errors.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type DestinationEvent,
  type DestinationState,
  isDestinationEnded,
  stepDestination,
} from './destination-machine.ts'

const happy: readonly DestinationEvent[] = [
  { type: 'connected', creditBytes: 0 },
  { type: 'image-verified', digest: 'd1' },
  { type: 'activate-received' },
]
const failures: readonly DestinationEvent[] = [
  { type: 'refused', refusal: refusal('digest-mismatch') },
  { type: 'abandoned', refusal: refusal('cancelled-by-administrator') },
  { type: 'peer-lost', sentence: 'lost' },
  { type: 'abort-asked' },
  { type: 'agent-restarted' },
]

function run(events: readonly DestinationEvent[]) {
  let state: DestinationState = { status: 'reserved' }
  const effects: string[] = []
  const trail: DestinationState[] = [state]
  for (const event of events) {
    const step = stepDestination(state, event, 1_800_000_000_000)
    state = step.state
    trail.push(state)
    effects.push(
      ...step.effects.map((effect) =>
        effect.kind === 'send' ? `send ${effect.frame.type}` : effect.kind,
      ),
    )
  }
  return { state, effects, trail }
}

const postCopy = { pages: 9, demandedPages: 2, waitedMs: 4, durationMs: 20 }
const split: readonly DestinationEvent[] = [
  { type: 'connected', creditBytes: 0 },
  { type: 'split-verified', digest: 'h1' },
  { type: 'activate-received' },
  { type: 'resumed', missingPages: 5 },
  { type: 'all-arrived', digest: 'd1', postCopy },
]
const lost: DestinationEvent = { type: 'lost', refusal: refusal('domain-lost') }

describe('the destination of a post-copy migration', () => {
  it('runs the guest before its memory is here and ends when it is', () => {
    const { effects, state, trail } = run(split)
    expect(trail.map(({ status }) => status)).toEqual([
      'reserved',
      'receiving',
      'ready',
      'filling',
      'filling',
      'activated',
    ])
    expect(effects).toEqual([
      'send welcome',
      'send ready',
      'run-guest',
      'send activated',
      'send resumed',
      'send all-arrived',
    ])
    expect(state).toMatchObject({ digest: 'd1', postCopy })
  })

  it('goes on whatever becomes of the stream, the agent and the wishes of others', () => {
    for (const failure of failures) {
      const { effects, state } = run([...split.slice(0, 3), failure])
      expect(state.status).toBe('filling')
      expect(effects).not.toContain('discard-copy')
    }
  })

  it('stops a guest that will never have its memory, and only that', () => {
    const { effects, state } = run([...split.slice(0, 3), lost])
    expect(state.status).toBe('lost')
    expect(effects).toContain('lose-guest')
    expect(run([...split, lost]).state.status).toBe('activated')
    expect(run([...split.slice(0, 2), lost]).state.status).toBe('ready')
  })
})

describe('the destination of a migration', () => {
  it('runs the guest after the image was verified and the source has said activate', () => {
    expect(run(happy).effects).toEqual([
      'send welcome',
      'send ready',
      'run-guest',
      'send activated',
    ])
  })

  it.each([0, 1, 2])('gives up for good on any failure after event %i', (length) => {
    for (const failure of failures) {
      const { effects, state } = run([...happy.slice(0, length), failure, ...happy])
      expect(state.status).toBe('aborted')
      expect(effects).toContain('discard-copy')
      expect(effects).not.toContain('run-guest')
    }
  })

  it('refuses to activate what it has not verified', () => {
    expect(
      run([{ type: 'connected', creditBytes: 0 }, { type: 'activate-received' }]).state.status,
    ).toBe('aborted')
  })

  it('answers a doubled activate again and runs the guest once', () => {
    const { effects } = run([...happy, { type: 'activate-received' }])
    expect(effects.filter((effect) => effect === 'run-guest')).toHaveLength(1)
    expect(effects.filter((effect) => effect === 'send activated')).toHaveLength(2)
  })

  it('lets only an unused ticket expire', () => {
    expect(run([{ type: 'ticket-expired' }]).state.status).toBe('aborted')
    expect(
      run([{ type: 'connected', creditBytes: 0 }, { type: 'ticket-expired' }]).state.status,
    ).toBe('receiving')
  })

  it('never both runs and discards the copy, and an end is final, over any events', () => {
    const event = fc.constantFrom<DestinationEvent>(
      ...happy,
      ...failures,
      ...split,
      { type: 'ticket-expired' },
      lost,
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const { effects, trail } = run(events)
        const decisions = effects.filter(
          (effect) => effect === 'run-guest' || effect === 'discard-copy',
        )
        if (effects.includes('lose-guest')) expect(decisions).toEqual(['run-guest'])
        expect(decisions.length).toBeLessThanOrEqual(1)
        const endedAt = trail.findIndex(isDestinationEnded)
        if (endedAt !== -1) expect(new Set(trail.slice(endedAt)).size).toBe(1)
      }),
      { numRuns: 2000 },
    )
  })
})
