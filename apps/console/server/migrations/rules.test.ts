import type { MoveOutcome } from '@drover/api-schema/endpoints.ts'
import {
  aRule,
  domainId,
  hostId,
  type RuleBody,
  ruleId,
  uuid,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { beforeEach, describe, expect, it } from 'vitest'
import { ada, ModelFleet } from './testing/model-fleet.ts'
import { settled } from './testing/virtual-clock.ts'

let fleet: ModelFleet
beforeEach(() => {
  fleet = new ModelFleet(4)
})

function rules(...bodies: RuleBody[]): void {
  fleet.rules = bodies.map((body, index) => aRule(index + 1, body))
}

/** `1>2`: domain 1 to host 2. */
function ask(moves: string[], more: object = {}): Promise<MoveOutcome[]> {
  return fleet.orchestrator.request({
    moves: moves.map((move) => {
      const [domain, host] = move.split('>').map(Number)
      return { domainId: domainId(domain ?? 0), destinationHostId: hostId(host ?? 0) }
    }),
    requestedBy: ada,
    ...more,
  })
}

/** The codes of each refusal; `ok`, or `ok` with what it warns of. */
function said(outcomes: readonly MoveOutcome[]): string[] {
  return outcomes.map((one) => {
    if (one.outcome === 'refused') return one.refusals.map(({ code }) => code).join(' ')
    return ['ok', ...(one.warnings ?? []).map(({ code }) => code)].join(' ')
  })
}

const apart: RuleBody = { kind: 'keep-apart', domains: 'name ~ web*', level: 'host', atMost: 1 }
const together: RuleBody = { kind: 'keep-together', domains: 'name ~ web*', level: 'host' }

describe('a request', () => {
  it('is refused by what rules require, with the rule, and warned of what they prefer', async () => {
    rules(
      { kind: 'keep-off', domains: 'all', hosts: 'name = xen-02' },
      {
        kind: 'keep-off',
        domains: 'all',
        hosts: 'name = xen-03',
        strength: { kind: 'preferred', weight: 10 },
      },
    )
    for (const number of [1, 2, 3]) fleet.addDomain(number)
    const outcomes = await ask(['1>2', '2>3', '3>4'])
    expect(said(outcomes)).toEqual(['policy-keep-off', 'ok policy-keep-off', 'ok'])
    expect(outcomes[0]).toMatchObject({ refusals: [{ ruleId: ruleId(1) }] })
    expect(outcomes[1]).toMatchObject({ warnings: [{ ruleId: ruleId(2) }] })
  })

  it('is judged as a whole: together is together wherever they go, and apart stays apart', async () => {
    rules(together)
    for (const number of [1, 2]) fleet.addDomain(number)
    expect(said(await ask(['1>2']))).toEqual(['policy-keep-together'])
    expect(said(await ask(['1>2', '2>3']))).toEqual([
      'policy-keep-together',
      'policy-keep-together',
    ])
    expect(said(await ask(['1>2', '2>2']))).toEqual(['ok', 'ok'])
  })

  it('tells those a rule is about from those that only travel with them', async () => {
    rules(apart)
    fleet.addDomain(1)
    fleet.addDomain(2, { hostId: hostId(3) })
    fleet.addDomain(3, { name: 'other' })
    expect(said(await ask(['1>2', '2>2', '3>2']))).toEqual([
      'policy-keep-apart',
      'policy-keep-apart',
      'ok',
    ])
    // The other way round they are a swap: each goes where the other leaves.
    expect(said(await ask(['1>3', '2>1']))).toEqual(['ok', 'ok'])
  })

  it('looks again without those that were refused', async () => {
    rules(together, { kind: 'never-move', domains: 'name = none' })
    fleet.addDomain(1)
    fleet.addDomain(2, { isMigratable: false })
    expect(said(await ask(['1>2', '2>2']))).toEqual(['policy-keep-together', 'not-migratable'])
  })

  it('counts what is on its way: a second request meets the first', async () => {
    rules(apart)
    for (const number of [1, 2]) fleet.addDomain(number, { hostId: hostId(number) })
    expect(said(await ask(['1>3']))).toEqual(['ok'])
    expect(said(await ask(['2>3']))).toEqual(['policy-keep-apart'])
  })

  it('does not take a licence twice for two that come to one host', async () => {
    rules({ kind: 'licence', product: 'Oracle', domains: 'name ~ web*', per: 'host', count: 1 })
    for (const number of [1, 2, 3]) fleet.addDomain(number)
    expect(said(await ask(['1>2', '2>2']))).toEqual(['policy-licence', 'policy-licence'])
    expect(said(await ask(['1>2', '2>2', '3>2']))).toEqual(['ok', 'ok', 'ok'])
  })

  it('can be made against rules by who gives a reason, never against the machine', async () => {
    rules({ kind: 'keep-off', domains: 'all', hosts: 'name = xen-02' })
    fleet.addDomain(1)
    fleet.addDomain(2, { memTargetBytes: 999 * GIB })
    const override = { reason: 'Rack 1 is on fire.' }
    const outcomes = await ask(['1>2', '2>2'], { override })
    expect(said(outcomes)).toEqual(['ok policy-keep-off', 'not-enough-memory'])
    expect(outcomes[0]).toMatchObject({
      migration: { overridden: { by: 'Ada', reason: 'Rack 1 is on fire.', ruleIds: [ruleId(1)] } },
    })
    expect(fleet.audited).toContainEqual({
      actor: 'Ada',
      action: 'rules-overridden',
      subject: 'web-1 from xen-01 to xen-02',
      detail: 'Ada moves it against “rule 1”: Rack 1 is on fire.',
    })
    const plain = await ask(['1>3'], { override })
    expect(plain[0]).not.toHaveProperty('migration.overridden')
  })

  it('says, when it is refused, what has changed since the asker looked, and nothing else', async () => {
    rules(apart)
    for (const number of [1, 2, 3]) fleet.addDomain(number, { hostId: hostId(number) })
    fleet.addDomain(9, { name: 'other' })
    const moved = (number: number, sentence: string) => ({
      generation: 5,
      at: 5,
      aspect: 'placement' as const,
      domainId: domainId(number),
      hostIds: [hostId(1)],
      sentence,
    })
    fleet.changes = [
      moved(3, 'web-3 moved.'),
      moved(9, 'other moved.'),
      { ...moved(9, 'xen-03 entered maintenance.'), aspect: 'maintenance', hostIds: [hostId(3)] },
      { ...moved(9, 'other came to xen-03.'), hostIds: [hostId(3)] },
    ]
    const seen = { epoch: uuid(1), generation: 4 }
    const [outcome] = await ask(['1>3'], { seen })
    expect(outcome).toMatchObject({
      outcome: 'refused',
      changes: ['web-3 moved.', 'other came to xen-03.'],
    })
    expect((await ask(['1>3']))[0]).not.toHaveProperty('changes')
  })

  it('of somebody who empties a host is warned only', async () => {
    rules({ kind: 'keep-off', domains: 'all', hosts: 'name = xen-02' })
    fleet.addDomain(1)
    expect(said(await ask(['1>2'], { purpose: 'maintenance' }))).toEqual(['ok policy-keep-off'])
  })
})

describe('when its turn comes', () => {
  beforeEach(() => {
    fleet.settings = { ...fleet.settings, limits: { ...fleet.settings.limits, total: 1 } }
    fleet.addDomain(9, { name: 'first', hostId: hostId(4) })
  })

  /** The first one holds the queue; what was asked for behind it is judged again when it has ended. */
  async function later(moves: string[], change: () => void, more: object = {}) {
    const first = await fleet.start(
      { ...fleet.addDomain(9, { name: 'first', hostId: hostId(4) }) },
      1,
    )
    const outcomes = await ask(moves, more)
    expect(said(outcomes).every((one) => one.startsWith('ok'))).toBe(true)
    change()
    await fleet.orchestrator.cancel(first, 'Ada')
    await settled()
    return outcomes.map((one) =>
      one.outcome === 'accepted' ? fleet.migration(one.migration.migrationId).state : null,
    )
  }

  it('a rule that was made meanwhile refuses it', async () => {
    fleet.addDomain(1)
    const [state] = await later(['1>2'], () => {
      rules({ kind: 'keep-off', domains: 'name = web-1', hosts: 'name = xen-02' })
      const sentence = 'The rule “rule 1” was made by Ada.'
      const about = { aspect: 'rule', ruleId: ruleId(1), hostIds: [] } as const
      fleet.changes = [{ generation: 5, at: 5, sentence, ...about }]
    })
    expect(state).toMatchObject({
      phase: 'failed',
      refusal: {
        code: 'policy-keep-off',
        ruleId: ruleId(1),
        message: expect.stringMatching(
          / Since it was asked for: The rule “rule 1” was made by Ada\.$/,
        ),
      },
    })
  })

  const off: RuleBody = { kind: 'keep-off', domains: 'name ~ web*', hosts: 'name = xen-02' }
  const override = { reason: 'It must.' }

  it('what was overridden stays overridden', async () => {
    rules(off)
    fleet.addDomain(1)
    const [state] = await later(['1>2'], () => {}, { override })
    expect(['preparing', 'pre-copy', 'completed']).toContain(state?.phase)
  })

  it('a rule that came later is not overridden', async () => {
    rules(off)
    fleet.addDomain(1)
    const reserve: RuleBody = { kind: 'reserve', hosts: 'name = xen-02', application: 'x' }
    const [state] = await later(['1>2'], () => rules(off, reserve), { override })
    expect(state).toMatchObject({ phase: 'failed', refusal: { code: 'policy-reserved' } })
  })

  it('a pair that was asked for together goes although one of the two waits longer', async () => {
    rules(together)
    for (const number of [1, 2]) fleet.addDomain(number)
    const states = await later(['1>2', '2>2'], () => {})
    expect(states.map((state) => state?.phase)).toEqual([
      expect.not.stringMatching('failed'),
      'queued',
    ])
  })
})
