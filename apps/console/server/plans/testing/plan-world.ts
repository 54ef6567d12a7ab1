import type { MoveOutcome } from '@drover/api-schema/endpoints.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, HostId, MigrationId, PlanId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { defaultMigrationSettings } from '@drover/api-schema/migration-settings.ts'
import type { Plan } from '@drover/api-schema/plan.ts'
import { err } from '@drover/api-schema/result.ts'
import {
  aCompletedState,
  aDomain,
  aHost,
  aMigration,
  domainId,
  hostId,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { compileRules } from '@drover/optimizer/rules/compile-rules.ts'
import { snapshotOf } from '@drover/optimizer/rules/snapshot.ts'
import { createLog } from '../../log.ts'
import { createVirtualClock } from '../../testing/virtual-clock.ts'
import { createPlanDriver, type PlanDriver } from '../driver.ts'
import type { PlanPorts } from '../ports.ts'

const memBytes = 4 * GIB

/**
 * What outlives a console: a database, migrations and hosts. Two full hosts with a domain each, and a third with room for one.
 * The console of the day may be killed at any of its calls, before or after they have had their effect.
 */
export class PlanWorld {
  readonly clock = createVirtualClock()
  readonly plans = new Map<PlanId, Plan>()
  readonly migrations = new Map<MigrationId, Migration>()
  readonly places = new Map<DomainId, HostId>([
    [domainId(1), hostId(1)],
    [domainId(2), hostId(2)],
  ])
  /** Steps asked for more than once, and memory that was not there. */
  readonly wrongs: string[] = []
  #calls = 0
  #killAt: number | null = null
  /** Counts consoles: the calls of an earlier one have no effect and no answer. */
  #run = 0
  driver: PlanDriver

  constructor() {
    this.driver = this.#newDriver()
  }

  /** The call of that number kills the console; odd numbers after its effect. */
  killAt(call: number): void {
    this.#killAt = this.#calls + call
  }

  get hasDied(): boolean {
    return this.#killAt !== null && this.#calls >= this.#killAt
  }

  async restart(): Promise<void> {
    this.#killAt = null
    this.driver = this.#newDriver()
    await this.driver.recover(20)
  }

  /** One migration that runs arrives. */
  complete(): void {
    const running = [...this.migrations.values()].find(({ state }) => state.phase === 'queued')
    if (running === undefined) return
    this.places.set(running.domainId, running.destinationHostId)
    const ended: Migration = { ...running, state: aCompletedState() }
    this.migrations.set(running.migrationId, ended)
    this.driver.fleetChanged([{ kind: 'migration-upserted', migration: ended }])
  }

  /** Timers that are due run, and what they begin comes to its end or to a call that is never answered. */
  async settle(): Promise<void> {
    for (let round = 0; round < 5; round++) {
      this.clock.advance(3_000)
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    }
  }

  #openOf(id: DomainId): Migration | undefined {
    return [...this.migrations.values()].find(
      ({ domainId: other, state }) => other === id && state.phase === 'queued',
    )
  }

  /** Two hosts hold one domain, the third too; what is on its way holds memory at both ends. */
  #freeOn(id: HostId): number {
    const held = [...this.places].filter(([domain, at]) => {
      const goesTo = this.#openOf(domain)?.destinationHostId
      return at === id || goesTo === id
    })
    return memBytes * (1 - held.length)
  }

  #newDriver(): PlanDriver {
    this.#run++
    const run = this.#run
    /** The effect of a call, or none and no answer when the console is dead by then. */
    const call = async <T>(effect: () => T): Promise<T> => {
      const never = new Promise<never>(() => {})
      if (run !== this.#run || this.hasDied) return never
      this.#calls++
      const dies = this.hasDied
      const isAfter = this.#calls % 2 === 1
      if (dies && !isAfter) return never
      const value = effect()
      return dies ? never : value
    }
    const host = (id: HostId) => aHost({ hostId: id, name: id, memFreeBytes: this.#freeOn(id) })
    const domain = (id: DomainId) => {
      const at = this.places.get(id)
      if (at === undefined) return null
      const open = this.#openOf(id)
      return aDomain({ domainId: id, hostId: at, migrationId: open?.migrationId ?? null })
    }
    const absent = () => Promise.reject(new Error('not of this test'))
    const ports: PlanPorts = {
      clock: {
        ...this.clock,
        setTimer: (ms, work) =>
          this.clock.setTimer(ms, () => {
            if (run === this.#run && !this.hasDied) work()
          }),
      },
      log: createLog('error', () => {}),
      audit: () => {},
      rules: () => [],
      compiled: () => compileRules([], snapshotOf({ hosts: [], domains: [] })),
      migrationSettings: () => defaultMigrationSettings,
      users: { list: absent },
      newId: () => '',
      store: {
        savePlan: (plan) => call(() => void this.plans.set(plan.planId, plan)),
        findPlan: (planId) => call(() => this.plans.get(planId) ?? null),
        listOpenPlans: () =>
          call(() => [...this.plans.values()].filter(({ state }) => state.kind !== 'ended')),
        listEndedPlans: () => call(() => []),
        listDrafts: absent,
        saveDraft: absent,
        removeDraft: absent,
        commit: absent,
        listPlans: absent,
      },
      fleet: {
        host,
        domain,
        // A console that was started again knows what its orchestrator has recovered.
        migration: (id) => this.migrations.get(id) ?? null,
        openPlans: () => [],
        upsertDraft: () => {},
        removeDraft: () => {},
        upsertPlan: () => {},
        setHost: () => null,
      },
      migrations: {
        find: (id) => call(() => this.migrations.get(id) ?? null),
        request: ({ moves, groupId }) => call(() => this.#request(moves[0], groupId ?? null)),
        cancel: () => call(() => err(refusal('migration-ended'))),
        listEnded: absent,
        listRecent: absent,
        promised: () => ({ memBytes: 0, vcpuCount: 0 }),
      },
    }
    return createPlanDriver(ports)
  }

  #request(
    move: Parameters<PlanPorts['migrations']['request']>[0]['moves'][number] | undefined,
    groupId: string | null,
  ): MoveOutcome[] {
    const id = move?.migrationId
    const at = move === undefined ? undefined : this.places.get(move.domainId)
    if (move === undefined || id === undefined || at === undefined) return []
    if (this.migrations.has(id)) this.wrongs.push(`${id} was asked for twice`)
    if (this.#openOf(move.domainId) !== undefined) this.wrongs.push('the domain is on its way')
    if (this.#freeOn(move.destinationHostId) < memBytes) this.wrongs.push('there is no room')
    const { domainId: of, destinationHostId } = move
    const made = { domainId: of, destinationHostId, migrationId: id, groupId, sourceHostId: at }
    const migration = aMigration(made)
    this.migrations.set(id, migration)
    return [{ outcome: 'accepted', domainId: of, migration }]
  }
}
