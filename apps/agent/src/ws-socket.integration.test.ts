import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { wrapAcceptedSocket } from './ws-socket.ts'

let server: WebSocketServer
beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 4 * 1024 * 1024 })
  await new Promise((resolve) => server.once('listening', resolve))
})
afterEach(async () => {
  for (const client of server.clients) client.terminate()
  await new Promise((resolve) => server.close(resolve))
})

const limitBytes = 300 * 1024

/** Sends two texts of the given sizes and says what arrived and how it ended; the first one lifts the limit if asked to. */
async function send(sizes: number[], lifts: boolean): Promise<{ arrived: number[]; code: number }> {
  const arrived: number[] = []
  server.once('connection', (socket, request) => {
    const accepted = wrapAcceptedSocket(socket, request.socket)
    const lift = accepted.limitReceived?.(limitBytes)
    accepted.listen({
      onOpen: () => {},
      onText(text) {
        arrived.push(text.length)
        if (lifts) lift?.()
        if (arrived.length === sizes.length) accepted.close(1000, 'All of it.')
        else socket.send('next')
      },
      onBytes: () => {},
      onClose: () => {},
    })
  })
  const { port } = server.address() as AddressInfo // listening on TCP
  const client = new WebSocket(`ws://127.0.0.1:${port}`)
  const [first = 0, ...rest] = sizes
  client.on('open', () => client.send('x'.repeat(first)))
  client.on('message', () => client.send('x'.repeat(rest.shift() ?? 0)))
  client.on('error', () => {})
  const code = await new Promise<number>((resolve) => client.once('close', resolve))
  return { arrived, code }
}

it('drops a stranger who sends more than the limit, before the frame is whole', async () => {
  expect(await send([3 * 1024 * 1024], false)).toEqual({ arrived: [], code: 1006 })
})

it('counts all frames together', async () => {
  const most = 0.9 * limitBytes
  expect(await send([most, most], false)).toEqual({ arrived: [most], code: 1006 })
})

it('takes large frames once the limit is lifted', async () => {
  const large = 3 * 1024 * 1024
  expect(await send([1000, large], true)).toEqual({ arrived: [1000, large], code: 1000 })
})
