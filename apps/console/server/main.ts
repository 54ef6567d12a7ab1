/**
 * The console's process: environment → port → database → services → pages → ready; shutdown in reverse. The port comes
 * first, because it is what a second copy trips over, and nothing has to be undone then.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import path from 'node:path'
import nextModule from 'next'
import { openDatabase } from './database.ts'
import { type Env, readEnv } from './env.ts'
import type { ServePage } from './http/page-gate.ts'
import { createLog, type Log } from './log.ts'
import { createOutageLog } from './outage-log.ts'
import { type RunningConsole, startConsole } from './start-console.ts'
import { isDatabaseGone } from './store/prisma.ts'

const consoleVersion = '0.1.0'
/** This file is in apps/console/server, its bundle in apps/console/dist: both are one level below the console. */
const consoleDir = path.join(import.meta.dirname, '..')
const rootDir = path.join(consoleDir, '../..')
/** After this long a shutdown is no longer waited for. */
const shutdownPatienceMs = 20_000

// Next is CommonJS whose module.exports is the function; its types describe an ES module.
const next = nextModule as unknown as typeof nextModule.default

type Undo = () => Promise<void> | void
/** What was started so far, undone in reverse when a later step fails or the process ends. */
const undos: Undo[] = []
let isStopping = false
let sayStopping = () => {}

class StartFailed extends Error {}

async function start(): Promise<void> {
  const read = readEnv()
  if (!read.ok) throw new StartFailed(read.error)
  const env = read.value
  const log = createLog(env.DROVER_LOG_LEVEL)
  sayStopping = () => log.info('The console is stopping.')
  const dataDir = path.resolve(env.DROVER_DATA_DIR ?? path.join(rootDir, '.drover'))

  const http = createServer()
  const port = await listen(http, env)
  undos.push(() => closeServer(http))
  let console: RunningConsole | null = null
  http.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (console !== null) console.serve(request, response)
    else response.writeHead(503, { 'Retry-After': '2' }).end('The console is starting.\n')
  })
  http.on('upgrade', (request, socket, head) => {
    // A browser that was just cut off comes back at once; taken in again, it would keep the server from closing.
    if (console !== null && !isStopping) console.upgrade(request, socket, head)
    else socket.destroy()
  })

  const pages = preparePages(env, port, log)
  const outage = createOutageLog(log, isDatabaseGone)
  const database = await openDatabase({
    databaseUrl: env.DATABASE_URL,
    dataDir,
    migrationsDir: path.join(rootDir, 'prisma/migrations'),
    log: (sentence) => log.info(sentence),
    onConnectionLost: outage.lost,
    onConnectionRestored: outage.restored,
    // Two consoles on one database would both drive its migrations: whoever was cut off leaves.
    onTakenOver: (sentence) => {
      log.error(sentence)
      void stop(1)
    },
  })
  if (!database.ok) throw new StartFailed(database.error.message)
  undos.push(database.value.stop)
  const publicUrl = env.DROVER_PUBLIC_URL ?? `http://localhost:${port}`
  const running = await startConsole({
    databaseUrl: database.value.url,
    dataDir,
    publicUrl,
    consoleVersion,
    log: outage.log,
    servePage: await pages,
    enrolmentToken: env.DROVER_ENROLMENT_TOKEN,
    trustedProxy: env.DROVER_TRUSTED_PROXY,
    agentProgressMs: env.DROVER_AGENT_PROGRESS_MS,
  })
  undos.push(running.stop)
  console = running
  log.info('The console is ready.', { url: publicUrl, port })
  tellParent({ type: 'ready', url: publicUrl, firstAdminLink: running.firstAdminLink })
  if (running.firstAdminLink !== null && process.send === undefined) {
    process.stdout.write(`Make the first administrator: ${running.firstAdminLink}\n`)
  }
}

function listen(server: Server, env: Env): Promise<number> {
  server.headersTimeout = 15_000
  server.requestTimeout = 60_000
  server.keepAliveTimeout = 65_000
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new StartFailed(listenSentence(env, error))),
    )
    server.listen(env.PORT, env.HOST, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : env.PORT)
    })
  })
}

function listenSentence(env: Env, error: NodeJS.ErrnoException): string {
  const place = `port ${env.PORT} of ${env.HOST}`
  switch (error.code) {
    case 'EADDRINUSE':
      return `Another program already uses ${place}. Stop it, or choose another port with PORT.`
    case 'EACCES':
      return `This user may not use ${place}. Choose a port above 1023 with PORT.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${env.HOST} is no address of this machine. Set HOST to one that is, or to 0.0.0.0 for all.`
    default:
      return `The console cannot listen on ${place}: ${error.message}.`
  }
}

/** Null when the pages were never built: the interface and the agents' socket work without them. */
async function preparePages(env: Env, port: number, log: Log): Promise<ServePage | null> {
  // Next adds an 'upgrade' listener of its own to the server it is given; this one never listens.
  const decoy = createServer()
  const pages = next({ dev: false, dir: consoleDir, hostname: env.HOST, port, httpServer: decoy })
  try {
    await pages.prepare()
  } catch (error) {
    log.warn('The pages are not built and cannot be shown; run npm start, which builds them.', {
      reason: error instanceof Error ? error.message.split('\n')[0] : String(error),
    })
    return null
  }
  undos.unshift(() => pages.close())
  return pages.getRequestHandler()
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function stop(exitCode: number): Promise<void> {
  if (isStopping) return
  isStopping = true
  sayStopping()
  setTimeout(() => process.exit(exitCode || 1), shutdownPatienceMs).unref()
  for (const undo of undos.reverse()) {
    try {
      await undo()
    } catch (error) {
      process.stderr.write(`Stopping: ${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
  process.exit(exitCode)
}

type Message =
  | { type: 'ready'; url: string; firstAdminLink: string | null }
  | { type: 'failed'; message: string }

function tellParent(message: Message): void {
  if (process.connected) process.send?.(message)
}

async function fail(error: unknown): Promise<void> {
  if (isStopping) return
  const isExpected = error instanceof StartFailed
  const message = isExpected ? error.message : `The console failed to start: ${String(error)}`
  process.stderr.write(`${message}\n`)
  if (!isExpected && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  tellParent({ type: 'failed', message })
  await stop(1)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(0))
process.on('disconnect', () => void stop(0))
start().catch(fail)
