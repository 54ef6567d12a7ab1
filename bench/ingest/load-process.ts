import { serve, usage } from '../lib/child.ts'
import { FleetChecksum } from './checksum.ts'
import { SimulatedAgent } from './simulated-agent.ts'

/** The load generator: all agents of all targets, in a process of its own. */
export type Target = 'console' | 'bare'

const heartbeatMs = 5_000
const connectAtOnce = 50
/** Frames on their way: enough to keep the receiver busy, little enough not to measure the kernel's buffers. */
const windowFrames = 100_000

const fleets: Record<Target, SimulatedAgent[]> = { console: [], bare: [] }
const received: Record<Target, number> = { console: 0, bare: 0 }

const sentTo = (target: Target) => fleets[target].reduce((sum, agent) => sum + agent.sent, 0)
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function connect(input: {
  target: Target
  url: string
  token: string
  hosts: number
  domains: number
  longestTrain: number
}) {
  const { target, url, token, hosts, domains, longestTrain } = input
  const agents = Array.from(
    { length: hosts },
    (_, host) => new SimulatedAgent(host, domains, longestTrain),
  )
  fleets[target] = agents
  const startedAt = performance.now()
  for (let from = 0; from < hosts; from += connectAtOnce) {
    await Promise.all(
      agents
        .slice(from, from + connectAtOnce)
        .map((agent) => agent.connect(url, token, target === 'bare')),
    )
  }
  return { connectMs: performance.now() - startedAt, frameBytes: agents[0]?.frameBytes ?? 0 }
}

/** Every host once a second, spread evenly over it, each batch a write of its own: the least favourable honest case. */
async function pace({ target, seconds }: { target: Target; seconds: number }) {
  const agents = fleets[target]
  const before = usage()
  const total = agents.length * seconds
  let done = 0
  let blocked = 0
  let latestMs = 0
  while (done < total) {
    const dueAt = (done * 1000) / agents.length
    const behindMs = usage().atMs - before.atMs - dueAt
    if (behindMs < 0) {
      await pause(1)
      continue
    }
    latestMs = Math.max(latestMs, behindMs)
    if (agents[done % agents.length]?.sendBatches(1) !== true) blocked += 1
    done += 1
  }
  const after = usage()
  return {
    frames: done - blocked,
    blocked,
    latestMs,
    tookMs: after.atMs - before.atMs,
    cpuMs: after.cpuMs - before.cpuMs,
  }
}

/** As fast as the receiver takes them, `perWrite` frames of a host in one write. */
async function flood({
  target,
  seconds,
  perWrite,
}: {
  target: Target
  seconds: number
  perWrite: number
}) {
  const agents = fleets[target]
  const before = usage()
  let ahead = sentTo(target)
  const first = ahead
  while (usage().atMs - before.atMs < seconds * 1000) {
    for (const agent of agents) {
      if (ahead - received[target] > windowFrames) break
      if (agent.sendBatches(perWrite)) ahead += perWrite
    }
    if (ahead - received[target] > windowFrames) await pause(1)
    else await turn()
  }
  const after = usage()
  return { frames: ahead - first, cpuMs: after.cpuMs - before.cpuMs }
}

setInterval(() => {
  for (const agents of Object.values(fleets)) for (const agent of agents) agent.heartbeat()
}, heartbeatMs).unref()

const handlers = {
  connect,
  pace,
  flood,
  /** How many frames the receiver has seen so far; opens the window. */
  progress({ target, frames }: { target: Target; frames: number }) {
    received[target] = frames
  },
  state({ target }: { target: Target }) {
    const checksum = new FleetChecksum()
    for (const agent of fleets[target]) {
      if (agent.last !== null) checksum.add(agent.host, agent.last.sampledAt, agent.last.codes)
    }
    return {
      ...checksum.result,
      sent: sentTo(target),
      open: fleets[target].filter((agent) => agent.isOpen).length,
    }
  },
}
export type LoadHandlers = typeof handlers
serve(handlers)
