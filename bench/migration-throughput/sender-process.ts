import { WebSocket } from 'ws'
import { serve, usage } from '../lib/child.ts'

/** The bare source: the same bytes again and again, as fast as the socket takes them. */
let socket: WebSocket | null = null
/** The agent's own bound on what waits unsent. */
const mostUnsentBytes = 16 * 1024 * 1024

const handlers = {
  connect: (input: { url: string }) =>
    new Promise<void>((resolve, reject) => {
      const opened = new WebSocket(input.url, { perMessageDeflate: false })
      opened.once('open', () => resolve())
      opened.once('error', reject)
      socket = opened
    }),
  async send(input: { messages: number; messageBytes: number }) {
    const message = Buffer.alloc(input.messageBytes, 0xa5)
    for (let sent = 0; sent < input.messages; ) {
      if ((socket?.bufferedAmount ?? 0) < mostUnsentBytes) {
        socket?.send(message)
        sent += 1
      } else await new Promise((resolve) => setImmediate(resolve))
    }
  },
  reading: () => usage(),
}
export type SenderHandlers = typeof handlers
serve(handlers)
