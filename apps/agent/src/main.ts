import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { closeCodes } from '@drover/api-schema/agent-protocol.ts'
import type { InstanceId } from '@drover/api-schema/ids.ts'
import { peerLimits, peerSocketPath } from '@drover/api-schema/peer-protocol.ts'
import { WebSocketServer } from 'ws'
import { Agent } from './agent.ts'
import { type AgentEnv, agentVersion, readEnv, type TraceArguments } from './env.ts'
import { generateHost } from './generated-host.ts'
import { type HostConfig, parseHostConfig } from './host-config.ts'
import { lockFolder } from './journal-file.ts'
import { createLogger, type Logger } from './log.ts'
import { journalFileOf, openHost, openStorage, randomId, randomSecret } from './open-host.ts'
import { realClock } from './real-clock.ts'
import { parseTrace, type TraceSource } from './sim-hypervisor.ts'
import { parseJson } from './socket.ts'
import { connectWebSocket, wrapAcceptedSocket } from './ws-socket.ts'

/** The only wiring: arguments → trace and configurations → journals → hosts → sockets; stopped in reverse. */

/** Something whoever started the agent can mend; printed as it is. */
class StartError extends Error {}

const exitCodes = { bug: 1, 'cannot-start': 2 } as const

function hostConfigs(env: AgentEnv): HostConfig[] {
  if (env.configFile !== null) {
    const parsed = parseHostConfig(parseJson(readText(env.configFile, '--config')))
    if (!parsed.ok) throw new StartError(`--config ${env.configFile}: ${parsed.error}`)
    return [{ ...parsed.value, name: env.name ?? parsed.value.name }]
  }
  const base = env.name ?? 'xen'
  return Array.from({ length: env.hostCount }, (_, index) =>
    generateHost({
      name: env.hostCount === 1 ? base : `${base}-${String(index + 1).padStart(4, '0')}`,
      seed: env.seed,
      index,
      domainCount: env.domainsPerHost,
    }),
  )
}

function readText(file: string, flag: string): string {
  try {
    const bytes = readFileSync(file)
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (cause) {
    throw new StartError(
      `${flag} ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
}

/** For each host the VMs it plays: every n-th of the part of the trace this process was given. */
function traceSources(args: TraceArguments | null, hostCount: number): (TraceSource | null)[] {
  if (args === null) return Array.from({ length: hostCount }, () => null)
  const sibling = args.file.replace(/\.csv(\.gz)?$/, '_vms.csv')
  const vmsFile = args.vmsFile ?? (sibling !== args.file && existsSync(sibling) ? sibling : null)
  const parsed = parseTrace(
    readText(args.file, '--trace'),
    vmsFile === null ? null : readText(vmsFile, '--trace-vms'),
  )
  if (!parsed.ok) throw new StartError(`--trace ${args.file}: ${parsed.error}.`)
  const trace = parsed.value
  const { index: part, count } = args.part
  return Array.from({ length: hostCount }, (_, host) => {
    const step = count * hostCount
    const first = (part - 1) * hostCount + host
    const vmIndexes = Array.from({ length: trace.vmCount }, (_, vm) => vm).filter(
      (vm) => vm % step === first,
    )
    return {
      traceId: args.file.split('/').at(-1) ?? 'trace',
      trace,
      speed: args.speed,
      vmIndexes: vmIndexes.slice(0, args.maxDomains),
    }
  })
}

async function openPeerServer(env: AgentEnv): Promise<WebSocketServer> {
  const server = new WebSocketServer({
    host: env.peerHost,
    port: env.peerPort,
    path: peerSocketPath,
    maxPayload: peerLimits.maxFrameBytes,
    perMessageDeflate: false,
  })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', (cause) =>
      reject(
        new StartError(
          `Cannot listen for migrations on ${env.peerHost}:${env.peerPort}: ${cause.message}`,
        ),
      ),
    )
  })
  return server
}

function portOf(server: WebSocketServer): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

type Message =
  | { readonly type: 'connected'; readonly name: string }
  | { readonly type: 'failed'; readonly message: string }

/** The parent may leave at any moment; `disconnect` then stops us in order, so a message that is not taken is no error. */
function tellParent(message: Message, sent = () => {}): void {
  if (process.connected && process.send) process.send(message, undefined, undefined, sent)
  else sent()
}

/** Folder by folder: with `recursive`, Node 20 never returns from making one below /proc. */
function makeDataFolder(folder: string): void {
  if (existsSync(folder)) return
  makeDataFolder(path.dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (cause) {
    if (existsSync(folder)) return
    throw new StartError(
      `--data ${folder} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
}

async function main(): Promise<void> {
  const answer = readEnv()
  if (!answer.ok) throw new StartError(answer.error)
  if (answer.value.kind === 'print') {
    process.stdout.write(answer.value.text)
    return
  }
  const { env } = answer.value
  const log = createLogger((line) => process.stderr.write(line), realClock.now)
  const configs = hostConfigs(env)
  makeDataFolder(env.dataFolder)
  const lock = lockFolder(env.dataFolder, process.pid)
  if (lock === null)
    throw new StartError(`Another agent is using the data folder ${env.dataFolder}.`)
  try {
    await run(env, configs, { log, release: () => lock.release() })
  } catch (cause) {
    lock.release()
    throw cause
  }
}

async function run(
  env: AgentEnv,
  configs: readonly HostConfig[],
  process_: { readonly log: Logger; readonly release: () => void },
): Promise<void> {
  const { log, release } = process_
  const sources = traceSources(env.trace, configs.length)
  const peers = await openPeerServer(env)
  const agents = new Map<string, Agent>()
  const waiting = new Set<string>()
  let isStopping = false

  function stop(code: number): void {
    if (isStopping) return
    isStopping = true
    for (const agent of agents.values()) agent.stop()
    for (const client of peers.clients)
      client.close(closeCodes['going-away'], 'The agent is stopping.')
    peers.close()
    release()
    // Long enough for the goodbyes to leave; whoever does not answer them is not waited for.
    setTimeout(() => process.exit(code), 300)
  }

  peers.on('connection', (socket, request) => {
    const hostId = new URL(request.url ?? '/', 'ws://peer').searchParams.get('host')
    const agent = agents.get(hostId ?? '')
    if (agent === undefined) socket.close(closeCodes.forbidden, 'No such host here.')
    else agent.acceptPeer(wrapAcceptedSocket(socket, request.socket))
  })
  process.on('SIGTERM', () => stop(0))
  process.on('SIGINT', () => stop(0))
  process.on('disconnect', () => stop(0))

  for (const [index, config] of configs.entries()) {
    const hostLog = log.with({ host: config.name })
    const opened = openHost({
      config,
      storage: openStorage(journalFileOf(env.dataFolder, config.name)),
      seed: env.seed + index,
      hasRealPages: env.hasRealPages,
      trace: sources[index] ?? null,
      now: realClock.now,
      newId: randomId,
      newKey: randomSecret,
      log: hostLog,
    })
    if (!opened.ok) throw new StartError(`${config.name}: ${opened.error}`)
    const { hostId } = opened.value.recovered.identity
    waiting.add(hostId)
    const agent = new Agent({
      ...opened.value,
      clock: realClock,
      log: hostLog,
      connect: connectWebSocket,
      random: Math.random,
      newTicket: randomSecret,
      instanceId: randomId() as InstanceId, // a fresh UUID is what an instance id is
      agentVersion,
      consoleUrl: env.consoleUrl,
      token: env.token,
      name: config.name,
      pool: config.pool,
      labels: config.labels,
      peerUrl: () => `ws://${env.peerHost}:${portOf(peers)}${peerSocketPath}?host=${hostId}`,
      onWelcome() {
        if (!waiting.delete(hostId) || waiting.size > 0) return
        tellParent({ type: 'connected', name: env.name ?? config.name })
      },
      onFatal(cause) {
        hostLog.error('Stopping: what cannot be made durable must not be acted on.', {
          cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
        })
        stop(exitCodes.bug)
      },
    })
    agents.set(hostId, agent)
  }
  for (const agent of agents.values()) await agent.start()
}

main().catch((cause: unknown) => {
  if (cause instanceof StartError) {
    process.stderr.write(`${cause.message}\n`)
    tellParent({ type: 'failed', message: cause.message }, () =>
      process.exit(exitCodes['cannot-start']),
    )
    return
  }
  process.stderr.write(
    `${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`,
  )
  process.exit(exitCodes.bug)
})
