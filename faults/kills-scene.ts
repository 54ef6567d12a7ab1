/** The cases of the kill tests have these steps in common: hosts, a migration held in a phase, an end that is judged. */
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import type { ManagedProcess } from '../e2e/harness/managed-process.ts'
import type { KillFleet, Pair } from './kills-fleet.ts'
import type { Copy } from './kills-journal.ts'
import { agentPhases, type Held, hold, type Phase, type Stage, stageFor } from './kills-phases.ts'
import { copyBefore, describeEnd, expectPromisesKept, settled, stopHosts } from './kills-verdict.ts'

/** One migration in one phase, and what its domains were before. */
export type Scene = {
  readonly fleet: KillFleet
  readonly pair: Pair
  readonly held: Held
  readonly before: ReadonlyMap<string, Copy>
}

export async function setUp(fleet: KillFleet, name: string, stage: Stage): Promise<Scene> {
  return begin(fleet, await fleet.addPair(name, stage.config), stage)
}

async function begin(fleet: KillFleet, pair: Pair, stage: Stage): Promise<Scene> {
  const names = (stage.config.domains ?? []).map((domain) => domain.name)
  const before = new Map(names.map((domain) => [domain, copyBefore(pair, domain)]))
  return { fleet, pair, before, held: await hold(fleet, pair, stage) }
}

/** Those that take a while first; `queued` when the others have taken the places. */
const waves: readonly (readonly Phase[])[] = [
  ['activating', 'preparing', 'stop-and-copy'],
  ['pre-copy'],
  ['queued'],
]

/** Several at once, each on hosts of its own. */
export async function setUpAll(
  fleet: KillFleet,
  name: string,
  wanted: readonly Phase[],
): Promise<Scene[]> {
  const hosts = await Promise.all(
    wanted.map(async (phase) => {
      const stage = stageFor(phase, `${name}-${phase}`, { isFrozen: true })
      return { stage, pair: await fleet.addPair(`${name}-${phase}`, stage.config) }
    }),
  )
  const scenes: Scene[] = []
  for (const wave of waves) {
    const begun = hosts
      .filter(({ stage }) => wave.includes(stage.phase))
      .map(({ pair, stage }) => begin(fleet, pair, stage))
    scenes.push(...(await Promise.all(begun)))
  }
  for (const scene of scenes) await expectHeld(scene)
  return scenes
}

/** kill -9, and the same again on its own data. */
export async function killAndRestart(process: ManagedProcess, between = async () => {}) {
  await process.kill()
  await between()
  await process.start()
}

/** The console still shows what was held, so whatever happens now happens in that phase. */
async function expectHeld({ fleet, held }: Scene): Promise<void> {
  const { state } = await fleet.api.migration(held.migrationId)
  if (state.phase !== held.phase) throw new Error(`It is in ${state.phase}, not in ${held.phase}`)
}

/** Waits for the end of everything that was started, checks the promises, and returns what became of the one looked at. */
export async function judge({ fleet, pair, held, before }: Scene): Promise<Migration> {
  const ids = [...held.others.map(({ migrationId }) => migrationId), held.migrationId]
  const ended: Migration[] = []
  for (const id of ids) ended.push(await settled(fleet, pair, id))
  await stopHosts(pair)
  for (const migration of ended) {
    const copy = before.get(migration.domainName)
    if (!copy) throw new Error(`${migration.domainName} was not looked at before`)
    await expectPromisesKept(fleet, pair, { migration, before: copy })
  }
  const last = ended.at(-1)
  if (!last || !isEnded(last.state)) throw new Error('it has ended')
  return last
}

export type Row = { readonly what: string; readonly phase: Phase; readonly end: Migration }

export function tableOf(rows: readonly Row[]): string {
  const whatWidth = Math.max(0, ...rows.map(({ what }) => what.length))
  const phaseWidth = Math.max(...agentPhases.map((phase) => phase.length))
  const lines = rows
    .toSorted(
      (a, b) =>
        a.what.localeCompare(b.what) || agentPhases.indexOf(a.phase) - agentPhases.indexOf(b.phase),
    )
    .map(
      ({ what, phase, end }) =>
        `${what.padEnd(whatWidth)}  ${phase.padEnd(phaseWidth)}  ${describeEnd(end)}`,
    )
  return `What was done, in which phase, and how the migration ended:\n${lines.join('\n')}`
}
