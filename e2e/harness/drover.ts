/** A whole Drover of real processes for one test: a console with its own database, and agents. */
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import {
  agentFlags,
  builtEntries,
  consoleFlags,
  host,
  memoryEnv,
  stopOrphanedDatabase,
} from '../../scripts/demo.mjs'
import { root } from '../../scripts/steps.mjs'
import { ManagedProcess } from './managed-process.ts'

export interface DroverOptions {
  /** Names of hosts; each runs `apps/agent/demo/<name>.json` unless `configs` has its own. */
  readonly agents?: readonly string[]
  readonly configs?: Readonly<Record<string, unknown>>
  /** A database of one's own is made unless this names one. */
  readonly databaseUrl?: string
  /** Settings for the console beside those of the harness. */
  readonly env?: Readonly<Record<string, string>>
  /** More arguments for an agent. */
  readonly agentArgs?: (name: string) => readonly string[]
  /** What to run; tests of the harness hand in stand-ins. */
  readonly entries?: { readonly console: string; readonly agent: string }
}

const TOKEN = 'a-token-for-end-to-end-tests-only'
const CONSOLE_READY_MS = 60_000
const AGENT_CONNECTED_MS = 30_000

export class Drover {
  readonly dataDir: string
  readonly url: string
  readonly console: ManagedProcess
  readonly #agents = new Map<string, ManagedProcess>()
  readonly #options: DroverOptions
  readonly #port: number

  private constructor(options: DroverOptions, port: number) {
    this.#options = options
    this.#port = port
    this.url = `http://${host}:${port}`
    this.dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-e2e-'))
    fs.writeFileSync(this.#tokenFile, TOKEN, { mode: 0o600 })
    this.console = new ManagedProcess({
      name: 'console',
      args: [...consoleFlags, this.#entries.console],
      env: {
        ...memoryEnv,
        NODE_ENV: 'production',
        PORT: String(port),
        HOST: host,
        DATABASE_URL: options.databaseUrl,
        DROVER_DATA_DIR: this.dataDir,
        DROVER_ENROLMENT_TOKEN: TOKEN,
        ...options.env,
      },
      cwd: root,
      logFile: path.join(this.dataDir, 'console.log'),
      reached: 'ready',
      withinMs: CONSOLE_READY_MS,
    })
  }

  /** Resolves when the console is ready and every agent has said that it is connected. */
  static async start(options: DroverOptions = {}): Promise<Drover> {
    const drover = new Drover(options, await freePort())
    try {
      await drover.console.start()
      await Promise.all((options.agents ?? []).map((name) => drover.startAgent(name)))
      return drover
    } catch (error) {
      await drover.stop()
      throw error
    }
  }

  get #entries() {
    return this.#options.entries ?? builtEntries
  }

  get #tokenFile() {
    return path.join(this.dataDir, 'enrolment-token')
  }

  /** The one-time link of the latest start; null once there is an administrator. */
  get firstAdminLink(): string | null {
    const link = this.console.said('ready')?.firstAdminLink
    return typeof link === 'string' ? link : null
  }

  agent(name: string): ManagedProcess {
    const agent = this.#agents.get(name)
    if (!agent) throw new Error(`There is no agent ${name}`)
    return agent
  }

  /** @param more arguments, which win over those before them; @param config instead of the options' or the demo's */
  async startAgent(
    name: string,
    more: readonly string[] = [],
    config: unknown = this.#options.configs?.[name],
  ): Promise<ManagedProcess> {
    const agent = new ManagedProcess({
      name,
      args: [
        ...agentFlags,
        this.#entries.agent,
        ...['--console', `ws://${host}:${this.#port}/ws/agent`],
        ...['--token-file', this.#tokenFile],
        ...['--data', path.join(this.dataDir, 'agents', name)],
        ...['--config', this.#configFile(name, config)],
        ...(this.#options.agentArgs?.(name) ?? []),
        ...more,
      ],
      env: { ...memoryEnv, NODE_ENV: 'production' },
      cwd: root,
      logFile: path.join(this.dataDir, `${name}.log`),
      reached: 'connected',
      withinMs: AGENT_CONNECTED_MS,
    })
    this.#agents.set(name, agent)
    await agent.start()
    return agent
  }

  #configFile(name: string, config: unknown): string {
    if (config === undefined) return path.join(root, `apps/agent/demo/${name}.json`)
    const file = path.join(this.dataDir, `${name}.json`)
    fs.writeFileSync(file, JSON.stringify(config))
    return file
  }

  /** Everything that all processes have written, for the report of a failed test. */
  logs(): string {
    return [this.console, ...this.#agents.values()]
      .map((process) => `===== ${process.name}\n${process.log()}`)
      .join('\n')
  }

  /** Agents first, then the console with its database, also the one that a killed console has left. */
  async stop(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.stop()))
    await this.console.stop()
    if (!this.#options.databaseUrl) await stopOrphanedDatabase(this.dataDir)
    fs.rmSync(this.dataDir, { recursive: true, force: true })
  }
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, host)
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
