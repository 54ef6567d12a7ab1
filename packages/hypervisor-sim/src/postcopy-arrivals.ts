import { countPages } from './page-bitmap.ts'

/**
 * The destination's half of post-copy: which pages have not come yet. Touching one of them is a fault: the guest waits and the
 * source is told, once per page. A page that comes again (a frame doubled on the way) is dropped, because the guest may
 * have written to it since.
 */
export interface PostcopyArrivals {
  /** 1 bit per page, from the source's bitmap at suspension. */
  readonly missing: Uint32Array
  missingPages: number
  /** Asked for already; 1 bit per page. */
  readonly requested: Uint32Array
  faults: number
}

export function createPostcopyArrivals(missing: Uint32Array): PostcopyArrivals {
  return {
    missing: missing.slice(),
    missingPages: countPages(missing),
    requested: new Uint32Array(missing.length),
    faults: 0,
  }
}

/** What a touch of a page means: go on, wait and ask the source, or wait for what has been asked for. */
export type Touch = 'present' | 'ask' | 'wait'

export function touchPage(arrivals: PostcopyArrivals, frame: number): Touch {
  const word = frame >>> 5
  const bit = 1 << (frame & 31)
  if (((arrivals.missing[word] ?? 0) & bit) === 0) return 'present'
  if (((arrivals.requested[word] ?? 0) & bit) !== 0) return 'wait'
  arrivals.requested[word] = (arrivals.requested[word] ?? 0) | bit
  arrivals.faults++
  return 'ask'
}

/** True: put it into the memory. False: it is there already and must not be put over what the guest has written. */
export function acceptPage(arrivals: PostcopyArrivals, frame: number): boolean {
  const word = frame >>> 5
  const bit = 1 << (frame & 31)
  const missing = arrivals.missing[word] ?? 0
  if ((missing & bit) === 0) return false
  arrivals.missing[word] = missing & ~bit
  arrivals.missingPages--
  return true
}
