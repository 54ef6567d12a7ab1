import { EventEmitter } from 'node:events'
import type { Socket, SocketHandlers } from '../../apps/agent/src/socket.ts'
import type { AgentSocket } from '../../apps/console/server/agent-gateway/session.ts'
import type { End } from './network.ts'

/** An end as the agent sees sockets: its own to the console, and both sides of a migration stream. */
export function agentSocket(end: End): Socket {
  return {
    sendText: (text) => end.send(text),
    // Copied as a kernel does: the sender may use its buffer again.
    sendBytes: (bytes) => end.send(bytes.slice()),
    close: (code, reason) => end.close(code, reason),
    terminate: () => end.terminate(),
    bufferedBytes: () => 0,
    listen: (handlers: SocketHandlers) =>
      end.listen({
        onOpen: () => handlers.onOpen(),
        onFrame: (frame) =>
          typeof frame === 'string' ? handlers.onText(frame) : handlers.onBytes(frame),
        onClose: (code, reason) => handlers.onClose(code, reason),
      }),
  }
}

/** An end as the console's gateway sees sockets: those of `ws`. */
export function consoleSocket(end: End): AgentSocket {
  const events = new EventEmitter()
  end.listen({
    onOpen: () => {},
    onFrame: (frame) => events.emit('message', Buffer.from(frame), typeof frame !== 'string'),
    onClose: () => events.emit('close'),
  })
  const on = (event: string, listener: (...details: never[]) => void) =>
    // The emitter passes what was given to `emit`; the type of AgentSocket says what that is for each event.
    events.on(event, listener as (...details: unknown[]) => void)
  return {
    bufferedAmount: 0,
    send: (text) => end.send(text),
    close: (code, reason) => end.close(code, reason),
    terminate: () => end.terminate(),
    on,
    once: (event, listener) => events.once(event, listener),
  }
}
