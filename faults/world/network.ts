import type { Process, VirtualTime } from './virtual-time.ts'

/** What the world's connections are between; faults name them. */
export type LinkName = 'source-console' | 'destination-console' | 'other-console' | 'peer'
/** `up` is from the side that has connected: agent to console, source to destination. */
export type Direction = 'up' | 'down'
export type Frame = string | Uint8Array

/** What happens to one frame; decided when it is sent. */
export type Treatment =
  | { readonly kind: 'deliver' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Half of it arrives, and the connection goes on. */
  | { readonly kind: 'halve' }
  /** The connection breaks with this frame; both sides learn of it. */
  | { readonly kind: 'cut' }
  /** From this frame on nothing arrives in this direction, and nobody is told. */
  | { readonly kind: 'half-open' }
  /** The sender loses the connection and comes back; this frame arrives on the old one after that. */
  | { readonly kind: 'late'; readonly ms: number }

export type FrameAddress = {
  readonly link: LinkName
  readonly direction: Direction
  /** Of all frames of the link in this direction, over all its connections, from 0. */
  readonly index: number
}

export type EndHandlers = {
  readonly onOpen: () => void
  readonly onFrame: (frame: Frame) => void
  readonly onClose: (code: number, reason: string) => void
}

/** A listening process; `accept` gets the server's end of a new connection. */
export type Listener = { readonly process: Process; readonly accept: (end: End) => void }

const latencyMs = 1
/** A connection to a host without power is given up by the kernel after this. */
const unreachableMs = 20_000
const abnormalCode = 1006
/** How long one side waits for the other's answer to its close. */
const closePatienceMs = 2_000

/** Streams of frames: in order and whole, unless a fault says otherwise. */
export class Network {
  readonly #time: VirtualTime
  readonly #treat: (address: FrameAddress) => Treatment
  readonly #counts = new Map<string, number>()
  readonly #ends = new Set<End>()

  constructor(time: VirtualTime, treat: (address: FrameAddress) => Treatment) {
    this.#time = time
    this.#treat = treat
  }

  /** `listener` is looked up when the packet arrives; null is a host that does not answer. */
  connect(client: Process, link: LinkName, listener: () => Listener | null | 'refused'): End {
    const near = new End(this, client, { link, direction: 'up' })
    this.#time.schedule(client, latencyMs, () => {
      if (near.isOver) return
      const found = listener()
      if (found === null) {
        this.#time.schedule(client, unreachableMs, () => near.end(abnormalCode, 'unreachable'))
        return
      }
      if (found === 'refused') {
        this.#time.schedule(client, latencyMs, () => near.end(abnormalCode, 'refused'))
        return
      }
      const far = new End(this, found.process, { link, direction: 'down' })
      near.join(far)
      far.join(near)
      this.#ends.add(near)
      this.#ends.add(far)
      this.#time.schedule(found.process, 0, () => {
        found.accept(far)
        this.#time.schedule(client, latencyMs, () => near.open())
      })
    })
    return near
  }

  /** The process is gone. Without power its peers are not told; the others get a reset. */
  processDied(process: Process, how: 'killed' | 'lost-power'): void {
    for (const end of [...this.#ends]) {
      if (end.process !== process) continue
      this.#ends.delete(end)
      const { peer } = end
      end.forget()
      if (peer === null || how === 'lost-power') continue
      this.#time.schedule(peer.process, latencyMs, () => peer.end(abnormalCode, 'reset'))
    }
  }

  countOf(link: LinkName, direction: Direction): number {
    return this.#counts.get(`${link} ${direction}`) ?? 0
  }

  send(from: End, frame: Frame): void {
    const { peer } = from
    if (peer === null) return
    const { link, direction } = from.address
    const key = `${link} ${direction}`
    const index = this.#counts.get(key) ?? 0
    this.#counts.set(key, index + 1)
    if (from.isMute) return
    const treatment = this.#treat({ link, direction, index })
    switch (treatment.kind) {
      case 'deliver':
        return this.#carry(from, frame, latencyMs)
      case 'drop':
        return
      case 'duplicate':
        this.#carry(from, frame, latencyMs)
        return this.#carry(from, frame, latencyMs)
      case 'delay':
        return this.#carry(from, frame, latencyMs + treatment.ms)
      case 'halve':
        return this.#carry(from, halfOf(frame), latencyMs)
      case 'cut':
        this.#time.schedule(from.process, latencyMs, () => from.end(abnormalCode, 'cut'))
        this.#time.schedule(peer.process, latencyMs, () => peer.end(abnormalCode, 'cut'))
        return
      case 'half-open':
        from.isMute = true
        return
      case 'late':
        from.isMute = true
        this.#time.schedule(from.process, latencyMs, () => from.end(abnormalCode, 'lost'))
        this.#time.schedule(peer.process, treatment.ms, () => peer.take(frame))
        this.#time.schedule(peer.process, treatment.ms + latencyMs, () =>
          peer.end(abnormalCode, 'lost'),
        )
        return
    }
  }

  #carry(from: End, frame: Frame, delayMs: number): void {
    const { peer } = from
    if (peer === null) return
    // A stream keeps its order: nothing overtakes what was delayed.
    from.lastArrivalMs = Math.max(from.lastArrivalMs, this.#time.nowMs + delayMs)
    this.#time.schedule(peer.process, from.lastArrivalMs - this.#time.nowMs, () => peer.take(frame))
  }

  close(from: End, code: number, reason: string): void {
    const { peer } = from
    if (peer === null || from.isMute) {
      this.#time.schedule(from.process, closePatienceMs, () => from.end(abnormalCode, ''))
      return
    }
    const arrivesInMs = Math.max(latencyMs, from.lastArrivalMs - this.#time.nowMs)
    this.#time.schedule(peer.process, arrivesInMs, () => peer.end(code, reason))
    this.#time.schedule(from.process, arrivesInMs + latencyMs, () => from.end(code, reason))
  }

  terminate(from: End): void {
    const { peer } = from
    this.#time.schedule(from.process, 0, () => from.end(abnormalCode, 'terminated'))
    if (peer === null || from.isMute) return
    this.#time.schedule(peer.process, latencyMs, () => peer.end(abnormalCode, 'reset'))
  }

  ended(end: End): void {
    this.#ends.delete(end)
  }
}

/** One side of a connection. */
export class End {
  readonly process: Process
  readonly address: { readonly link: LinkName; readonly direction: Direction }
  readonly #network: Network
  #handlers: EndHandlers | null = null
  peer: End | null = null
  isOver = false
  /** What it sends goes nowhere. */
  isMute = false
  lastArrivalMs = 0
  #isClosing = false

  constructor(network: Network, process: Process, address: End['address']) {
    this.#network = network
    this.process = process
    this.address = address
  }

  join(peer: End): void {
    this.peer = peer
  }

  listen(handlers: EndHandlers): void {
    this.#handlers = handlers
  }

  open(): void {
    if (!this.isOver) this.#handlers?.onOpen()
  }

  send(frame: Frame): void {
    if (!this.isOver && !this.#isClosing) this.#network.send(this, frame)
  }

  take(frame: Frame): void {
    if (!this.isOver) this.#handlers?.onFrame(frame)
  }

  close(code: number, reason: string): void {
    if (this.isOver || this.#isClosing) return
    this.#isClosing = true
    this.#network.close(this, code, reason)
  }

  terminate(): void {
    if (!this.isOver) this.#network.terminate(this)
  }

  end(code: number, reason: string): void {
    if (this.isOver) return
    this.isOver = true
    this.#network.ended(this)
    this.#handlers?.onClose(code, reason)
  }

  /** Its process is gone: nobody is told anything any more. */
  forget(): void {
    this.isOver = true
    this.#handlers = null
  }
}

function halfOf(frame: Frame): Frame {
  const half = Math.ceil(frame.length / 2)
  return typeof frame === 'string' ? frame.slice(0, half) : frame.slice(0, half)
}
