/**
 * A message socket as the agent needs it: the console's and the peers' alike. `ws-socket.ts` makes them of real
 * WebSockets; the fault harness makes them of a simulated network.
 */
export type Socket = {
  sendText(text: string): void
  sendBytes(bytes: Uint8Array): void
  /** Says goodbye; `onClose` follows. */
  close(code: number, reason: string): void
  /** Drops the connection without a word; `onClose` follows. */
  terminate(): void
  /** Bytes handed over and not yet on the wire. */
  bufferedBytes(): number
  /**
   * Drops the connection when more than this arrives, counted on the wire, so that nobody unknown fills the memory with one
   * large frame. Call what it returns to lift the limit. Only accepted sockets have it.
   */
  limitReceived?(maxBytes: number): () => void
  /** Set once, before anything can arrive. */
  listen(handlers: SocketHandlers): void
}

export type SocketHandlers = {
  onOpen(): void
  onText(text: string): void
  onBytes(bytes: Uint8Array): void
  /** Exactly once, also when it never opened. HTTP refusals of the upgrade appear as their close codes. */
  onClose(code: number, reason: string): void
}

export type ConnectOptions = {
  readonly bearerToken: string | null
  readonly maxFrameBytes: number
}

export type Connect = (url: string, options: ConnectOptions) => Socket

/** Parses JSON without throwing; `undefined` is not JSON and so stands for "was not". */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
