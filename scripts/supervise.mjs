// One child process with an IPC channel. The contract: it reports what it has reached with `process.send({ type })`,
// ends in good order on SIGTERM, and ends likewise when the channel closes, which is how it learns that we were killed.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { reasonIn } from './last-reason.mjs'

/**
 * @typedef {{ type: string, [field: string]: unknown }} Message
 * @typedef {{ name: string, args: string[], env: Record<string, string | undefined>, cwd: string, logFile: string }} Recipe
 */

const longestLog = 5 * 1024 * 1024
/** So much of a log is looked at for the reason of an end. */
const longestEnd = 8192

export class Supervised {
  /** @type {import('node:child_process').ChildProcess} */
  #child
  /** @type {Map<string, Message>} */
  #said = new Map()
  /** @type {Set<() => void>} */
  #watchers = new Set()
  #failure = ''
  /** Where in the log this process begins. */
  #logStart = 0

  /** @param {Recipe} recipe */
  constructor(recipe) {
    this.name = recipe.name
    this.logFile = recipe.logFile
    const isLong = fs.existsSync(recipe.logFile) && fs.statSync(recipe.logFile).size > longestLog
    if (isLong) fs.renameSync(recipe.logFile, `${recipe.logFile}.old`)
    const log = fs.openSync(recipe.logFile, 'a', 0o600)
    this.#logStart = fs.fstatSync(log).size
    this.#child = spawn(process.execPath, recipe.args, {
      cwd: recipe.cwd,
      env: { ...process.env, ...recipe.env },
      stdio: ['ignore', log, log, 'ipc'],
      // A group of its own: Ctrl-C reaches us alone, and we stop our children in order.
      detached: true,
    })
    fs.closeSync(log)
    this.#child.on('message', (message) => {
      const said = /** @type {Message} */ (message)
      if (typeof said?.type === 'string') this.#said.set(said.type, said)
      this.#notify()
    })
    this.#child.on('error', (error) => {
      this.#failure = error.message
      this.#notify()
    })
    this.#child.on('exit', () => this.#notify())
  }

  #notify() {
    for (const watcher of this.#watchers) watcher()
  }

  get pid() {
    return this.#child.pid
  }

  get hasEnded() {
    return this.#failure !== '' || this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** How it ended, in words. */
  get ending() {
    if (this.#failure) return `could not be started: ${this.#failure}`
    if (this.#child.signalCode) return `was ended by ${this.#child.signalCode}`
    return `ended with exit code ${this.#child.exitCode}`
  }

  /** Null while it runs, and when a signal ended it. */
  get exitCode() {
    return this.#child.exitCode
  }

  /** @param {string} type */
  said(type) {
    return this.#said.get(type)
  }

  /** Resolves as soon as one of the things was said, with it; with null when it ended before or the time is over.
   * @param {string[]} types @param {number} [withinMs] @returns {Promise<Message | null>} */
  waitFor(types, withinMs) {
    return new Promise((resolve) => {
      /** @type {NodeJS.Timeout | undefined} */
      let timer
      const look = () => {
        const found = types.map((type) => this.#said.get(type)).find(Boolean)
        if (!found && !this.hasEnded) return
        finish(found ?? null)
      }
      const finish = (/** @type {Message | null} */ result) => {
        clearTimeout(timer)
        this.#watchers.delete(look)
        resolve(result)
      }
      this.#watchers.add(look)
      if (withinMs !== undefined) timer = setTimeout(() => finish(null), withinMs)
      look()
    })
  }

  /** Resolves when the process is gone. */
  async ended() {
    await this.waitFor([])
  }

  /** Asks it to end, and kills it when it has not within the time. @param {number} withinMs */
  async stop(withinMs) {
    if (this.hasEnded) return
    this.#child.kill('SIGTERM')
    await this.waitFor([], withinMs)
    if (this.hasEnded) return
    console.log(`${this.name} does not stop and is killed.`)
    this.kill()
    await this.ended()
  }

  kill() {
    if (!this.hasEnded) this.#child.kill('SIGKILL')
  }

  /** How it ended and, as far as it said so itself or its log tells, why: the rest of a sentence about it. */
  get endingAndReason() {
    const said = this.#said.get('failed')?.message
    // Whoever was ended from outside has not said why.
    const logged = this.exitCode ? reasonIn(this.#endOfLog(this.#logStart)) : null
    const reason = said === undefined ? logged : String(said)
    return reason === null ? this.ending : `${this.ending} (${reason.replace(/\.$/, '')})`
  }

  /** The end of its log, for a failure that it could not explain itself. */
  lastWords(lines = 12) {
    return this.#endOfLog(0).trimEnd().split('\n').slice(-lines).join('\n')
  }

  /** @param {number} from nothing before this place */
  #endOfLog(from) {
    const { size } = fs.statSync(this.logFile)
    const length = Math.min(Math.max(0, size - from), longestEnd)
    const buffer = Buffer.alloc(length)
    const file = fs.openSync(this.logFile, 'r')
    fs.readSync(file, buffer, 0, length, size - length)
    fs.closeSync(file)
    return buffer.toString('utf8')
  }
}
