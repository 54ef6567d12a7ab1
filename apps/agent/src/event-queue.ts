/**
 * One queue, one handler, one event at a time: the driver of a state machine. The handler may wait (for a hypervisor);
 * what arrives meanwhile is dealt with afterwards, in order. An error of the handler is a bug or a disk that does not
 * write; it goes to `onFatal`, and nothing more is handled.
 */
export class EventQueue<Event> {
  readonly #handle: (event: Event) => Promise<void>
  readonly #onFatal: (cause: unknown) => void
  readonly #waiting: { event: Event; done: () => void }[] = []
  #isRunning = false
  #isBroken = false

  constructor(handle: (event: Event) => Promise<void>, onFatal: (cause: unknown) => void) {
    this.#handle = handle
    this.#onFatal = onFatal
  }

  get isBusy(): boolean {
    return this.#isRunning || this.#isBroken
  }

  push(event: Event): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ event, done })
      if (!this.#isRunning && !this.#isBroken) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        await this.#handle(next.event)
        next.done()
      }
    } catch (cause) {
      this.#isBroken = true
      this.#onFatal(cause)
    } finally {
      this.#isRunning = false
    }
  }
}
