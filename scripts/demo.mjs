// The running demo: the console, then the hosts, as processes of their own; their restarts and their orderly end.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { root, StepFailed } from './steps.mjs'
import { Supervised } from './supervise.mjs'

export const host = '127.0.0.1'
const agentStopMs = 5000
/** Long enough for the console to close its sockets and then its database. */
const consoleStopMs = 20_000
const consoleReadyMs = 120_000
const agentConnectedMs = 30_000
const longestBackoffMs = 10_000
/** An agent that ran this long starts its next backoff from the beginning. */
const settledMs = 30_000

/**
 * Measured on the idle demo: a small young generation and one worker thread for the collector save memory at no cost that
 * its load shows. Agents optimise for size. The console does not: that doubles the CPU of a telemetry frame. Without
 * pretenuring V8 keeps short-lived objects of the sockets young, where they are freed at once (docs/performance.md).
 */
export const agentFlags = [
  '--max-semi-space-size=1',
  '--max-old-space-size=128',
  '--optimize-for-size',
  '--v8-pool-size=1',
]
export const consoleFlags = [
  '--max-semi-space-size=4',
  '--max-old-space-size=1024',
  '--no-allocation-site-pretenuring',
  '--v8-pool-size=1',
]
/** glibc makes a memory arena for each thread unless it is told not to. */
export const memoryEnv = { MALLOC_ARENA_MAX: '2' }

/**
 * @typedef {{ console: string, agent: string }} Entries what to run; tests hand in stand-ins
 * @typedef {ReturnType<typeof import('./start-options.mjs').readOptions>} Options
 */
export const builtEntries = {
  console: 'apps/console/dist/main.mjs',
  agent: 'apps/agent/dist/main.mjs',
}

export class Demo {
  /** @type {Supervised | undefined} */
  #console
  /** @type {Map<string, Supervised>} */
  #agents = new Map()
  #stopping = new AbortController()
  /** @type {Promise<void> | undefined} */
  #stopped
  /** @type {(value: number) => void} */
  #finish = () => {}

  /** @param {Options} options @param {Entries} entries */
  constructor(options, entries) {
    this.options = options
    this.entries = entries
    this.dataDir = path.resolve(root, options.data)
    /** Resolves with the exit code when everything is down. @type {Promise<number>} */
    this.finished = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  async start() {
    for (const folder of ['', 'logs', 'agents']) {
      fs.mkdirSync(path.join(this.dataDir, folder), { recursive: true, mode: 0o700 })
    }
    this.tokenFile = path.join(this.dataDir, 'demo-enrolment-token')
    const token = this.#enrolmentToken(this.tokenFile)
    const ready = await this.#startConsole(token)
    const names = Array.from(
      { length: this.options.agents },
      (_, i) => `xen-${String(i + 1).padStart(2, '0')}`,
    )
    await Promise.all(names.map((name, i) => this.#startAgent(name, i)))
    if (this.#stopping.signal.aborted) return ready
    const hosts = names.length === 1 ? 'one host' : `${names.length} hosts`
    console.log(
      `\nDrover is running with ${hosts}. Ctrl-C stops it; logs are in ${path.join(this.options.data, 'logs')}.`,
    )
    console.log(
      ready.firstAdminLink
        ? `Sign in for the first time: ${ready.firstAdminLink}`
        : `Sign in: ${ready.url}`,
    )
    return ready
  }

  /** @param {string} file */
  #enrolmentToken(file) {
    if (!fs.existsSync(file))
      fs.writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 })
    return fs.readFileSync(file, 'utf8').trim()
  }

  /** @param {string} name @param {string[]} args @param {Record<string, string>} env */
  #launch(name, args, env) {
    const logFile = path.join(this.dataDir, 'logs', `${name}.log`)
    return new Supervised({ name, args, env, cwd: root, logFile })
  }

  /** @param {string} token */
  async #startConsole(token) {
    const process = this.#launch('console', [...consoleFlags, this.entries.console], {
      ...memoryEnv,
      NODE_ENV: 'production',
      PORT: String(this.options.port),
      HOST: host,
      DROVER_DATA_DIR: this.dataDir,
      DROVER_ENROLMENT_TOKEN: token,
    })
    this.#console = process
    const said = await process.waitFor(['ready', 'failed'], consoleReadyMs)
    if (this.#stopping.signal.aborted) throw new StepFailed('Stopped before it was ready.')
    if (said?.type === 'failed') {
      await process.waitFor([], consoleStopMs)
      throw new StepFailed(String(said.message))
    }
    if (!said) {
      const what = process.hasEnded ? process.ending : 'is not ready after two minutes'
      throw new StepFailed(
        `The console ${what}. The end of ${process.logFile}:\n${process.lastWords()}`,
      )
    }
    void process.ended().then(() => this.#consoleEnded(process))
    return {
      url: String(said.url),
      firstAdminLink: said.firstAdminLink ? String(said.firstAdminLink) : null,
    }
  }

  /** @param {Supervised} process */
  async #consoleEnded(process) {
    if (this.#stopping.signal.aborted) return
    console.error(
      `The console ${process.ending}. The end of ${process.logFile}:\n${process.lastWords()}`,
    )
    await this.stop(1)
  }

  /** @param {string} name @param {number} index */
  async #startAgent(name, index) {
    const { port, trace, traceSpeed, agents } = this.options
    const replay = trace
      ? [
          '--trace',
          path.resolve(root, trace),
          '--trace-speed',
          String(traceSpeed),
          '--trace-part',
          `${index + 1}/${agents}`,
        ]
      : []
    const args = [
      ...agentFlags,
      this.entries.agent,
      ...['--console', `ws://${host}:${port}/ws/agent`],
      ...['--token-file', String(this.tokenFile)],
      ...['--data', path.join(this.dataDir, 'agents', name)],
      ...['--config', `apps/agent/demo/${name}.json`],
      ...replay,
    ]
    const run = () => {
      const agent = this.#launch(name, args, { ...memoryEnv, NODE_ENV: 'production' })
      this.#agents.set(name, agent)
      return agent
    }
    const agent = run()
    void this.#keepRunning(name, agent, run)
    const said = await agent.waitFor(['connected', 'failed'], agentConnectedMs)
    if (said || this.#stopping.signal.aborted) return
    if (!agent.hasEnded) console.error(`${name} has not connected yet; see ${agent.logFile}.`)
  }

  /** Starts it again whenever it ends, waiting longer each time it does not last.
   * @param {string} name @param {Supervised} first @param {() => Supervised} run */
  async #keepRunning(name, first, run) {
    const { signal } = this.#stopping
    let backoffMs = 500
    for (let agent = first; ; agent = run()) {
      const startedAt = performance.now()
      await agent.ended()
      if (signal.aborted) return
      if (performance.now() - startedAt > settledMs) backoffMs = 500
      const reason = agent.said('failed')?.message
      console.error(
        `${name} ${agent.ending}${reason ? ` (${reason})` : ''}; it is started again in ${backoffMs / 1000} s.`,
      )
      await delay(backoffMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      backoffMs = Math.min(backoffMs * 2, longestBackoffMs)
    }
  }

  /** Agents first, so that the console sees them leave; then the console, which stops its database.
   * @param {number} code */
  stop(code) {
    this.#stopped ??= this.#stopAll(code)
    return this.#stopped
  }

  get isStopping() {
    return this.#stopped !== undefined
  }

  /** @param {number} code */
  async #stopAll(code) {
    const wasReady = this.#console?.said('ready') !== undefined
    this.#stopping.abort()
    const running = [...this.#agents.values()].filter((agent) => !agent.hasEnded)
    if (running.length) console.log(`Stopping ${running.map((agent) => agent.name).join(', ')} …`)
    await Promise.all(running.map((agent) => agent.stop(agentStopMs)))
    if (this.#console && !this.#console.hasEnded) {
      console.log('Stopping the console …')
      await this.#console.stop(consoleStopMs)
    }
    if (wasReady) await stopOrphanedDatabase(this.dataDir)
    this.#finish(code)
  }

  /** The second Ctrl-C: no more patience. */
  async force() {
    console.log('Killing what is still running.')
    for (const process of [...this.#agents.values(), this.#console]) process?.kill()
  }
}

/**
 * A console that was killed leaves its embedded PostgreSQL running. The next start would join it; at the end of this one
 * it is stopped. Only called when our own console was ready, so the server in this folder was its.
 * @param {string} dataDir
 */
export async function stopOrphanedDatabase(dataDir) {
  const pidFile = path.join(dataDir, 'pg/postmaster.pid')
  if (process.env.DATABASE_URL || !fs.existsSync(pidFile)) return
  const pid = Number.parseInt(fs.readFileSync(pidFile, 'utf8'), 10)
  if (!pid) return
  console.log('Stopping the embedded PostgreSQL …')
  try {
    process.kill(pid, 'SIGINT')
  } catch {
    return
  }
  for (let waitedMs = 0; waitedMs < 10_000 && fs.existsSync(pidFile); waitedMs += 20)
    await delay(20)
}
