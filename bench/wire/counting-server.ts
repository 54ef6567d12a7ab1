import { createServer, type Server, type Socket } from 'node:net'

/**
 * A TCP server that takes the WebSocket handshake and from then on counts the bytes that arrive, headers and masks
 * included: what is on the wire is read off the wire, not computed.
 */
export type CountingServer = {
  readonly port: number
  bytes(): number
  close(): void
}

export async function startCountingServer(
  accept: (key: string) => string,
): Promise<CountingServer> {
  let count = 0
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    let head = ''
    const onHead = (chunk: Buffer) => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      socket.off('data', onHead)
      socket.on('data', (data) => {
        count += data.byteLength
      })
      const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? ''
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(key)}\r\n\r\n`,
      )
    }
    socket.on('data', onHead)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Not a TCP server.')
  return {
    port: address.port,
    bytes: () => count,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
