import { defaultMigrationSettings, poolSettings } from '@drover/api-schema/migration-settings.ts'
import { domainId, migrationId } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { ada, ModelFleet } from './testing/model-fleet.ts'
import { settled } from './testing/virtual-clock.ts'

const phases = (fleet: ModelFleet, ids: readonly Parameters<ModelFleet['migration']>[0][]) =>
  ids.map((id) => fleet.migration(id).state.phase)

describe('what a migration is asked for', () => {
  it('is taken from the request, and what it leaves open from the pool', async () => {
    const fleet = new ModelFleet()
    const pool = {
      ...poolSettings(defaultMigrationSettings, 'pool-a'),
      profile: { kind: 'xen-4' as const },
      retry: { kind: 'same-host' as const, attempts: 3 },
    }
    fleet.settings = { ...fleet.settings, pools: [pool] }
    const [web, mail] = [fleet.addDomain(1), fleet.addDomain(2)]
    const ask = (domain: typeof web, more: object) =>
      fleet.orchestrator.request({ moves: [fleet.move(domain, 2)], requestedBy: ada, ...more })
    expect(await ask(web, {})).toMatchObject([
      {
        migration: {
          profile: pool.profile,
          retry: pool.retry,
          priority: 'normal',
          bandwidthBytesPerSec: null,
          attempt: 1,
        },
      },
    ])
    const own = {
      profile: { kind: 'xen-3.0' },
      retry: { kind: 'none' },
      priority: 'high',
      bandwidthBytesPerSec: 1e6,
    } as const
    expect(await ask(mail, own)).toMatchObject([{ migration: own }])
  })
})

describe('priority', () => {
  it('of one that waits can be changed, and changes who goes next', async () => {
    const fleet = new ModelFleet(3, { total: 1 })
    const ids = []
    for (const number of [1, 2, 3]) ids.push(await fleet.start(fleet.addDomain(number)))
    const [, second = migrationId(0), third = migrationId(0)] = ids
    const { orchestrator } = fleet
    const changed = await orchestrator.setPriority(third, 'high', 'Bo')
    expect(changed).toMatchObject({ ok: true, value: { priority: 'high' } })
    expect(await orchestrator.setPriority(third, 'high', 'Bo')).toMatchObject({ ok: true })
    await settled()
    expect(fleet.migration(third).priority).toBe('high')
    while (fleet.migration(third).state.phase === 'queued') {
      fleet.stepStreams()
      await settled()
    }
    expect(fleet.migration(second).state.phase).toBe('queued')
    await fleet.run()
    expect(await orchestrator.setPriority(third, 'low', 'Bo')).toMatchObject({
      error: { code: 'migration-ended' },
    })
    expect(await orchestrator.setPriority(migrationId(999), 'low', 'Bo')).toMatchObject({
      error: { code: 'migration-not-found' },
    })
    const said = fleet.audited.filter(({ action }) => action === 'migration-priority-changed')
    expect(said.map(({ detail }) => detail)).toEqual([
      'Bo changed the priority from normal to high.',
    ])
  })
})

describe('limits', () => {
  it('that are raised let more go at once, and lowered ones end nothing', async () => {
    const fleet = new ModelFleet(3, { total: 1 })
    const ids: Parameters<ModelFleet['migration']>[0][] = []
    for (const number of [1, 2, 3]) ids.push(await fleet.start(fleet.addDomain(number)))
    const running = () => phases(fleet, ids).filter((phase) => phase !== 'queued').length
    expect(running()).toBe(1)
    fleet.settings = {
      ...fleet.settings,
      limits: { ...fleet.settings.limits, total: 3, outgoingPerHost: 3, incomingPerHost: 3 },
    }
    fleet.orchestrator.settingsChanged()
    await settled()
    expect(running()).toBe(3)
    fleet.settings = { ...fleet.settings, limits: { ...fleet.settings.limits, total: 1 } }
    fleet.orchestrator.settingsChanged()
    const late = await fleet.start(fleet.addDomain(4))
    expect(running()).toBe(3)
    expect(fleet.migration(late).state.phase).toBe('queued')
    await fleet.run()
    expect(phases(fleet, [...ids, late])).toEqual(Array.from({ length: 4 }, () => 'completed'))
  })
})

describe('a group', () => {
  it('is cancelled as a whole, except what cannot be any more', async () => {
    const fleet = new ModelFleet(3, { total: 2 })
    const moves = [1, 2, 3, 4].map((number) => fleet.move(fleet.addDomain(number), 2))
    const alone = fleet.addDomain(5)
    const outcomes = await fleet.request(moves)
    const group = outcomes.map((one) =>
      one.outcome === 'accepted' ? one.migration : expect.fail('it was refused'),
    )
    const other = await fleet.start(alone)
    const first = group[0] ?? expect.fail('there are four')
    const pair = fleet.pairs.get(first.migrationId)
    while (fleet.migration(first.migrationId).state.phase !== 'activating') {
      fleet.stepStreams()
      await settled()
    }
    expect(pair?.domainId).toBe(domainId(1))
    const cancelled = await fleet.orchestrator.cancelGroup(first.groupId ?? '', 'Bo')
    expect(cancelled).toMatchObject({
      value: [
        { outcome: 'refused', refusal: { code: 'past-point-of-no-return' } },
        { outcome: 'asked' },
        { outcome: 'asked' },
        { outcome: 'asked' },
      ],
    })
    await fleet.run()
    expect(
      phases(
        fleet,
        group.map(({ migrationId: id }) => id),
      ),
    ).toEqual(['completed', 'cancelled', 'cancelled', 'cancelled'])
    expect(phases(fleet, [other])).toEqual(['completed'])
    expect(
      fleet.audited.filter(({ action }) => action === 'migration-cancel-requested'),
    ).toHaveLength(3)
    expect(await fleet.orchestrator.cancelGroup(first.groupId ?? '', 'Bo')).toMatchObject({
      error: { code: 'migration-ended' },
    })
  })
})

describe('a migration that cannot be judged', () => {
  it('is refused, and those behind it go', async () => {
    const fleet = new ModelFleet(3, { total: 1 })
    const ids = []
    for (const number of [1, 2, 3]) ids.push(await fleet.start(fleet.addDomain(number)))
    let throwsLeft = 1
    fleet.rulesNow = () => {
      throwsLeft -= 1
      if (throwsLeft === 0) throw new Error('a rule that breaks')
      return null
    }
    await fleet.run()
    expect(phases(fleet, ids)).toEqual(['completed', 'failed', 'completed'])
    const [, second = migrationId(0)] = ids
    expect(fleet.migration(second).state).toMatchObject({
      failedIn: 'preflight',
      refusal: { code: 'internal' },
    })
    expect(fleet.logged).toContainEqual(expect.stringContaining('a rule that breaks'))
  })
})
