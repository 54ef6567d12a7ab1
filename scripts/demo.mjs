// The running demo: the console, then the hosts, as processes of their own; their restarts and their orderly end.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { makeFolders } from './data-folder.mjs'
import { rememberFleet } from './demo-fleet.mjs'
import { hostConfigFile, hostNames, replayArgs } from './demo-hosts.mjs'
import { hostsInWords, readyOf, whyNever, whyNotReady } from './demo-words.mjs'
import { createBackoff } from './keep-running.mjs'
import { root, StepFailed } from './steps.mjs'
import { Supervised } from './supervise.mjs'

export const host = '127.0.0.1'
const agentStopMs = 5000
/** Long enough for the console to close its sockets and then its database. */
const consoleStopMs = 20_000
const consoleReadyMs = 120_000
const agentConnectedMs = 30_000
/** After so many starts in a row in which the console did not come up, it is given up. */
const mostConsoleStarts = 5
/** An agent ends with this when it can never run as it was started: its arguments, its files, its journal. */
const cannotStart = 2

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
 * @typedef {import('./demo-words.mjs').Ready} Ready
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
  #isStarting = true
  /** Then the embedded server in the data folder is ours to stop. */
  #wasReady = false
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
    this.tokenFile = path.join(this.dataDir, 'demo-enrolment-token')
    /** Resolves with the exit code when everything is down. @type {Promise<number>} */
    this.finished = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  async start() {
    for (const folder of ['logs', 'agents']) makeFolders(path.join(this.dataDir, folder))
    const ready = await this.#startConsole()
    const forgetFleet = this.options.agents ? rememberFleet(this.dataDir, this.options) : () => {}
    const names = hostNames(this.options.agents)
    /** @type {boolean[]} */
    let connected
    try {
      connected = await Promise.all(names.map((name, index) => this.#startAgent(name, index)))
    } catch (error) {
      forgetFleet()
      throw error
    }
    this.#isStarting = false
    if (this.#stopping.signal.aborted) return ready
    console.log(
      `\nDrover is running ${hostsInWords(names, connected)}. Ctrl-C stops it; logs are in ${path.join(this.options.data, 'logs')}.`,
    )
    this.#sayWhereToSignIn(ready)
    return ready
  }

  /** @param {Ready} ready */
  #sayWhereToSignIn(ready) {
    console.log(
      ready.firstAdminLink
        ? `Sign in for the first time: ${ready.firstAdminLink}`
        : `Sign in: ${ready.url}`,
    )
  }

  #enrolmentToken() {
    if (!fs.existsSync(this.tokenFile))
      fs.writeFileSync(this.tokenFile, randomBytes(32).toString('base64url'), { mode: 0o600 })
    return fs.readFileSync(this.tokenFile, 'utf8').trim()
  }

  /** @param {string} name @param {string[]} args @param {Record<string, string>} env */
  #launch(name, args, env) {
    const logFile = path.join(this.dataDir, 'logs', `${name}.log`)
    return new Supervised({ name, args, env, cwd: root, logFile })
  }

  /** Resolves with null when it does not come up. */
  async #launchConsole() {
    const process = this.#launch('console', [...consoleFlags, this.entries.console], {
      ...memoryEnv,
      NODE_ENV: 'production',
      PORT: String(this.options.port),
      HOST: host,
      DROVER_DATA_DIR: this.dataDir,
      DROVER_ENROLMENT_TOKEN: this.#enrolmentToken(),
    })
    this.#console = process
    const said = await process.waitFor(['ready', 'failed'], consoleReadyMs)
    if (said?.type === 'failed') await process.waitFor([], consoleStopMs)
    return { process, ready: said?.type === 'ready' ? readyOf(said) : null }
  }

  async #startConsole() {
    const { process, ready } = await this.#launchConsole()
    if (this.#stopping.signal.aborted) throw new StepFailed('Stopped before it was ready.')
    if (ready === null) {
      const said = process.said('failed')
      throw new StepFailed(said ? String(said.message) : `The console ${whyNotReady(process)}.`)
    }
    this.#wasReady = true
    void this.#keepConsole(process)
    return ready
  }

  /** Hosts and their database go on without it, so it is started again until it does not come up any more.
   * @param {Supervised} first */
  async #keepConsole(first) {
    const { signal } = this.#stopping
    const backoff = createBackoff(signal)
    let failedStarts = 0
    for (let process = first; ; ) {
      const startedAt = performance.now()
      await process.ended()
      if (signal.aborted) return
      backoff.lasted(performance.now() - startedAt)
      if (failedStarts === 0) {
        console.error(
          `The console ${process.endingAndReason} and is started again; hosts, domains and running migrations go on.`,
        )
      }
      await backoff.wait()
      if (signal.aborted) return
      const again = await this.#launchConsole()
      if (signal.aborted) return
      process = again.process
      failedStarts = again.ready === null ? failedStarts + 1 : 0
      if (again.ready) {
        console.log('The console is running again.')
        // A link that nobody has used yet is void; the new one is good.
        if (again.ready.firstAdminLink) this.#sayWhereToSignIn(again.ready)
      } else if (failedStarts === mostConsoleStarts) {
        console.error(
          `The console did not come up ${failedStarts} times in a row and is given up: the last one ${whyNotReady(process)}.`,
        )
        await this.stop(1)
        return
      } else process.kill()
    }
  }

  /** @param {string} name @param {number} index */
  #launchAgent(name, index) {
    const args = [
      ...agentFlags,
      this.entries.agent,
      ...['--console', `ws://${host}:${this.options.port}/ws/agent`],
      ...['--token-file', this.tokenFile],
      ...['--data', path.join(this.dataDir, 'agents', name)],
      ...['--config', hostConfigFile(index, this.dataDir)],
      ...replayArgs(index, this.options),
    ]
    const agent = this.#launch(name, args, { ...memoryEnv, NODE_ENV: 'production' })
    this.#agents.set(name, agent)
    return agent
  }

  /** True when it has connected; it is kept running in either case. @param {string} name @param {number} index */
  async #startAgent(name, index) {
    const agent = this.#launchAgent(name, index)
    const said = await agent.waitFor(['connected', 'failed'], agentConnectedMs)
    if (said?.type === 'failed') await agent.waitFor([], agentStopMs)
    if (agent.exitCode === cannotStart && !this.#stopping.signal.aborted)
      throw new StepFailed(whyNever(name, agent))
    void this.#keepAgent(name, index)
    return said?.type === 'connected'
  }

  /** Starts it again whenever it ends, waiting longer each time it does not last.
   * @param {string} name @param {number} index */
  async #keepAgent(name, index) {
    const { signal } = this.#stopping
    const backoff = createBackoff(signal)
    for (let agent = this.#agents.get(name); agent; agent = this.#launchAgent(name, index)) {
      const startedAt = performance.now()
      await agent.ended()
      if (signal.aborted) return
      if (agent.exitCode === cannotStart) {
        console.error(`${whyNever(name, agent)} It is not started again.`)
        return
      }
      backoff.lasted(performance.now() - startedAt)
      console.error(
        `${name} ${agent.endingAndReason}; it is started again in ${backoff.nextMs / 1000} s.`,
      )
      await backoff.wait()
      if (signal.aborted) return
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
    // A start that failed ends with its one sentence.
    const say = this.#isStarting && code ? () => {} : console.log
    this.#stopping.abort()
    const running = [...this.#agents.values()].filter((agent) => !agent.hasEnded)
    if (running.length) say(`Stopping ${running.map((agent) => agent.name).join(', ')} …`)
    await Promise.all(running.map((agent) => agent.stop(agentStopMs)))
    if (this.#console && !this.#console.hasEnded) {
      say('Stopping the console …')
      await this.#console.stop(consoleStopMs)
    }
    if (this.#wasReady) await stopOrphanedDatabase(this.dataDir, say)
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
 * @param {(sentence: string) => void} [say]
 */
export async function stopOrphanedDatabase(dataDir, say = console.log) {
  const pidFile = path.join(dataDir, 'pg/postmaster.pid')
  if (process.env.DATABASE_URL || !fs.existsSync(pidFile)) return
  const pid = Number.parseInt(fs.readFileSync(pidFile, 'utf8'), 10)
  if (!pid || isSomebodyElse(pid)) return
  say('Stopping the embedded PostgreSQL …')
  try {
    process.kill(pid, 'SIGINT')
  } catch {
    return
  }
  for (let waitedMs = 0; waitedMs < 10_000 && fs.existsSync(pidFile); waitedMs += 20)
    await delay(20)
}

/** The number of a server that was killed may belong to a stranger by now. @param {number} pid */
function isSomebodyElse(pid) {
  try {
    return !fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')
  } catch {
    return false // gone, or no /proc to say
  }
}
