import { createHash } from 'node:crypto'
import { domainMetrics, hostMetrics } from '@drover/api-schema/telemetry.ts'
import { encodeTelemetryBatch } from '@drover/api-schema/telemetry-frame.ts'
import { WebSocket } from 'ws'
import { numberList, readFlags } from '../lib/flags.ts'
import { sixMetrics } from '../lib/fleet.ts'
import { printTable, report, show } from '../lib/report.ts'
import { round } from '../lib/statistics.ts'
import { measureCodecs, measureError } from './codec.ts'
import { type CountingServer, startCountingServer } from './counting-server.ts'

/** Bytes on the wire per domain sample, read off a real socket, and what the codec costs and loses. */
const flags = readFlags('bench:wire: bytes on the wire and the codec', {
  domains: { default: '4,16,40', help: 'domains per host, several sizes' },
  batches: { default: 200, help: 'batches sent per size' },
  repetitions: { default: 5, help: 'of each codec timing' },
  values: { default: 1_000_000, help: 'values for the error of the code' },
})

type Row = {
  readonly domains: number
  readonly metrics: number
  readonly frameBytes: number
  readonly perDomain: number
  readonly marginal: number
}

/** A real `ws` client sends the batches; the server counts what arrives. */
async function bytesPerFrame(
  server: CountingServer,
  domains: number,
  metrics: number,
): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}`, { perMessageDeflate: false })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  const before = server.bytes()
  const payload = encodeTelemetryBatch({
    rosterId: 1,
    sampledAt: Date.now(),
    hostValues: hostMetrics.map((_, index) => 1000 * index),
    domainValues: Array.from({ length: domains * metrics }, (_, index) => index),
    domainCount: domains,
  })
  for (let index = 0; index < flags.batches; index += 1) socket.send(payload)
  await arrived(server, before + flags.batches * payload.byteLength)
  const bytes = server.bytes() - before
  socket.terminate()
  return bytes / flags.batches
}

/** Until at least this many bytes have come and nothing more follows in three turns of the event loop. */
async function arrived(server: CountingServer, bytes: number): Promise<void> {
  let last = -1
  for (let quiet = 0; quiet < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    quiet = server.bytes() >= bytes && server.bytes() === last ? quiet + 1 : 0
    last = server.bytes()
  }
}

const accept = (key: string) =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
const server = await startCountingServer(accept)
const rows: Row[] = []
for (const metrics of [sixMetrics.length, domainMetrics.length]) {
  for (const domains of numberList(flags.domains)) {
    const frameBytes = await bytesPerFrame(server, domains, metrics)
    rows.push({
      domains,
      metrics,
      frameBytes,
      perDomain: round(frameBytes / domains),
      marginal: 2 * metrics,
    })
  }
}
server.close()

console.log('Bytes on the wire (WebSocket header and mask included, without TCP and IP):')
printTable(
  ['domains per host', 'metrics', 'frame', 'bytes per domain sample', 'one domain more'],
  rows.map((row) => [
    String(row.domains),
    String(row.metrics),
    `${row.frameBytes}`,
    show(row.perDomain),
    `${row.marginal}`,
  ]),
)
const codecs = measureCodecs(16, flags.repetitions)
console.log('\nOne batch of 16 domains with six metrics and the host with seven, median:')
printTable(
  ['form', 'payload bytes', 'encode µs', 'decode µs'],
  codecs.map((codec) => [
    codec.form,
    String(codec.bytes),
    show(codec.encodeMicros),
    show(codec.decodeMicros),
  ]),
)
const error = measureError(flags.values)

const perDomain = (domains: number) =>
  rows.find((row) => row.domains === domains && row.metrics === sixMetrics.length)?.perDomain
const target = { is: 'at most', value: 16 } as const
report('wire', flags, {
  figures: [
    ...numberList(flags.domains).map((domains) => ({
      name: `bytes per domain sample, six metrics, ${domains} domains per host`,
      value: perDomain(domains) ?? Number.NaN,
      unit: 'B',
      target,
    })),
    { name: 'worst relative error of a value', value: error.worst, unit: '', target: null },
    {
      name: 'decode one batch, checked',
      value: codecs[0]?.decodeMicros ?? Number.NaN,
      unit: 'µs',
      target: null,
    },
  ],
  details: { rows, codecs, error },
  voidBecause: [],
  notCovered: [
    'TCP, IP and TLS headers (about 52 bytes a segment without TLS)',
    'rosters (sent once per change) and heartbeats (22 bytes every 5 s)',
    'the host’s own seven values are counted in, not set apart',
  ],
})
