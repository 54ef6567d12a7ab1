import {
  decodeSamples,
  type LiveUpFrame,
  liveDownFrameSchema,
  liveLimits,
  liveProtocolVersions,
  liveSocketPath,
} from '@drover/api-schema/live-protocol.ts'
import { decodeTelemetryBatch } from '@drover/api-schema/telemetry-frame.ts'
import { WebSocket } from 'ws'
import { serve, usage } from '../lib/child.ts'
import { hostIdOf } from '../lib/fleet.ts'
import { FleetChecksum } from './checksum.ts'

/** One browser that watches the whole fleet, as far as the console can tell. */
let socket: WebSocket | null = null
let batches = 0
let bytes = 0
const hostOfSlot = new Map<number, number>()
const newestOf = new Map<number, { sampledAt: number; codes: Uint16Array }>()

function watch({ url, hosts }: { url: string; hosts: number }): Promise<void> {
  const numbers = new Map(Array.from({ length: hosts }, (_, host) => [hostIdOf(host), host]))
  return new Promise((resolve, reject) => {
    const opened = new WebSocket(`${url}${liveSocketPath}`, { perMessageDeflate: false })
    socket = opened
    const send = (frame: LiveUpFrame) => opened.send(JSON.stringify(frame))
    opened.on('open', () => send({ type: 'hello', versions: [...liveProtocolVersions] }))
    opened.on('error', reject)
    opened.on('close', (code) => {
      if (socket === opened) reject(new Error(`The live socket was closed with ${code}.`))
    })
    opened.on('message', (data, isBinary) => {
      const frame = data as Buffer // binaryType is nodebuffer
      if (isBinary) return take(frame)
      const text = liveDownFrameSchema.parse(JSON.parse(frame.toString('utf8')))
      if (text.type === 'snapshot') {
        send({ type: 'subscribe-samples', hostIds: [...numbers.keys()] })
        resolve()
      }
      if (text.type === 'heartbeat') send({ type: 'heartbeat' })
      if (text.type === 'roster') hostOfSlot.set(text.slot, numbers.get(text.hostId) ?? -1)
    })
  })
}

setInterval(() => {
  if (socket?.readyState === WebSocket.OPEN) socket.send('{"type":"heartbeat"}')
}, liveLimits.heartbeatMs).unref()

function take(frame: Buffer): void {
  bytes += frame.byteLength
  const entries = decodeSamples(frame)
  if (!entries.ok) throw new Error(entries.error)
  for (const { slot, batch } of entries.value) {
    const decoded = decodeTelemetryBatch(batch)
    if (!decoded.ok) throw new Error(decoded.error)
    batches += 1
    newestOf.set(hostOfSlot.get(slot) ?? -1, {
      sampledAt: decoded.value.sampledAt,
      codes: decoded.value.codes.slice(),
    })
  }
}

const handlers = {
  watch,
  unwatch() {
    const open = socket
    socket = null
    open?.close()
    hostOfSlot.clear()
    newestOf.clear()
  },
  reading: () => ({ batches, bytes, ...usage() }),
  state() {
    const checksum = new FleetChecksum()
    for (const [host, { sampledAt, codes }] of newestOf) checksum.add(host, sampledAt, codes)
    return checksum.result
  },
}
export type ViewerHandlers = typeof handlers
serve(handlers)
