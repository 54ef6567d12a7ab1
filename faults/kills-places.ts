/** So many things at once and no more; whoever comes later waits in line. */
export class Places {
  #free: number
  readonly #line: { count: number; enter: () => void }[] = []

  constructor(count: number) {
    this.#free = count
  }

  async with<Result>(count: number, work: () => Promise<Result>): Promise<Result> {
    await new Promise<void>((enter) => {
      this.#line.push({ count, enter })
      this.#letIn()
    })
    try {
      return await work()
    } finally {
      this.#free += count
      this.#letIn()
    }
  }

  #letIn(): void {
    for (let next = this.#line[0]; next && next.count <= this.#free; next = this.#line[0]) {
      this.#line.shift()
      this.#free -= next.count
      next.enter()
    }
  }
}
