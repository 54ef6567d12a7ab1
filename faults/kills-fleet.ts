/**
 * A console and pairs of hosts as processes of their own, for tests that kill them. The console runs from source; the agents
 * from one bundle, because there are many and each is started twice.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import type { HostConfigInput } from '../apps/agent/src/host-config.ts'
import { journalFileOf } from '../apps/agent/src/open-host.ts'
import { Api } from '../e2e/harness/api.ts'
import { Drover } from '../e2e/harness/drover.ts'
import { Link } from '../e2e/harness/link.ts'
import type { ManagedProcess } from '../e2e/harness/managed-process.ts'
import { smallHost } from '../e2e/harness/small-hosts.ts'

const root = path.join(import.meta.dirname, '..')
const ada = { name: 'Ada', email: 'ada@example.org', password: 'a rather long password' }

/** Of each log, in the report of a failure. */
const longestWords = 3000

export type Host = { readonly process: ManagedProcess; readonly journalFile: string }

/** Two hosts of their own for one migration; the destination reaches the console by a line that can fail. */
export type Pair = {
  readonly source: Host
  readonly destination: Host
  readonly destinationLink: Link
}

/** The agent's bundle, as `npm start` makes it but with its packages inside, so that it runs anywhere. */
export async function bundleAgent(folder: string): Promise<string> {
  const outfile = path.join(folder, 'agent.mjs')
  await build({
    absWorkingDir: root,
    entryPoints: ['apps/agent/src/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: {
      js: `import{createRequire}from'node:module';const require=createRequire(import.meta.url)`,
    },
  })
  return outfile
}

export class KillFleet {
  readonly drover: Drover
  readonly api: Api
  readonly #links: Link[] = []
  readonly #hosts: Host[] = []

  private constructor(drover: Drover) {
    this.drover = drover
    this.api = new Api(drover.url)
  }

  static async start(databaseUrl: string, agentEntry: string): Promise<KillFleet> {
    const drover = await Drover.start({
      databaseUrl,
      entries: { console: 'apps/console/server/main.ts', agent: agentEntry },
      env: { NODE_OPTIONS: '--import tsx' },
    })
    const fleet = new KillFleet(drover)
    try {
      await fleet.api.createFirstAdmin(drover.firstAdminLink ?? '', ada)
      return fleet
    } catch (error) {
      await fleet.stop()
      throw error
    }
  }

  get console(): ManagedProcess {
    return this.drover.console
  }

  async addPair(name: string, config: Partial<HostConfigInput>): Promise<Pair> {
    const [from, to] = [`${name}-from`, `${name}-to`]
    const destinationLink = await Link.to(this.drover.url)
    this.#links.push(destinationLink)
    const hosts = await Promise.all([
      this.drover.startAgent(from, [], smallHost(from, config.domains ?? [], config)),
      this.drover.startAgent(
        to,
        ['--console', destinationLink.url],
        smallHost(to, [], { ...config, domains: [] }),
      ),
    ])
    const [source, destination] = hosts.map((process) => ({
      process,
      journalFile: journalFileOf(
        path.join(this.drover.dataDir, 'agents', process.name),
        process.name,
      ),
    }))
    if (!source || !destination) throw new Error('two were started')
    this.#hosts.push(source, destination)
    return { source, destination, destinationLink }
  }

  /** Does the work; its failure also says what the console and the hosts of that name have written last. */
  async explaining<Result>(prefix: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      const hosts = this.#hosts.filter(({ process }) => process.name.startsWith(prefix))
      const logs = [this.console, ...hosts.map(({ process }) => process)]
        .map((process) => `===== ${process.name}\n${process.log().slice(-longestWords)}`)
        .join('\n')
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${logs}`, {
        cause: error,
      })
    }
  }

  async stop(): Promise<void> {
    await this.drover.stop()
    await Promise.all(this.#links.map((link) => link.stop()))
  }
}

export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'drover-kills-'))
}
