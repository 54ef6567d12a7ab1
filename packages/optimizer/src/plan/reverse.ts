import type { DomainId, HostId } from '@drover/api-schema/ids.ts'

/** A move that has been made. */
export type MadeMove = {
  readonly domainId: DomainId
  readonly domainName: string
  readonly sourceHostId: HostId
  readonly sourceHostName: string
  readonly destinationHostId: HostId
  readonly destinationHostName: string
}

/** Where a domain shall be put back to, and where the moves left it. */
export type ReverseMove = {
  readonly domainId: DomainId
  readonly domainName: string
  readonly destinationHostId: HostId
  readonly destinationHostName: string
  /** Where it should be now; when it is not, somebody has moved it since. */
  readonly leftOnHostId: HostId
  readonly leftOnHostName: string
}

/**
 * What puts back the moves that were made, given in the order they ended; the last one comes first. Several moves of one
 * domain, a detour for instance, are put back in one; a domain that has come back by them needs none.
 */
export function reverseMoves(made: readonly MadeMove[]): ReverseMove[] {
  const byDomain = new Map<DomainId, { first: MadeMove; last: MadeMove }>()
  for (const move of made) {
    const before = byDomain.get(move.domainId)
    // Set anew, so that it stands where the domain was moved last.
    byDomain.delete(move.domainId)
    byDomain.set(move.domainId, { first: before?.first ?? move, last: move })
  }
  return [...byDomain.values()]
    .reverse()
    .filter(({ first, last }) => first.sourceHostId !== last.destinationHostId)
    .map(({ first, last }) => ({
      domainId: first.domainId,
      domainName: last.domainName,
      destinationHostId: first.sourceHostId,
      destinationHostName: first.sourceHostName,
      leftOnHostId: last.destinationHostId,
      leftOnHostName: last.destinationHostName,
    }))
}
