/**
 * Real processes are killed, stopped and cut off in every phase of a migration: a console on a real PostgreSQL, and hosts in
 * pairs. Each is started again on its own data, and then the promises must hold. The simulated schedules in this folder
 * look between any two frames; here the signals, sockets, disks and the database are the real ones.
 */
import fs from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTestDatabase } from '../apps/console/server/testing/test-database.ts'
import { waitUntil } from '../e2e/harness/wait-until.ts'
import { Cluster } from './kills-cluster.ts'
import { bundleAgent, KillFleet, temporaryFolder } from './kills-fleet.ts'
import {
  agentPhases,
  PATIENCE_MS,
  phases,
  type Stage,
  stageFor,
  untilWritten,
} from './kills-phases.ts'
import { Places } from './kills-places.ts'
import {
  judge,
  killAndRestart,
  type Row,
  type Scene,
  setUp,
  setUpAll,
  tableOf,
} from './kills-scene.ts'
import { expectNoAlarm } from './kills-verdict.ts'

/** The length of the fault itself; nothing is waited for by it. */
const FROZEN_MS = 20_000
const CASE_MS = 300_000
/** So many migrations a console runs at once; one that waits for a place could not be held in its phase. */
const MOST_OPEN = 5

// Every case waits for one of the places below, so all may be begun.
vi.setConfig({ maxConcurrency: 50, testTimeout: CASE_MS, hookTimeout: CASE_MS })

const rows: Row[] = []
const fleets: KillFleet[] = []
const cleanups: (() => Promise<void>)[] = []
let folder: string
let agentEntry: string
/** Here agents die; its console does not. */
let agents: KillFleet

beforeAll(async () => {
  folder = temporaryFolder()
  agentEntry = await bundleAgent(folder)
  agents = await startFleet()
})

afterAll(async () => {
  await Promise.all(fleets.map((fleet) => fleet.stop()))
  await Promise.all(cleanups.map((cleanUp) => cleanUp()))
  fs.rmSync(folder, { recursive: true, force: true })
  console.log(tableOf(rows))
})

async function startFleet(databaseUrl?: string): Promise<KillFleet> {
  let url = databaseUrl
  if (url === undefined) {
    const database = await createTestDatabase()
    cleanups.push(() => database.drop())
    url = database.url
  }
  const fleet = await KillFleet.start(url, agentEntry)
  fleets.push(fleet)
  return fleet
}

async function record(what: string, scene: Scene): Promise<void> {
  const row = { what, phase: scene.held.phase, end: await judge(scene) }
  rows.push(row)
  expectEnd(row)
  await expectNoAlarm(scene.fleet)
}

const recordAll = (what: string, scenes: readonly Scene[]) =>
  Promise.all(scenes.map((scene) => record(what, scene)))

/**
 * What the phase allows: an agent that dies under the copy takes the copy with it, and what was handed over stays so. The
 * hosts need no console and no database for either.
 */
function expectEnd({ what, phase, end: { state } }: Row): void {
  if (phase === 'activating' || phase === 'post-copy') expect(state.phase).toBe('completed')
  // The pages that had come were kept, and the rest came to the agent that was started again.
  if (phase === 'post-copy')
    expect(state).toMatchObject({ postCopy: { pages: expect.any(Number) } })
  const isCopying = phase === 'pre-copy' || phase === 'stop-and-copy'
  const isAgent = what.startsWith('source') || what.startsWith('destination')
  if (isCopying && isAgent) expect(state).toMatchObject({ phase: 'failed', failedIn: phase })
}

const places = new Places(MOST_OPEN)

/** In a fleet that others use as well. */
function withScene(name: string, stage: Stage, act: (scene: Scene) => Promise<void>) {
  return places.with(stage.places, () =>
    agents.explaining(name, async () => act(await setUp(agents, name, stage))),
  )
}

describe.concurrent('an agent', () => {
  const victims = ['source', 'destination'] as const

  test.each([
    ['source', 'pre-copy'],
    ['destination', 'stop-and-copy'],
  ] as const)('of the %s is stopped for 20 s in %s', async (victim, phase) => {
    await withScene(`${victim}-frozen`, stageFor(phase, `${victim}-frozen`), async (scene) => {
      const { process } = scene.pair[victim]
      process.freeze()
      await delay(FROZEN_MS)
      process.resume()
      await scene.held.release()
      await record(`${victim} stopped for 20 s`, scene)
    })
  })

  describe.each(victims)('of the %s is killed', (victim) => {
    test.each(agentPhases)('in %s', async (phase) => {
      const name = `${victim}-${phase}`
      await withScene(name, stageFor(phase, name), async (scene) => {
        const { pair, held } = scene
        await killAndRestart(pair[victim].process, async () => {
          // What the killed one had said and nobody had heard is lost with it.
          if (victim === 'destination') pair.destinationLink.cut()
        })
        await held.release()
        await record(`${victim} killed`, scene)
      })
    })
  })
})

/** `degraded`: the console knows that its database is away. */
const untilHealth = ({ api }: KillFleet, wanted: 'ok' | 'degraded') =>
  waitUntil(
    `the console is ${wanted}`,
    async () => (await api.call('getHealth')).status === wanted,
    PATIENCE_MS,
  )

describe.concurrent('the console', () => {
  test('is killed while five migrations are in five phases, later its database restarted', async () => {
    const { cluster, databaseUrl } = await Cluster.start(folder)
    cleanups.push(() => cluster.stop())
    const fleet = await startFleet(databaseUrl)
    const scenes = await setUpAll(fleet, 'killed', phases)
    await killAndRestart(fleet.console, async () => {
      // Hosts go on without it; what needs the console to go on waits for it.
      for (const { held } of scenes) if (held.phase !== 'queued') await held.release()
    })
    for (const { held } of scenes) if (held.phase === 'queued') await held.release()
    await recordAll('console killed', scenes)

    const cutOff = await setUpAll(fleet, 'cut-off', ['activating', 'pre-copy'])
    await cluster.restart(async () => {
      await untilHealth(fleet, 'degraded')
      for (const { held } of cutOff) await held.release()
      // The hosts need no database to come to an end.
      for (const { held, pair } of cutOff)
        await untilWritten(pair.source, held.migrationId, ['completed', 'failed'])
    })
    await untilHealth(fleet, 'ok')
    await recordAll('database restarted', cutOff)
  })

  test('is stopped for 20 s in the middle of migrations', async () => {
    const fleet = await startFleet()
    const scenes = await setUpAll(fleet, 'stopped', ['activating', 'pre-copy'])
    fleet.console.freeze()
    for (const { held } of scenes) await held.release()
    await delay(FROZEN_MS)
    fleet.console.resume()
    await recordAll('console stopped for 20 s', scenes)
  })
})
