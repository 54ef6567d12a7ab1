import type { Socket } from 'node:net'
import {
  type AgentUpFrame,
  agentDownFrameSchema,
  agentSocketPath,
} from '@drover/api-schema/agent-protocol.ts'
import { encodeTelemetryBatch, telemetryHeaderBytes } from '@drover/api-schema/telemetry-frame.ts'
import { createRandom } from '@drover/hypervisor-sim/random.ts'
import { WebSocket } from 'ws'
import { helloOf, inventoryOf, rosterOf, sixMetrics } from '../lib/fleet.ts'
import { frameBinary, patchDouble } from '../lib/ws-frame.ts'

const hostMetricCount = rosterOf(0, 0).hostMetrics.length
const sampledAtOffset = 8
/** Different batches per host, sent in turn, so that values change. */
const variants = 4

/**
 * One agent as the console sees it. The handshake goes through a real `ws` client with the contract's frames; telemetry is
 * then written into the same TCP connection as frames prepared beforehand, of which only the time changes.
 */
export class SimulatedAgent {
  readonly host: number
  readonly #domains: number
  /** The variants one after the other, again and again, as one run of frames. */
  readonly #train: Buffer
  readonly #mask: Buffer
  readonly #payloadAt: number
  readonly #codes: readonly Uint16Array[]
  #socket: WebSocket | null = null
  #tcp: Socket | null = null
  #lastSampledAt = 0
  readonly frameBytes: number
  sent = 0

  constructor(host: number, domains: number, longestTrain: number) {
    this.host = host
    this.#domains = domains
    const random = createRandom(host + 1)
    const payloads = Array.from({ length: variants }, () =>
      encodeTelemetryBatch({
        rosterId: 1,
        sampledAt: 1e12,
        hostValues: Array.from({ length: hostMetricCount }, () => random.next() * 1e9),
        domainValues: Array.from(
          { length: domains * sixMetrics.length },
          () => random.next() * 1e9,
        ),
        domainCount: domains,
      }),
    )
    this.#codes = payloads.map((payload) => new Uint16Array(payload.buffer, telemetryHeaderBytes))
    this.#mask = Buffer.from([0x5a, 1 + (host & 0x7f), 0xc3, 0x17])
    const frames = payloads.map((payload) => frameBinary(payload, this.#mask))
    this.frameBytes = frames[0]?.bytes.byteLength ?? 0
    this.#payloadAt = frames[0]?.payloadAt ?? 0
    // Long enough to start at any variant and still hold a whole train.
    const run = Array.from(
      { length: longestTrain + variants },
      (_, index) => frames[index % variants]?.bytes ?? Buffer.alloc(0),
    )
    this.#train = Buffer.concat(run)
  }

  /** Resolves when the console has acknowledged the inventory; a server that answers nothing needs `isMute`. */
  connect(url: string, token: string, isMute: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url}${agentSocketPath}`, {
        perMessageDeflate: false,
        headers: { authorization: `Bearer ${token}` },
      })
      this.#socket = socket
      const isReady = () => {
        this.#send(rosterOf(this.host, this.#domains))
        // The stream under the client: what it writes itself (heartbeats) goes the same way, whole frames each.
        this.#tcp = (socket as unknown as { _socket: Socket })._socket
        resolve()
      }
      socket.on('open', () => {
        this.#send(helloOf(this.host))
        if (!isMute) return
        this.#send(inventoryOf(this.host, this.#domains))
        isReady()
      })
      socket.on('message', (data) => {
        const frame = agentDownFrameSchema.parse(JSON.parse(String(data)))
        if (frame.type === 'welcome') this.#send(inventoryOf(this.host, this.#domains))
        if (frame.type === 'acknowledged' && this.#tcp === null) isReady()
      })
      socket.on('error', reject)
      socket.on('close', (code, reason) =>
        reject(new Error(`Host ${this.host} was closed with ${code} ${reason.toString()}`)),
      )
    })
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  heartbeat(): void {
    this.#send({ type: 'heartbeat' })
  }

  /** `count` batches in one write; false while an earlier write has not left yet. */
  sendBatches(count: number): boolean {
    const tcp = this.#tcp
    if (tcp === null || tcp.writableLength > 0) return false
    const from = (this.sent % variants) * this.frameBytes
    let sampledAt = Math.max(this.#lastSampledAt + 1, Date.now())
    for (let index = 0; index < count; index += 1, sampledAt += 1) {
      const at = from + index * this.frameBytes + this.#payloadAt + sampledAtOffset
      patchDouble(this.#train, at, this.#mask, sampledAt)
    }
    this.#lastSampledAt = sampledAt - 1
    this.sent += count
    tcp.write(this.#train.subarray(from, from + count * this.frameBytes))
    return true
  }

  /** The values and the time that were sent last. */
  get last(): { readonly sampledAt: number; readonly codes: Uint16Array } | null {
    const codes = this.#codes[(this.sent - 1) % variants]
    return codes === undefined ? null : { sampledAt: this.#lastSampledAt, codes }
  }

  #send(frame: AgentUpFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }
}
