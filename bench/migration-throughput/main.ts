import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import { pageFrameHeaderBytes } from '@drover/api-schema/peer-protocol.ts'
import { PAGE_BYTES } from '@drover/api-schema/units.ts'
import { agentFlags, memoryEnv } from '../../scripts/demo.mjs'
import { Child } from '../lib/child.ts'
import { readFlags } from '../lib/flags.ts'
import { cpuMsOf } from '../lib/process-usage.ts'
import { printTable, report, show } from '../lib/report.ts'
import { median, round, spread } from '../lib/statistics.ts'
import type { ReceiverHandlers } from './receiver-process.ts'
import type { SenderHandlers } from './sender-process.ts'
import { type ConnectedAgent, StandInConsole } from './stand-in-console.ts'

/** Real 4 KiB pages from one agent process to another, beside two bare `ws` peers that move messages of the same size. */
const flags = readFlags('bench:migration-throughput: pages per second, agent to agent', {
  'mem-mib': { default: 4096, help: 'memory of the guest that moves' },
  repetitions: { default: 3, help: 'migrations there and back in turn with the bare peers' },
  'nic-gbit': { default: 800, help: 'simulated network of both hosts: fast enough not to limit' },
  'pages-per-message': { default: 256, help: 'what the agent puts into a frame of real pages' },
  profile: { default: false, help: 'write CPU profiles of both agents to bench/dist/profiles' },
})
const MIB = 1024 * 1024
const root = path.join(import.meta.dirname, '../../..')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-bench-'))

const hostConfig = (name: string, domains: unknown[]) => ({
  name,
  xenVersion: '4.17.2',
  cpu: {
    model: 'Simulated CPU',
    mhz: 2600,
    pcpuCount: 16,
    virtualisation: 'vt-x',
    features: ['sse2', 'sse4_2'],
  },
  memMib: 3 * flags['mem-mib'] + 4096,
  nicMbit: flags['nic-gbit'] * 1000,
  diskMibPerSec: 1000,
  dom0: { memMib: 1024, vcpuCount: 2 },
  domains,
})
/** It writes next to nothing, so that nearly all bytes are those of the first round. */
const guest = {
  name: 'heavy-guest',
  os: { family: 'linux', name: 'Debian 12' },
  memMib: flags['mem-mib'],
  requiredCpuFeatures: ['sse2'],
  workload: {
    shape: 'steady',
    cpu: 0.1,
    hotMib: 1,
    hotMibPerSec: 0.1,
    coldMib: 1,
    coldMibPerSec: 0,
  },
}

function startAgent(name: string, url: string, domains: unknown[]): ChildProcess {
  const config = path.join(folder, `${name}.json`)
  fs.writeFileSync(config, JSON.stringify(hostConfig(name, domains)))
  const profiling = flags.profile ? ['--cpu-prof', '--cpu-prof-dir=bench/dist/profiles'] : []
  return spawn(
    process.execPath,
    [
      ...agentFlags,
      ...profiling,
      path.join(import.meta.dirname, '../agent.mjs'),
      ...['--console', url, '--token', 'bench-token-0123456789', '--config', config],
      ...['--data', path.join(folder, name), '--real-pages'],
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...memoryEnv },
    },
  )
}

type Run = { readonly megabytesPerSec: number; readonly cpuMsPerMegabyte: number }
type Migrated = Run & {
  readonly firstRound: number
  readonly rounds: number
  readonly downtimeMs: number | null
}

async function migrate(
  from: ConnectedAgent,
  to: ConnectedAgent,
  pids: readonly number[],
): Promise<Migrated> {
  const domain = [...from.domains.values()][0]
  if (domain === undefined) throw new Error('There is no guest to migrate.')
  const migrationId = randomUUID() as MigrationId & ReturnType<typeof randomUUID> // ids are branded
  const generation = domain.generation + 1
  const head = { migrationId, generation }
  const prepared = await to.command({
    kind: 'prepare-incoming',
    ...head,
    sourceHostId: from.host.hostId,
    domain,
  })
  if (prepared.kind !== 'prepared') throw new Error(`Not prepared: ${JSON.stringify(prepared)}`)
  const ended = new Promise<Extract<MigrationReport, { role: 'source' }>>((resolve) => {
    from.onFact = (fact) => {
      if (fact.type !== 'migration-reported' || fact.report.role !== 'source') return
      const { status } = fact.report.state
      if (status === 'completed' || status === 'failed') resolve(fact.report)
    }
  })
  const arrived = new Promise<void>((resolve) => {
    to.onFact = (fact) => {
      if (fact.type === 'domain-changed' && fact.domain.domainId === domain.domainId) resolve()
    }
  })
  const cpuBefore = pids.map(cpuMsOf)
  const startedAt = performance.now()
  const started = await from.command({
    kind: 'start-outgoing',
    ...head,
    domainId: domain.domainId,
    destinationHostId: to.host.hostId,
    peerUrl: prepared.peerUrl,
    ticket: prepared.ticket,
    profile: { kind: 'xen-4' },
  })
  if (started.kind !== 'done') throw new Error(`Not started: ${JSON.stringify(started)}`)
  const { state } = await ended
  const tookMs = performance.now() - startedAt
  if (state.status !== 'completed')
    throw new Error(`The migration failed: ${JSON.stringify(state)}`)
  await arrived
  const cpuMs = pids.reduce((sum, pid, index) => sum + cpuMsOf(pid) - (cpuBefore[index] ?? 0), 0)
  const megabytes = state.totalBytes / 1e6
  const first = state.rounds[0]
  return {
    megabytesPerSec: (megabytes * 1000) / tookMs,
    cpuMsPerMegabyte: cpuMs / megabytes,
    firstRound: first === undefined ? Number.NaN : first.bytes / 1e3 / first.durationMs,
    rounds: state.rounds.length,
    downtimeMs: state.downtimeMs,
  }
}

const sender = new Child<SenderHandlers>('sender-process')
const receiver = new Child<ReceiverHandlers>('receiver-process')
await sender.ask('connect', { url: await receiver.ask('listen') })
const messageBytes = pageFrameHeaderBytes + flags['pages-per-message'] * (5 + PAGE_BYTES)
const messages = Math.ceil((flags['mem-mib'] * MIB) / (flags['pages-per-message'] * PAGE_BYTES))

async function bare(): Promise<Run> {
  const before = [await sender.ask('reading'), await receiver.ask('reading')]
  const startedAt = performance.now()
  const done = receiver.ask('expect', { bytes: messages * messageBytes })
  await sender.ask('send', { messages, messageBytes })
  await done
  const tookMs = performance.now() - startedAt
  const after = [await sender.ask('reading'), await receiver.ask('reading')]
  const cpuMs = after.reduce(
    (sum, each, index) => sum + each.cpuMs - (before[index]?.cpuMs ?? 0),
    0,
  )
  // Payload only, as the agents count theirs.
  const megabytes = (messages * flags['pages-per-message'] * PAGE_BYTES) / 1e6
  return { megabytesPerSec: (megabytes * 1000) / tookMs, cpuMsPerMegabyte: cpuMs / megabytes }
}

const standIn = new StandInConsole()
const url = await standIn.listen()
const processes = [startAgent('bench-a', url, [guest]), startAgent('bench-b', url, [])]
const pids = processes.map((child) => child.pid ?? 0)
const agents = [await standIn.agent('bench-a'), await standIn.agent('bench-b')] as const

const ours: Migrated[] = []
const bares: Run[] = []
try {
  // The first of each warms the processes up and is not counted.
  await bare()
  await migrate(agents[0], agents[1], pids)
  for (let repetition = 0; repetition < flags.repetitions; repetition += 1) {
    bares.push(await bare())
    const [to, from] = repetition % 2 === 0 ? agents : ([agents[1], agents[0]] as const)
    ours.push(await migrate(from, to, pids))
    console.log(
      `bare ${show(bares.at(-1)?.megabytesPerSec ?? 0)} MB/s, agents ${show(ours.at(-1)?.megabytesPerSec ?? 0)} MB/s`,
    )
  }
} finally {
  for (const child of processes) child.kill('SIGTERM')
  await Promise.all(
    processes.map(
      (child) => child.exitCode ?? new Promise((resolve) => child.once('exit', resolve)),
    ),
  )
  await sender.stop()
  await receiver.stop()
  standIn.close()
  fs.rmSync(folder, { recursive: true, force: true })
}

const cells = (values: readonly number[]) => {
  const all = spread(values)
  return `${show(all.median)} (${show(all.min)}–${show(all.max)})`
}
printTable(
  ['way (median, range)', 'MB/s', 'CPU ms per MB, both sides'],
  [
    [
      'agent to agent, whole migration',
      cells(ours.map((run) => run.megabytesPerSec)),
      cells(ours.map((run) => run.cpuMsPerMegabyte)),
    ],
    ['agent to agent, first round alone', cells(ours.map((run) => run.firstRound)), '–'],
    [
      'two bare ws peers',
      cells(bares.map((run) => run.megabytesPerSec)),
      cells(bares.map((run) => run.cpuMsPerMegabyte)),
    ],
  ],
)
const ratios = ours.map(
  (run, index) => run.megabytesPerSec / (bares[index]?.megabytesPerSec ?? Number.NaN),
)
report('migration-throughput', flags, {
  figures: [
    {
      name: 'of the throughput of bare ws peers',
      value: round(median(ratios), 3),
      unit: '×',
      target: { is: 'at least', value: 0.7 },
    },
    {
      name: 'agent to agent, whole migration',
      value: Math.round(median(ours.map((run) => run.megabytesPerSec))),
      unit: 'MB/s',
      target: null,
    },
    {
      name: 'two bare ws peers',
      value: Math.round(median(bares.map((run) => run.megabytesPerSec))),
      unit: 'MB/s',
      target: null,
    },
  ],
  details: { ours, bares, ratios, messageBytes },
  voidBecause: [],
  notCovered: [
    'a real network and TLS: both agents are on this machine and share its cores',
    'a guest that writes much (rounds after the first are small here)',
    'the console, which moves no pages; a stand-in gives the two commands',
    'reading pages out of a hypervisor: the simulator stamps them',
  ],
})
