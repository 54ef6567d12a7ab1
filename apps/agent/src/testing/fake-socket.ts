import type { Connect, Socket, SocketHandlers } from '../socket.ts'

/** A socket whose other end is the test. */
export class FakeSocket implements Socket {
  readonly url: string
  readonly bearerToken: string | null
  readonly sent: (string | Uint8Array)[] = []
  closed: { code: number; reason: string } | null = null
  isTerminated = false
  buffered = 0
  #handlers: SocketHandlers | null = null

  constructor(url = 'ws://test', bearerToken: string | null = null) {
    this.url = url
    this.bearerToken = bearerToken
  }

  sendText(text: string): void {
    this.sent.push(text)
  }

  sendBytes(bytes: Uint8Array): void {
    this.sent.push(bytes)
  }

  close(code: number, reason: string): void {
    if (this.closed !== null) return
    this.closed = { code, reason }
    this.#handlers?.onClose(code, reason)
  }

  terminate(): void {
    this.isTerminated = true
    this.drop(1006)
  }

  bufferedBytes(): number {
    return this.buffered
  }

  listen(handlers: SocketHandlers): void {
    this.#handlers = handlers
  }

  open(): void {
    this.#handlers?.onOpen()
  }

  receive(data: string | Uint8Array | object): void {
    if (this.closed !== null) return
    if (typeof data === 'string') this.#handlers?.onText(data)
    else if (data instanceof Uint8Array) this.#handlers?.onBytes(data)
    else this.#handlers?.onText(JSON.stringify(data))
  }

  drop(code: number, reason = ''): void {
    if (this.closed !== null) return
    this.closed = { code, reason }
    this.#handlers?.onClose(code, reason)
  }

  /** The text frames sent so far, parsed. */
  frames(): { type: string; [key: string]: unknown }[] {
    return this.sent.flatMap((data) => (typeof data === 'string' ? [JSON.parse(data)] : []))
  }
}

export class FakeNetwork {
  readonly sockets: FakeSocket[] = []

  readonly connect: Connect = (url, { bearerToken }) => {
    const socket = new FakeSocket(url, bearerToken)
    this.sockets.push(socket)
    return socket
  }

  get last(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (socket === undefined) throw new Error('Nothing has connected')
    return socket
  }
}
