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
    const event = fc.constantFrom<DestinationEvent>(...happy, ...failures, {
      type: 'ticket-expired',
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const { effects, trail } = run(events)
        const decisions = effects.filter(
          (effect) => effect === 'run-guest' || effect === 'discard-copy',
        )
        expect(decisions.length).toBeLessThanOrEqual(1)
        const endedAt = trail.findIndex(isDestinationEnded)
        if (endedAt !== -1) expect(new Set(trail.slice(endedAt)).size).toBe(1)
      }),
      { numRuns: 2000 },
    )
  })
})
