import { peerLimits } from '@drover/api-schema/peer-protocol.ts'
import { type Clock, every, type Timer } from './clock.ts'
import type { Socket } from './socket.ts'

/**
 * One side of an open migration stream: heartbeats out, silence noticed, and the end told exactly once. What the frames
 * mean is the business of the two sides.
 */
export type PeerStream<Out> = {
  send(frame: Out): void
  sendBytes(bytes: Uint8Array): void
  bufferedBytes(): number
  /** Something arrived. */
  heard(): void
  close(code: number, reason: string): void
  /** Without a word, for faults. */
  terminate(): void
  /** To be called from the socket's `onClose`. */
  ended(): void
}

export type StreamOptions = {
  readonly socket: Socket
  readonly clock: Clock
  readonly onLost: (sentence: string) => void
}

/** Over this much unsent, no more pages: the link is slower than the share it was given. */
export const streamBoundBytes = 16 * 1024 * 1024

export function openPeerStream<Out extends { type: string }>(
  options: StreamOptions,
): PeerStream<Out> {
  const { socket, clock, onLost } = options
  let heardAtMs = clock.monotonicMs()
  let isOver = false
  let beat: Timer | null = every(clock, peerLimits.heartbeatMs, () => {
    if (clock.monotonicMs() - heardAtMs > peerLimits.silenceMs) {
      lose(`Nothing was heard from the other host for ${peerLimits.silenceMs / 1000} s.`)
      socket.terminate()
      return
    }
    socket.sendText('{"type":"heartbeat"}')
  })
  function stop(): boolean {
    if (isOver) return false
    isOver = true
    beat?.cancel()
    beat = null
    return true
  }
  function lose(sentence: string): void {
    if (stop()) onLost(sentence)
  }
  return {
    send(frame) {
      if (!isOver) socket.sendText(JSON.stringify(frame))
    },
    sendBytes(bytes) {
      if (!isOver) socket.sendBytes(bytes)
    },
    bufferedBytes: () => socket.bufferedBytes(),
    heard() {
      heardAtMs = clock.monotonicMs()
    },
    close(code, reason) {
      if (stop()) socket.close(code, reason)
    },
    terminate() {
      socket.terminate()
    },
    ended: () => lose('The connection to the other host was lost.'),
  }
}

export const normalClosure = 1000
