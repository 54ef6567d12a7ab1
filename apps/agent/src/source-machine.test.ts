import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isSourceEnded,
  type SourceEvent,
  type SourceState,
  sourceStatusOf,
  stepSource,
} from './source-machine.ts'

const start: SourceState = {
  status: 'connecting',
  rounds: [],
  totalBytes: 0,
  startedAt: 1_800_000_000_000,
  startedMs: 0,
}
const why: Refusal = refusal('peer-refused')
const round = {
  roundIndex: 0,
  sentPages: 10,
  skippedPages: 0,
  dirtyPages: 2,
  durationMs: 5,
  bytes: 40_960,
}
const digest = 'd1'

const happy: readonly SourceEvent[] = [
  { type: 'frame-received', frame: { type: 'welcome', version: 1, creditBytes: 0 } },
  { type: 'round-ended', round },
  { type: 'stop-decided', reason: 'few-pages-left' },
  { type: 'image-sent', frame: { type: 'image-ended', pageCount: 10, digest, deviceState: '' } },
  { type: 'frame-received', frame: { type: 'ready', digest } },
  { type: 'frame-received', frame: { type: 'activated' } },
]
const endings: readonly SourceEvent[] = [
  { type: 'peer-lost', sentence: 'lost' },
  { type: 'peer-unreachable', sentence: 'unreachable' },
  { type: 'gave-up', refusal: why },
  { type: 'guest-stopped', sentence: 'stopped' },
  { type: 'cancelled' },
  { type: 'agent-restarted' },
  { type: 'frame-received', frame: { type: 'refused', refusal: why } },
  { type: 'frame-received', frame: { type: 'ready', digest: 'another' } },
  { type: 'resolved', resolution: 'resume' },
  { type: 'resolved', resolution: 'release' },
]

function run(events: readonly SourceEvent[]) {
  let state: SourceState = start
  const effects: string[] = []
  const trail: SourceState[] = [start]
  for (const [index, event] of events.entries()) {
    const step = stepSource(state, event, {
      now: 1_800_000_000_000 + index,
      monotonicMs: index * 10,
      sentBytes: 0,
      served: null,
    })
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
const allArrived = { type: 'all-arrived', digest, postCopy } as const
const resumed = { type: 'resumed', missingPages: 3 } as const
/** A copy that goes over before its memory. */
const split: readonly SourceEvent[] = [
  ...happy.slice(0, 2),
  { type: 'post-copy-decided', reason: 'no-progress' },
  {
    type: 'image-sent',
    frame: {
      type: 'image-split',
      pageCount: 10,
      missingPages: 9,
      digest,
      heldDigest: 'h1',
      deviceState: '',
    },
  },
  { type: 'frame-received', frame: { type: 'ready', digest: 'h1' } },
  { type: 'frame-received', frame: { type: 'activated' } },
  { type: 'frame-received', frame: allArrived },
]
const splitEndings: readonly SourceEvent[] = [
  { type: 'frame-received', frame: resumed },
  { type: 'host-rebooted' },
  { type: 'resolved', resolution: 'lose' },
]

describe('the source of a post-copy migration', () => {
  it('keeps its copy from the activation to the last page, and destroys it then', () => {
    const { effects, state, trail } = run(split)
    expect(trail.map(({ status }) => status).slice(3)).toEqual([
      'paused',
      'verifying',
      'committed',
      'serving',
      'completed',
    ])
    expect(effects).toEqual([
      'split-guest',
      'send image-split',
      'activate',
      'serve-pages',
      'release-guest',
      'close-peer',
    ])
    // Paused at the third event (20 ms), activated at the sixth (50 ms), all there at the seventh.
    expect(state).toMatchObject({ downtimeMs: 30, totalMs: 60, digest, postCopy })
  })

  it('keeps the guest after any failure before it has committed', () => {
    for (const length of [0, 1, 2, 3, 4]) {
      for (const event of endings.slice(0, 8)) {
        const { effects, state } = run([...split.slice(0, length), event])
        expect(state.status).toBe('failed')
        expect(effects).toContain('keep-guest')
      }
    }
  })

  it('opens the stream again when it is lost, before and after the activation was heard', () => {
    for (const length of [5, 6]) {
      const { effects } = run([...split.slice(0, length), { type: 'peer-lost', sentence: '' }])
      expect(effects.slice(-2)).toEqual(['close-peer', 'reconnect'])
      const again = run([...split.slice(0, length), { type: 'agent-restarted' }])
      expect(again.effects.at(-1)).toBe('reconnect')
    }
    const back = run([...split.slice(0, 5), { type: 'frame-received', frame: resumed }])
    expect(back.state.status).toBe('serving')
    expect(back.effects.at(-1)).toBe('serve-pages')
  })

  it('never runs its copy again once the destination runs the domain, whatever is said', () => {
    for (const event of [...endings, ...splitEndings]) {
      const { effects } = run([...split.slice(0, 6), event])
      expect(effects).not.toContain('keep-guest')
    }
  })

  it('is lost with its host or when the destination has lost the domain, and destroys what is left', () => {
    for (const event of splitEndings.slice(1)) {
      for (const length of [5, 6]) {
        const { effects, state } = run([...split.slice(0, length), event])
        expect(state.status).toBe('lost')
        expect(effects).toContain('release-guest')
      }
    }
  })

  it('adds what it has sent after the guest as the last round', () => {
    const served = { ...round, roundIndex: 1 }
    const serving = run(split.slice(0, 6)).state
    const at = { now: 1_800_000_000_000, monotonicMs: 70, sentBytes: 0, served }
    const { state } = stepSource(serving, { type: 'frame-received', frame: allArrived }, at)
    expect(state).toMatchObject({ rounds: [round, served], totalBytes: 81_920 })
  })
})

describe('the source of a migration', () => {
  it('goes through its phases and destroys the guest only after the destination has activated', () => {
    const { effects, state, trail } = run(happy)
    expect(trail.map(({ status }) => status)).toEqual([
      'connecting',
      'copying',
      'copying',
      'paused',
      'verifying',
      'committed',
      'completed',
    ])
    expect(effects).toEqual([
      'suspend-guest',
      'send image-ended',
      'activate',
      'release-guest',
      'close-peer',
    ])
    // Paused at the third event (20 ms), activated at the sixth (50 ms).
    expect(state).toMatchObject({
      status: 'completed',
      downtimeMs: 30,
      totalMs: 50,
      digest,
      totalBytes: 40_960,
    })
  })

  it.each([0, 1, 2, 3, 4])(
    'keeps the guest after any failure following event %i, and says in which phase',
    (length) => {
      for (const event of endings.slice(0, 8)) {
        const { effects, state } = run([...happy.slice(0, length), event])
        expect(state.status).toBe('failed')
        expect(effects).toContain('keep-guest')
        expect(effects).not.toContain('release-guest')
      }
    },
  )

  it('ends with all the bytes it has put on the wire, those of the cut-off round too', () => {
    const why = refusal('peer-lost')
    const at = { now: 1_800_000_000_000, monotonicMs: 10, sentBytes: 4096, served: null }
    const ended = stepSource(
      start,
      { type: 'frame-received', frame: { type: 'refused', refusal: why } },
      at,
    )
    expect(ended.state).toMatchObject({ status: 'failed', totalBytes: 4096 })
  })

  it('stays committed whatever fails, until it hears the destination or is told', () => {
    const committed = happy.slice(0, 5)
    for (const event of endings) {
      const { effects, state } = run([...committed, event])
      const isAnswer =
        event.type === 'resolved' ||
        (event.type === 'frame-received' && event.frame.type === 'refused')
      expect(state.status === 'committed').toBe(!isAnswer)
      if (!isAnswer) expect(effects).not.toContain('keep-guest')
    }
    expect(run([...committed, { type: 'resolved', resolution: 'resume' }]).effects).toContain(
      'keep-guest',
    )
    expect(run([...committed, { type: 'resolved', resolution: 'release' }])).toMatchObject({
      state: { status: 'completed', downtimeMs: null },
    })
  })

  it('never both keeps and releases the guest, and changes nothing once ended, over any events', () => {
    const event = fc.constantFrom(...happy, ...endings, ...split, ...splitEndings)
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const { effects, trail } = run(events)
        const decisions = effects.filter(
          (effect) => effect === 'keep-guest' || effect === 'release-guest',
        )
        expect(decisions.length).toBeLessThanOrEqual(1)
        const endedAt = trail.findIndex(isSourceEnded)
        if (endedAt !== -1) expect(new Set(trail.slice(endedAt)).size).toBe(1)
        // `activate` is asked for once, in the step that commits.
        const activates = effects.filter((effect) => effect === 'activate').length
        expect(activates).toBe(trail.some(({ status }) => status === 'committed') ? 1 : 0)
        if (decisions[0] === 'release-guest') expect(activates).toBe(1)
        for (const state of trail)
          expect(sourceStatusOf(state).rounds.length).toBeLessThanOrEqual(events.length)
      }),
      { numRuns: 2000 },
    )
  })
})
