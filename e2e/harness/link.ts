import net from 'node:net'

const localhost = '127.0.0.1'

/** The line from one agent to the console: it can go silent in both directions, as when a switch drops everything. */
export class Link {
  readonly #server: net.Server
  readonly #open = new Set<net.Socket>()
  #isSilent = false

  private constructor(consolePort: number) {
    this.#server = net.createServer((near) => {
      const far = net.connect(consolePort, localhost)
      this.#join(near, far)
      this.#join(far, near)
    })
  }

  static async to(consoleUrl: string): Promise<Link> {
    const link = new Link(Number(new URL(consoleUrl).port))
    await new Promise<void>((resolve) => link.#server.listen(0, localhost, resolve))
    return link
  }

  /** For `--console`. */
  get url(): string {
    const { port } = this.#server.address() as net.AddressInfo // it listens on TCP
    return `ws://${localhost}:${port}/ws/agent`
  }

  #join(from: net.Socket, to: net.Socket): void {
    this.#open.add(from)
    from.on('data', (bytes: Buffer) => void to.write(bytes))
    from.on('end', () => void to.end())
    from.on('error', () => void to.destroy())
    from.on('close', () => void this.#open.delete(from))
    if (this.#isSilent) from.pause()
  }

  /** Nothing passes any more, and nobody is told. */
  fallSilent(): void {
    this.#isSilent = true
    for (const socket of this.#open) socket.pause()
  }

  /** What was held back arrives. */
  speak(): void {
    this.#isSilent = false
    for (const socket of this.#open) socket.resume()
  }

  /** What was held back is lost with its connections; new ones pass. */
  cut(): void {
    this.#isSilent = false
    for (const socket of this.#open) socket.destroy()
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.cut()
    await closed
  }
}
