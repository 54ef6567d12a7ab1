import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { serve, tell, usage } from '../lib/child.ts'

/** The yardstick: a `ws` server that counts the frames and drops them. */
let frames = 0
const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 1024 * 1024 })
sockets.on('connection', (socket) => {
  socket.on('message', (_, isBinary) => {
    if (isBinary) frames += 1
  })
})
setInterval(() => tell(frames), 20).unref()

const handlers = {
  listen: () =>
    new Promise<string>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo // a TCP server's address
        resolve(`ws://127.0.0.1:${port}`)
      })
    }),
  reading: () => ({ frames, ...usage() }),
}
export type BareHandlers = typeof handlers
serve(handlers)
