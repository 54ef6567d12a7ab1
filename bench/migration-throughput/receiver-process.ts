import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { serve, usage } from '../lib/child.ts'

/** The bare destination: takes messages and drops them. */
let bytes = 0
let wanted = Number.POSITIVE_INFINITY
let arrived: () => void = () => {}

const handlers = {
  listen: () =>
    new Promise<string>((resolve) => {
      const server = new WebSocketServer({
        host: '127.0.0.1',
        port: 0,
        perMessageDeflate: false,
        maxPayload: 4 * 1024 * 1024,
      })
      server.on('connection', (socket) => {
        socket.on('message', (data) => {
          bytes += (data as Buffer).byteLength // binaryType is nodebuffer
          if (bytes >= wanted) arrived()
        })
      })
      server.on('listening', () => {
        const { port } = server.address() as AddressInfo // a TCP server's address
        resolve(`ws://127.0.0.1:${port}`)
      })
    }),
  /** Resolves when this many bytes more have come. */
  expect: (input: { bytes: number }) =>
    new Promise<void>((resolve) => {
      bytes = 0
      wanted = input.bytes
      arrived = resolve
    }),
  reading: () => usage(),
}
export type ReceiverHandlers = typeof handlers
serve(handlers)
