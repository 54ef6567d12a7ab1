import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'

/** What a process of a benchmark answers to, by name; one value in, one out, both plain data. */
export type Handlers = Record<string, (input: never) => unknown>

type Question = { readonly id: number; readonly name: string; readonly input: unknown }
type Answer = { readonly id: number; readonly value?: unknown; readonly error?: string }
type News = { readonly news: number }

/** In the child: answers until the parent goes away. */
export function serve(handlers: Handlers): void {
  process.on('message', (message) => {
    // Only `Child.ask` below sends to this process.
    const { id, name, input } = message as Question
    const answer = (value: Answer) => process.send?.(value)
    Promise.resolve()
      // The name and the input's type come from `Child<typeof handlers>`.
      .then(() => handlers[name]?.(input as never))
      .then(
        (value) => answer({ id, value }),
        (error: unknown) =>
          answer({
            id,
            error: error instanceof Error ? (error.stack ?? error.message) : String(error),
          }),
      )
  })
  process.on('disconnect', () => process.exit(0))
}

/** In the child: tells the parent a number without being asked, for `onNews`. */
export function tell(news: number): void {
  // Whoever has just gone away misses nothing.
  process.send?.({ news } satisfies News, undefined, {}, () => {})
}

/** In the parent: a process of its own, so that its CPU time is its own. */
export class Child<H extends Handlers> {
  readonly #process: ChildProcess
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >()
  #lastId = 0
  readonly name: string
  onNews: (news: number) => void = () => {}

  constructor(
    name: string,
    execArgv: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.name = name
    this.#process = fork(path.join(import.meta.dirname, `${name}.mjs`), [], {
      execArgv: [...execArgv],
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#process.on('message', (message) => {
      // Only `serve` and `tell` above send to this process.
      const said = message as Answer | News
      if ('news' in said) this.onNews(said.news)
      else this.#answered(said)
    })
    this.#process.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`The process ${name} ended (${signal ?? code}).`))
      this.#waiting.clear()
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  ask<K extends keyof H & string>(
    name: K,
    ...[input]: Parameters<H[K]>
  ): Promise<Awaited<ReturnType<H[K]>>> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      // `serve` answers with what the handler of this name returned.
      this.#waiting.set(id, {
        resolve: (value) => resolve(value as Awaited<ReturnType<H[K]>>),
        reject,
      })
      this.#process.send({ id, name, input } satisfies Question)
    })
  }

  /** Ends it; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.onNews = () => {}
    const gone = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.disconnect()
    await gone
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (answer.error === undefined) waiting?.resolve(answer.value)
    else waiting?.reject(new Error(answer.error))
  }
}

export type Usage = { readonly atMs: number; readonly cpuMs: number; readonly rssBytes: number }

/** CPU time of this process with all its threads, garbage collection included. */
export function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return {
    atMs: performance.timeOrigin + performance.now(),
    cpuMs: (user + system) / 1000,
    rssBytes: process.memoryUsage.rss(),
  }
}
