import fs from 'node:fs'
import { Supervised } from '../../scripts/supervise.mjs'
import { waitUntil } from './wait-until.ts'

export interface ManagedRecipe {
  readonly name: string
  readonly args: string[]
  readonly env: Record<string, string | undefined>
  readonly cwd: string
  readonly logFile: string
  /** The message with which it says that it is up. */
  readonly reached: 'ready' | 'connected'
  readonly withinMs: number
}

const STOP_MS = 20_000

/** One process that a test may kill, freeze and start again. Its log goes on across restarts. */
export class ManagedProcess {
  readonly #recipe: ManagedRecipe
  #process: Supervised | undefined

  constructor(recipe: ManagedRecipe) {
    this.#recipe = recipe
  }

  get name(): string {
    return this.#recipe.name
  }

  get pid(): number {
    if (!this.#process?.pid) throw new Error(`${this.name} was never started`)
    return this.#process.pid
  }

  get isRunning(): boolean {
    return this.#process !== undefined && !this.#process.hasEnded
  }

  said(type: string) {
    return this.#process?.said(type)
  }

  log(): string {
    return fs.existsSync(this.#recipe.logFile) ? fs.readFileSync(this.#recipe.logFile, 'utf8') : ''
  }

  /** Resolves when it is up; rejects with its own sentence or the end of its log. */
  async start(): Promise<void> {
    const { reached, withinMs } = this.#recipe
    await this.launch()
    const said = await this.#process?.waitFor([reached, 'failed'], withinMs)
    if (said?.type === reached) return
    throw new Error(
      said
        ? `${this.name}: ${said.message}`
        : `${this.name} is not ${reached}:\n${this.#process?.lastWords()}`,
    )
  }

  /** Starts it without waiting, for a start that is expected to fail or to wait. */
  async launch(): Promise<void> {
    if (this.isRunning) throw new Error(`${this.name} runs already`)
    const { name, args, env, cwd, logFile } = this.#recipe
    this.#process = new Supervised({ name, args, env, cwd, logFile })
  }

  /** In good order; a frozen one is woken for it. */
  async stop(): Promise<void> {
    if (!this.isRunning) return
    this.resume()
    await this.#process?.stop(STOP_MS)
  }

  /** kill -9; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#process?.kill()
    await this.#process?.ended()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** SIGSTOP: it is there and does nothing, as on a machine that hangs. */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP')
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT')
  }

  async waitForLog(pattern: RegExp, withinMs = 10_000): Promise<void> {
    await waitUntil(`${this.name} logs ${pattern}`, () => pattern.test(this.log()), withinMs)
  }
}
