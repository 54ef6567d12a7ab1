import type { DestinationStatus, SourceStatus } from '@drover/api-schema/agent-protocol.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import { isEnded, migrationSchema } from '@drover/api-schema/migration.ts'
import { aMigration, someDomainFacts, testMoment } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import type { Effect } from './duties.ts'
import type { MigrationEvent } from './events.ts'
import { type Step, step } from './machine.ts'
import {
  beginSession,
  commandKeys,
  coordinationSchema,
  freshCoordination,
  isSettled,
  type MigrationRecord,
} from './record.ts'
import { defaultMigrationSettings as settings } from './settings.ts'

const at = testMoment + 5000
const cost = { pages: 100, demandedPages: 7, waitedMs: 30, durationMs: 900 }
const copied = { rounds: [], totalBytes: 4096, startedAt: testMoment }
const sources = {
  connecting: { status: 'connecting', ...copied },
  copying: { status: 'copying', ...copied },
  paused: { status: 'paused', pausedAt: at, ...copied },
  committed: { status: 'committed', pausedAt: at, ...copied },
  completed: {
    status: 'completed',
    endedAt: at,
    totalMs: 4000,
    downtimeMs: 37,
    stopReason: 'downtime-reached',
    digest: 'abc',
    ...copied,
  },
  failed: {
    status: 'failed',
    endedAt: at,
    failedIn: 'pre-copy',
    refusal: refusal('peer-lost'),
    ...copied,
  },
  serving: { status: 'serving', pausedAt: at, activatedAt: at, ...copied },
  lost: { status: 'lost', endedAt: at, refusal: refusal('host-rebooted'), ...copied },
} satisfies Record<SourceStatus['status'], SourceStatus>
const destinations = {
  reserved: { status: 'reserved' },
  receiving: { status: 'receiving' },
  ready: { status: 'ready', digest: 'abc' },
  activated: { status: 'activated', activatedAt: at, digest: 'abc', postCopy: cost },
  aborted: { status: 'aborted', endedAt: at, refusal: refusal('peer-lost') },
  filling: { status: 'filling', activatedAt: at },
  lost: { status: 'lost', endedAt: at, refusal: refusal('domain-lost') },
} satisfies Record<DestinationStatus['status'], DestinationStatus>

const source = (status: keyof typeof sources, generation = 1): MigrationEvent => ({
  type: 'source-reported',
  at,
  generation,
  status: sources[status],
})
const destination = (
  status: keyof typeof destinations,
  isAnswerToAbort = false,
): MigrationEvent => ({
  type: 'destination-reported',
  at,
  generation: 1,
  status: destinations[status],
  isAnswerToAbort,
})
const connect = (role: 'source' | 'destination'): MigrationEvent => ({
  type: 'host-connected',
  at: testMoment,
  role,
})
const cut = (role: 'source' | 'destination'): MigrationEvent => ({
  type: 'host-disconnected',
  at,
  role,
})
const cancel: MigrationEvent = { type: 'cancel-requested', at, by: 'Ada' }
const silence = (later = 0): MigrationEvent => ({ type: 'nothing-heard', at: at + later })
const invitation = { ticket: 'ticket-ticket-ticket', peerUrl: 'ws://127.0.0.1:9/peer' }
const prepared: MigrationEvent = { type: 'prepared', at, ...invitation }
const admitted: MigrationEvent = { type: 'admitted', at }
const passed: MigrationEvent = { type: 'preflight-passed', at, domain: someDomainFacts() }
const preparing = [connect('source'), connect('destination'), admitted, passed]
const started = [...preparing, prepared, { type: 'outgoing-started', at } as const]
const committed = [...started, source('copying'), source('paused'), source('committed')]

function take(record: MigrationRecord, event: MigrationEvent): Step {
  const stepped = step(record, event, settings)
  if (!stepped.ok) throw new Error(stepped.error.message)
  return stepped.value
}
function after(...events: readonly MigrationEvent[]): Step {
  const record = beginSession(
    { migration: aMigration(), coordination: freshCoordination },
    testMoment,
  )
  let last: Step = { outcome: 'done', record, effects: [] }
  for (const event of events) last = take(last.record, event)
  return last
}
function briefOne(effect: Effect): string {
  if (effect.kind === 'command') return effect.key
  return effect.kind === 'ask' ? `ask ${effect.role}` : effect.kind
}
const brief = (effects: readonly Effect[]): string[] => effects.map(briefOne)
const phaseOf = ({ record }: Step) => record.migration.state.phase

describe('the straight way', () => {
  it('says one thing at a time, each with an id of its own', () => {
    expect(brief(after(connect('source'), connect('destination'), admitted).effects)).toEqual([
      'run-preflight',
    ])
    expect(after(...preparing).effects).toMatchObject([
      { key: 'prepare', commandId: `${aMigration().migrationId}:prepare:1` },
    ])
    expect(after(...preparing, prepared).effects).toMatchObject([
      { key: 'start', command: { ...invitation, generation: 1 } },
    ])
    expect(brief(after(...started).effects)).toEqual([])
    expect(brief(after(...committed).effects)).toEqual([])
  })

  it('walks the phases as the source reports them', () => {
    expect(phaseOf(after(...preparing))).toBe('preparing')
    expect(phaseOf(after(...started, source('connecting')))).toBe('preparing')
    expect(phaseOf(after(...started, source('copying')))).toBe('pre-copy')
    expect(phaseOf(after(...started, source('paused')))).toBe('stop-and-copy')
    expect(phaseOf(after(...committed))).toBe('activating')
    expect(after(...committed, source('completed')).record.migration.state).toMatchObject({
      phase: 'completed',
      totalMs: 4000,
      downtimeMs: 37,
      digest: 'abc',
    })
  })

  it('hears the source before it is told to release, because the source has the figures', () => {
    const heard = after(...committed, destination('activated'))
    expect(brief(heard.effects)).toEqual(['ask source'])
    expect(phaseOf(heard)).toBe('activating')
    expect(brief(take(heard.record, source('committed')).effects)).toEqual(['release'])
  })
})

describe('in doubt', () => {
  it('asks the destination when the source has committed and nothing follows, and says nothing else', () => {
    const silent = after(...committed, silence())
    expect(brief(silent.effects)).toEqual(['ask source', 'ask destination'])
    expect(silent.record.migration.state).toMatchObject({
      phase: 'activating',
      inDoubt: { waitingFor: 'destination' },
    })
  })

  it('never resolves on time alone, however long it lasts', () => {
    let { record } = after(...committed, cut('destination'))
    for (let day = 1; day <= 30; day += 1) {
      const later = take(record, silence(day * 86_400_000))
      expect(brief(later.effects)).toEqual(['ask source'])
      record = later.record
    }
    expect(record.migration.state.phase).toBe('activating')
  })

  it('has an undecided destination decide, and resumes only on its answer', () => {
    const doubtful = after(...committed, silence(), silence(settings.doubtPatienceMs))
    expect(brief(doubtful.effects)).toContain('abort')
    const decided = take(doubtful.record, destination('aborted', true))
    expect(brief(decided.effects)).toContain('resume')
    expect(phaseOf(decided)).toBe('activating')
    expect(phaseOf(take(decided.record, source('failed')))).toBe('failed')
  })

  it('does not take a destination that gave up at its word before it has refused for good', () => {
    const gaveUp = after(...committed, destination('aborted'))
    expect(brief(gaveUp.effects)).toEqual(['ask source', 'abort'])
    expect(brief(take(gaveUp.record, destination('aborted', true)).effects)).toContain('resume')
  })

  it('has a destination that knows nothing refuse for good before the source resumes', () => {
    const unknown = after(...committed, { type: 'destination-unknown', at })
    expect(brief(unknown.effects)).toEqual(['abort'])
    expect(brief(take(unknown.record, destination('aborted', true)).effects)).toContain('resume')
  })

  it('releases when the destination was faster than our abort', () => {
    const late = after(...committed, destination('aborted'), destination('activated', true))
    // The first word stands: `aborted` and `activated` exclude each other, so this is an alarm, not a release.
    expect(brief(late.effects)).not.toContain('release')
    const fast = after(...committed, silence(), silence(20_000), destination('activated', true))
    expect(brief(take(fast.record, silence(30_000)).effects)).toContain('release')
  })
})

describe('post-copy', () => {
  const handedOver = [...committed, destination('filling')]
  const following = [...handedOver, source('serving')]

  it('is a phase from the first word of either host until the destination has it all', () => {
    expect(phaseOf(after(...handedOver))).toBe('post-copy')
    expect(phaseOf(after(...committed, source('serving')))).toBe('post-copy')
    const whole = after(...following, destination('activated'))
    expect(phaseOf(whole)).toBe('post-copy')
    const { state } = take(whole.record, source('completed')).record.migration
    expect(state).toMatchObject({ phase: 'completed', postCopy: cost, downtimeMs: 37 })
  })

  it('never has the source resume, nor release before the last page', () => {
    const events: MigrationEvent[] = [
      silence(),
      silence(86_400_000),
      cut('source'),
      cut('destination'),
      { type: 'source-unknown', at },
      { type: 'destination-unknown', at },
      destination('aborted', true),
    ]
    for (const known of [handedOver, following]) {
      for (const first of events) {
        for (const second of events) {
          const said = take(take(after(...known).record, first).record, second)
          expect(brief(said.effects)).not.toContain('resume')
          expect(brief(said.effects)).not.toContain('release')
          expect(brief(said.effects)).not.toContain('abort')
        }
      }
    }
  })

  it('has the source released once the destination has every page, when that was not heard', () => {
    const whole = after(...following, destination('activated'))
    expect(brief(whole.effects)).toEqual(['ask source'])
    expect(brief(take(whole.record, silence()).effects)).toContain('release')
    const away = after(...following, cut('source'), destination('activated'))
    expect(phaseOf(away)).toBe('completed')
    expect(isSettled(away.record)).toBe(false)
  })

  it('tells the source where the destination is when either comes back', () => {
    for (const role of ['source', 'destination'] as const) {
      const back = after(...following, cut(role), connect(role))
      expect(brief(back.effects)).toContain('reach-destination')
    }
    expect(brief(after(...committed, connect('destination')).effects)).not.toContain(
      'reach-destination',
    )
  })

  it('is refused to be cancelled', () => {
    const { record } = after(...following)
    expect(step(record, cancel, settings)).toMatchObject({
      ok: false,
      error: { code: 'past-point-of-no-return' },
    })
  })

  it('is lost with the source: the destination is told, and its word ends it', () => {
    const gone = after(...following, source('lost'))
    expect(brief(gone.effects)).toEqual(['lose-there'])
    expect(phaseOf(gone)).toBe('post-copy')
    const lost = take(gone.record, destination('lost'))
    expect(lost.record.migration.state).toMatchObject({
      phase: 'failed',
      failedIn: 'post-copy',
      refusal: { code: 'domain-lost' },
    })
    expect(isSettled(lost.record)).toBe(true)
    // It had every page: nothing is lost.
    const whole = take(gone.record, destination('activated'))
    expect(phaseOf(whole)).toBe('completed')
  })

  it('is lost with the destination: the source is told to destroy what it kept, also when it was away', () => {
    const lost = after(...following, cut('source'), destination('lost'))
    expect(phaseOf(lost)).toBe('failed')
    expect(isSettled(lost.record)).toBe(false)
    const back = take(lost.record, connect('source'))
    expect(brief(back.effects)).toContain('lose-here')
    expect(isSettled(take(back.record, source('lost')).record)).toBe(true)
  })

  it('has a destination that was not reached refuse for good when the source is lost', () => {
    const gone = after(...committed, source('lost'))
    expect(brief(gone.effects)).toContain('abort')
    const undone = take(gone.record, destination('aborted', true))
    expect(undone.record.migration.state).toMatchObject({
      phase: 'failed',
      failedIn: 'activating',
      refusal: { code: 'host-rebooted' },
    })
  })

  it('cannot be ended by giving up the pages that the destination may miss', () => {
    const { record } = after(
      ...started,
      {
        type: 'source-reported',
        at,
        generation: 1,
        status: { ...sources.committed, isPostCopy: true },
      },
      cut('destination'),
    )
    const order = (resolution: 'resume' | 'release') =>
      step(record, { type: 'resolution-ordered', at, by: 'Ada', resolution }, settings).ok
    expect(order('release')).toBe(false)
    expect(order('resume')).toBe(true)
  })
})

describe('a source that is away', () => {
  it('completes on the word of the destination, owes the release, and pays it when the source returns', () => {
    const done = after(...committed, cut('source'), destination('activated'))
    expect(done.record.migration.state).toMatchObject({ phase: 'completed', downtimeMs: null })
    expect(isSettled(done.record)).toBe(false)
    const restarted = beginSession(done.record, at)
    const back = take(restarted, connect('source'))
    expect(brief(back.effects)).toContain('release')
    const paid = take(back.record, source('completed'))
    expect(isSettled(paid.record)).toBe(true)
    expect(paid.record.migration.state).toMatchObject({ phase: 'completed', downtimeMs: 37 })
  })

  it('lets an administrator cancel by way of the destination', () => {
    const cancelled = after(...started, source('copying'), cut('source'), cancel)
    expect(brief(cancelled.effects)).toEqual(['abort'])
    expect(phaseOf(cancelled)).toBe('pre-copy')
  })

  it('forgives what a removed host owes', () => {
    const owed = after(...committed, cut('source'), destination('activated')).record
    expect(isSettled(take(owed, { type: 'host-removed', at, role: 'source' }).record)).toBe(true)
  })
})

describe('cancel', () => {
  it.each([
    ['queued', [connect('source')], []],
    ['preflight', [connect('source'), connect('destination'), admitted], []],
    ['preparing', preparing, ['abort']],
  ])('ends at once in %s', (_phase, events, effects) => {
    const cancelled = after(...events, cancel)
    expect(phaseOf(cancelled)).toBe('cancelled')
    expect(brief(cancelled.effects)).toEqual(effects)
  })

  it('tells the source while it copies, and the report of the source decides', () => {
    const asked = after(...started, source('copying'), cancel)
    expect(brief(asked.effects)).toEqual(['cancel'])
    expect(phaseOf(asked)).toBe('pre-copy')
    expect(phaseOf(take(asked.record, source('failed')))).toBe('cancelled')
    expect(phaseOf(take(asked.record, source('completed')))).toBe('completed')
  })

  it('sends no start any more, and keeps the ticket from being used', () => {
    const cancelled = after(...preparing, prepared, cancel)
    expect(brief(cancelled.effects)).not.toContain('start')
    expect(brief(cancelled.effects)).toContain('abort')
  })

  it.each([
    ['past the point of no return', committed, 'past-point-of-no-return'],
    ['after the end', [...committed, source('completed')], 'migration-ended'],
    ['a second time', [...started, source('copying'), cancel], 'migration-ended'],
  ])('is refused %s', (_when, events, code) => {
    const refused = step(after(...events).record, cancel, settings)
    expect(refused).toMatchObject({ ok: false, error: { code } })
  })
})

describe('before the source was told anything', () => {
  it('fails with the reason of whoever refuses', () => {
    const no = refusal('not-enough-memory', 'xen-02 has 1 GiB free.')
    const refused = after(...preparing, { type: 'preparation-refused', at, refusal: no })
    expect(refused.record.migration.state).toMatchObject({ failedIn: 'preparing', refusal: no })
    expect(isSettled(refused.record)).toBe(true)
  })

  it('gives up on a destination that stays away, and has it tidied up later', () => {
    const away = after(...preparing, cut('destination'))
    expect(phaseOf(take(away.record, silence(settings.preparationPatienceMs - 1)))).toBe(
      'preparing',
    )
    const given = take(away.record, silence(settings.preparationPatienceMs))
    expect(given.record.migration.state).toMatchObject({ refusal: { code: 'host-not-online' } })
    expect(isSettled(given.record)).toBe(false)
    expect(brief(take(given.record, connect('destination')).effects)).toEqual(['abort'])
  })

  it('prepares again with the same id after a restart of the console, and gets the same ticket', () => {
    const restarted = beginSession(after(...preparing).record, at)
    const back = take(restarted, connect('destination'))
    const commandId = `${aMigration().migrationId}:prepare:1`
    expect(back.effects).toMatchObject([{ key: 'prepare', commandId }])
  })
})

describe('a start that the source may not have got', () => {
  it('is undone when the source knows nothing after a restart of the console', () => {
    const restarted = beginSession(after(...started).record, at)
    const back = take(take(restarted, connect('destination')).record, connect('source'))
    expect(brief(back.effects)).toEqual(['ask source'])
    const unknown = take(back.record, { type: 'source-unknown', at })
    expect(brief(unknown.effects)).toContain('abort')
    const undone = take(unknown.record, destination('aborted', true))
    expect(undone.record.migration.state).toMatchObject({
      phase: 'failed',
      refusal: {
        code: 'unknown-migration',
        message: expect.stringContaining('before the order to start had arrived'),
      },
    })
  })

  it('does not read ignorance out of an answer that came before it was delivered', () => {
    const record = after(...preparing, prepared).record
    expect(take(record, { type: 'source-unknown', at })).toMatchObject({ outcome: 'ignored' })
  })

  it('is undone when the source refuses it, with the reason of the source', () => {
    const no = refusal('wrong-state', 'web-7 is not running.')
    const refused = after(...preparing, prepared, { type: 'outgoing-refused', at, refusal: no })
    expect(brief(refused.effects)).toEqual(['ask destination', 'abort'])
    expect(phaseOf(refused)).toBe('preparing')
    const undone = take(refused.record, destination('aborted', true))
    expect(undone.record.migration.state).toMatchObject({ phase: 'failed', refusal: no })
    expect(isSettled(undone.record)).toBe(true)
  })
})

describe('late, double and foreign reports', () => {
  it('ignores reports of another generation', () => {
    const record = after(...started, source('copying')).record
    expect(take(record, source('completed', 2))).toMatchObject({ outcome: 'ignored', record })
    expect(
      take(record, { ...destination('activated'), generation: 2 } as MigrationEvent), // a destination report with another generation
    ).toMatchObject({ outcome: 'ignored', record })
  })

  it('never goes back on an older report', () => {
    const { record } = after(...committed)
    for (const status of ['connecting', 'copying', 'paused'] as const) {
      expect(take(record, source(status))).toMatchObject({ outcome: 'ignored', record })
    }
  })

  it('takes back a resume to a source that commits after all was undone', () => {
    const undone = after(
      ...preparing,
      prepared,
      { type: 'outgoing-refused', at, refusal: refusal('wrong-state') },
      destination('aborted', true),
    )
    const late = take(undone.record, source('committed'))
    expect(brief(late.effects)).toContain('resume')
    expect(isSettled(late.record)).toBe(false)
    expect(isSettled(take(late.record, source('failed')).record)).toBe(true)
  })

  it('raises one alarm when both hosts claim the domain', () => {
    const both = after(...started, source('copying'), source('failed'), destination('activated'))
    expect(brief(both.effects)).toContain('alarm')
    expect(brief(take(both.record, silence()).effects)).not.toContain('alarm')
  })
})

const states: Record<string, readonly MigrationEvent[]> = {
  queued: [connect('source'), connect('destination')],
  'queued, hosts away': [],
  preflight: [connect('source'), connect('destination'), admitted],
  preparing,
  'preparing, destination away': [...preparing, cut('destination')],
  invited: [...preparing, prepared],
  started,
  'start refused': [
    ...preparing,
    prepared,
    { type: 'outgoing-refused', at, refusal: refusal('wrong-state') },
  ],
  connecting: [...started, source('connecting')],
  copying: [...started, source('copying')],
  'copying, cancelling': [...started, source('copying'), cancel],
  'copying, source away': [...started, source('copying'), cut('source')],
  paused: [...started, source('paused')],
  committed,
  'in doubt': [...committed, silence()],
  undoing: [...committed, destination('aborted')],
  resuming: [...committed, destination('aborted', true)],
  activated: [...committed, destination('activated')],
  'handed over in post-copy': [...committed, destination('filling')],
  following: [...committed, destination('filling'), source('serving')],
  'following, source lost': [...committed, destination('filling'), source('lost')],
  'lost, clean-up owed': [...committed, source('serving'), cut('source'), destination('lost')],
  completed: [...committed, source('completed')],
  'completed, release owed': [...committed, cut('source'), destination('activated')],
  failed: [...started, source('copying'), source('failed')],
  cancelled: [...preparing, cancel],
}
const events: Record<string, MigrationEvent> = {
  admitted,
  passed,
  'preflight refused': { type: 'preflight-refused', at, refusal: refusal('other-pool') },
  prepared,
  'preparation refused': { type: 'preparation-refused', at, refusal: refusal('not-enough-memory') },
  'outgoing started': { type: 'outgoing-started', at },
  'outgoing refused': { type: 'outgoing-refused', at, refusal: refusal('wrong-state') },
  ...Object.fromEntries(
    commandKeys.map((key) => [`${key} taken`, { type: 'command-taken', at, key }]),
  ),
  ...Object.fromEntries(
    commandKeys.map((key) => [`${key} refused`, { type: 'command-refused', at, key }]),
  ),
  ...Object.fromEntries(
    (Object.keys(sources) as (keyof typeof sources)[]).map((status) => [
      `source ${status}`,
      source(status),
    ]),
  ),
  ...Object.fromEntries(
    (Object.keys(destinations) as (keyof typeof destinations)[]).map((status) => [
      `destination ${status}`,
      destination(status),
    ]),
  ),
  'destination aborted for good': destination('aborted', true),
  'source unknown': { type: 'source-unknown', at },
  'destination unknown': { type: 'destination-unknown', at },
  cancel,
  'source connected': connect('source'),
  'destination connected': connect('destination'),
  'source rebooted': { type: 'host-rebooted', at, role: 'source' },
  'destination rebooted': { type: 'host-rebooted', at, role: 'destination' },
  'source away': cut('source'),
  'destination away': cut('destination'),
  'source removed': { type: 'host-removed', at, role: 'source' },
  'destination removed': { type: 'host-removed', at, role: 'destination' },
  silence: silence(),
  'long silence': silence(100_000),
}

describe('every state with every event', () => {
  for (const [name, way] of Object.entries(states)) {
    it(`${name}: keeps to the contract and to the promise`, () => {
      const before = after(...way).record
      for (const [event, happening] of Object.entries(events)) {
        const stepped = step(before, happening, settings)
        if (!stepped.ok) {
          expect(happening.type, event).toBe('cancel-requested')
          continue
        }
        keepsPromise(before, stepped.value, event)
        // The same once more changes nothing, except that silence goes on.
        const again = step(stepped.value.record, happening, settings)
        if (again.ok && happening.type !== 'nothing-heard') {
          expect(again.value.record.migration.state, `${event} twice`).toEqual(
            stepped.value.record.migration.state,
          )
        }
      }
    })
  }
})

function keepsPromise(before: MigrationRecord, { record, effects }: Step, event: string): void {
  expect(migrationSchema.safeParse(record.migration).error, event).toBeUndefined()
  expect(coordinationSchema.safeParse(record.coordination).error, event).toBeUndefined()
  const { coordination } = record
  const keys = brief(effects)
  if (keys.includes('resume')) {
    expect(coordination.isAbortConfirmed, event).toBe(true)
    expect(coordination.destination?.status, event).toBe('aborted')
  }
  if (keys.includes('release')) expect(coordination.destination?.status, event).toBe('activated')
  if (keys.includes('resume')) expect(coordination.source?.status, event).toBe('committed')
  if (keys.includes('release') || keys.includes('lose-here')) {
    expect(['committed', 'serving'], event).toContain(coordination.source?.status)
  }
  if (keys.includes('lose-here')) expect(coordination.destination?.status, event).toBe('lost')
  if (keys.includes('lose-there')) {
    expect(coordination.destination?.status, event).toBe('filling')
    expect(coordination.source?.status === 'lost' || coordination.isSourceForgotten).toBe(true)
  }
  if (isEnded(before.migration.state)) {
    expect(record.migration.state.phase, event).toBe(before.migration.state.phase)
    expect(keys, event).not.toContain('prepare')
    expect(keys, event).not.toContain('start')
  }
  for (const effect of effects) {
    if (effect.kind !== 'command') continue
    const role = ['prepare', 'abort', 'lose-there'].includes(effect.key) ? 'destination' : 'source'
    expect(record.session[role].isConnected, `${event}: ${effect.key}`).toBe(true)
  }
}
