import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

const root = path.join(import.meta.dirname, '../../..')
const startWithinMs = 300_000

export async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('Not a TCP server.')
  return address.port
}

export const freshFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'drover-bench-'))

/** `npm start` as a person runs it: every process is real, and stopped as Ctrl-C stops it. */
export class RunningDemo {
  readonly url: string
  readonly dataDir: string
  readonly #process: ChildProcess
  #output = ''
  #readyAtMs = Number.NaN
  readonly #startedAtMs = performance.now()
  readonly #ready: Promise<void>

  private constructor(options: { port: number; dataDir: string; args: readonly string[] }) {
    const { port, dataDir, args } = options
    this.url = `http://localhost:${port}`
    this.dataDir = dataDir
    this.#process = spawn(
      'npm',
      ['start', '--silent', '--', '--port', String(port), '--data', dataDir, ...args],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: withoutDatabase() },
    )
    // A benchmark that is interrupted takes what it started with it.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void this.stop().then(() => process.exit(1)))
    }
    this.#ready = new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`Not ready in time:\n${this.#output}`)),
        startWithinMs,
      )
      const take = (chunk: Buffer) => {
        this.#output += chunk.toString('utf8')
        if (!Number.isNaN(this.#readyAtMs) || !/^Sign in/m.test(this.#output)) return
        this.#readyAtMs = performance.now()
        clearTimeout(timer)
        resolve()
      }
      this.#process.stdout?.on('data', take)
      this.#process.stderr?.on('data', take)
      this.#process.once('exit', (code) => {
        clearTimeout(timer)
        reject(new Error(`npm start ended with ${code}:\n${this.#output}`))
      })
    })
  }

  static async start(options: {
    dataDir: string
    port?: number
    args?: readonly string[]
  }): Promise<RunningDemo> {
    const demo = new RunningDemo({
      port: options.port ?? (await freePort()),
      dataDir: options.dataDir,
      args: options.args ?? [],
    })
    try {
      await demo.#ready
    } catch (error) {
      await demo.stop()
      throw error
    }
    return demo
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** When it was started and how long it took to say where to sign in. */
  get startedAtMs(): number {
    return this.#startedAtMs
  }
  get readyMs(): number {
    return this.#readyAtMs - this.#startedAtMs
  }

  /** The single-use link of a first start; null when there is an administrator. */
  get setupToken(): string | null {
    const link = /Sign in for the first time: (\S+)/.exec(this.#output)?.[1]
    return link === undefined ? null : new URL(link).searchParams.get('token')
  }

  get enrolmentTokenFile(): string {
    return path.join(this.dataDir, 'demo-enrolment-token')
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGINT')
    await gone
  }
}

/** Its own embedded PostgreSQL, whatever the shell has set. */
function withoutDatabase(): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, NODE_ENV: __, ...rest } = process.env
  return rest
}

/** One agent process with many hosts beside the demo. */
export async function startFleet(
  demo: RunningDemo,
  options: { hosts: number; domainsPerHost: number },
): Promise<{ pid: number; stop(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [
      'apps/agent/dist/main.mjs',
      ...['--console', demo.url.replace('http', 'ws'), '--token-file', demo.enrolmentTokenFile],
      ...['--name', 'fleet', '--hosts', String(options.hosts)],
      ...['--domains-per-host', String(options.domainsPerHost)],
      ...['--data', path.join(demo.dataDir, 'fleet')],
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
  )
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`The fleet's agent ended with ${code}.`)))
  })
  return {
    pid: child.pid ?? 0,
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
    },
  }
}
