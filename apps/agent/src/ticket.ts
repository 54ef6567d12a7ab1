import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * One-time tickets of incoming migrations: whoever shows one may open the stream, once, within a minute. A migration
 * compares hashes. In clear a ticket is in the answer to `prepare-incoming`, and so for a while in the journal, which only
 * its owner may read: the answer must be the same when the command is repeated.
 */
export function hashTicket(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex')
}

/** Equal, in a time that does not tell how far they agree. */
export function isSameHash(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
