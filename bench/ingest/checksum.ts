/**
 * A checksum of the last values of a fleet that does not depend on the order in which hosts are visited. The load generator
 * computes it over what it has sent, the console's side over what its live state answers; unequal sums make the run void.
 */
export class FleetChecksum {
  #sum = 0
  #values = 0

  /** `codes`: the host's values and then those of its domains, as 16-bit codes of the telemetry layout. */
  add(host: number, sampledAt: number, codes: Iterable<number>): void {
    let hash = 0x811c9dc5
    const mix = (word: number) => {
      hash = Math.imul(hash ^ (word & 0xffff), 0x01000193)
      hash = Math.imul(hash ^ (word >>> 16), 0x01000193)
    }
    mix(host)
    mix(sampledAt % 2 ** 32)
    for (const code of codes) {
      mix(code)
      this.#values += 1
    }
    this.#sum = (this.#sum + (hash >>> 0)) % 2 ** 48
  }

  get result(): { readonly values: number; readonly sum: number } {
    return { values: this.#values, sum: this.#sum }
  }
}
