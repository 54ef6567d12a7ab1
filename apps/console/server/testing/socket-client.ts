import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'

export type Closed = { readonly code: number; readonly reason: string }

/** A socket whose frames are kept in order until a test asks for them. */
export type SocketClient = {
  readonly socket: WebSocket
  /** The next text frame of this type; frames of other types before it stay for later. */
  next<T extends { type: string } = { type: string } & Record<string, unknown>>(
    type: string,
  ): Promise<T>
  nextBinary(): Promise<Buffer>
  send(frame: unknown): void
  readonly closed: Promise<Closed>
  close(): Promise<Closed>
  /** Everything that has arrived and was not asked for. */
  readonly waiting: readonly ({ type: string } | Buffer)[]
}

/** Rejects with `HTTP <status>` when the upgrade is refused. */
export function connectSocket(url: string, headers: Record<string, string>): Promise<SocketClient> {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false })
  const waiting: ({ type: string } | Buffer)[] = []
  const askers: {
    wants: (item: { type: string } | Buffer) => boolean
    give: (item: unknown) => void
    fail: (error: Error) => void
  }[] = []
  const closed = new Promise<Closed>((resolve) => {
    socket.on('close', (code, reason) => {
      resolve({ code, reason: reason.toString() })
      for (const asker of askers.splice(0))
        asker.fail(new Error(`The socket closed: ${code} ${reason.toString()}`))
    })
  })
  socket.on('message', (data: Buffer, isBinary) => {
    const item = isBinary ? Buffer.from(data) : (JSON.parse(data.toString()) as { type: string }) // frames all have a type
    const index = askers.findIndex((asker) => asker.wants(item))
    const asker = askers[index]
    if (asker === undefined) waiting.push(item)
    else {
      askers.splice(index, 1)
      asker.give(item)
    }
  })
  const ask = (wants: (item: { type: string } | Buffer) => boolean): Promise<unknown> => {
    const index = waiting.findIndex(wants)
    if (index !== -1) return Promise.resolve(waiting.splice(index, 1)[0])
    return new Promise((resolve, reject) => {
      if (socket.readyState === WebSocket.CLOSED) reject(new Error('The socket is closed.'))
      askers.push({ wants, give: resolve, fail: reject })
    })
  }
  const client: SocketClient = {
    socket,
    waiting,
    // The asker has looked at the type.
    next: (type) => ask((item) => 'type' in item && item.type === type) as Promise<never>,
    nextBinary: () => ask((item) => item instanceof Buffer) as Promise<Buffer>,
    send: (frame) =>
      socket.send(
        frame instanceof Uint8Array
          ? frame
          : typeof frame === 'string'
            ? frame
            : JSON.stringify(frame),
      ),
    closed,
    close() {
      socket.close(1000)
      return closed
    },
  }
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(client))
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      reject(new Error(`HTTP ${response.statusCode}`))
      socket.terminate()
    })
    socket.on('error', (error) => reject(error))
  })
}
