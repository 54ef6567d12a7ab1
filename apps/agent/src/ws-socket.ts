import type { Duplex } from 'node:stream'
import { closeCodes } from '@drover/api-schema/agent-protocol.ts'
import { WebSocket } from 'ws'
import type { Connect, Socket } from './socket.ts'

/** Codes a close frame may carry; anything else (1005, 1006 …) is local and must not be sent. */
const isSendable = (code: number) =>
  code === 1000 || code === 1001 || (code >= 3000 && code <= 4999)

/** A real WebSocket that another agent has opened, with the connection that carries it. */
export function wrapAcceptedSocket(socket: WebSocket, carrier: Duplex): Socket {
  return {
    ...wrapWebSocket(socket),
    limitReceived(maxBytes) {
      let receivedBytes = 0
      const count = (chunk: Uint8Array) => {
        receivedBytes += chunk.byteLength
        if (receivedBytes > maxBytes) socket.terminate()
      }
      carrier.on('data', count)
      return () => carrier.off('data', count)
    },
  }
}

/** A real WebSocket, open or opening, as the agent's `Socket`. */
export function wrapWebSocket(socket: WebSocket): Socket {
  let refusedWith: { code: number; reason: string } | null = null
  return {
    sendText(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    sendBytes(bytes) {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes)
    },
    close(code, reason) {
      // A close frame holds at most 123 bytes of reason.
      socket.close(
        isSendable(code) ? code : 1000,
        Buffer.from(reason).subarray(0, 120).toString('utf8'),
      )
    },
    terminate: () => socket.terminate(),
    bufferedBytes: () => socket.bufferedAmount,
    listen(handlers) {
      socket.on('open', () => handlers.onOpen())
      socket.on('message', (data, isBinary) => {
        // `binaryType` is left at nodebuffer, so data is one Buffer.
        const bytes = data as Buffer
        if (isBinary) handlers.onBytes(bytes)
        else handlers.onText(bytes.toString('utf8'))
      })
      socket.on('unexpected-response', (request, response) => {
        refusedWith = refusalOfStatus(response.statusCode ?? 0)
        request.destroy()
        response.destroy()
      })
      let error = ''
      socket.on('error', (cause) => {
        error = cause.message
      })
      socket.on('close', (code, reason) => {
        if (refusedWith === null) handlers.onClose(code, reason.toString('utf8') || error)
        else handlers.onClose(refusedWith.code, refusedWith.reason)
      })
    },
  }
}

/** The console may refuse before it has made a socket of the request; the meaning is that of the close code. */
function refusalOfStatus(status: number): { code: number; reason: string } {
  const reason = `HTTP ${status}`
  switch (status) {
    case 401:
      return { code: closeCodes['not-authenticated'], reason }
    case 403:
    case 409:
      return { code: closeCodes.forbidden, reason }
    case 426:
      return { code: closeCodes['no-common-version'], reason }
    default:
      return { code: 1006, reason }
  }
}

/**
 * Masks are there so that a script in a browser cannot choose the bytes a proxy sees (RFC 6455, 10.3). No script chooses
 * ours, and masking 4 KiB pages in JavaScript cost three quarters of a migration's CPU time: a mask of zeroes is as
 * valid a frame, and both ends skip the work.
 */
const zeroMask = (mask: Buffer) => {
  mask.fill(0)
}

export const connectWebSocket: Connect = (url, options) =>
  wrapWebSocket(
    new WebSocket(url, {
      maxPayload: options.maxFrameBytes,
      perMessageDeflate: false,
      generateMask: zeroMask,
      handshakeTimeout: 10_000,
      ...(options.bearerToken === null
        ? {}
        : { headers: { authorization: `Bearer ${options.bearerToken}` } }),
    }),
  )
