import type { DomainId, HostId } from '@drover/api-schema/ids.ts'

/** A copy that is not the domain and says that it executes. */
export type LosingCopy = {
  readonly domainId: DomainId
  readonly name: string
  readonly hostId: HostId
  readonly generation: number
  readonly ownerId: HostId
  readonly ownerGeneration: number
}

type Ports = {
  readonly losingCopies: () => readonly LosingCopy[]
  /** Null for a host that is not online: what it said last is no news. */
  readonly onlineHostName: (hostId: HostId) => string | null
  readonly hostName: (hostId: HostId) => string
  readonly alarm: (subject: string, sentence: string) => void
}

/**
 * Raises an alarm, once per domain, host and generation, when a domain runs on two hosts. The two report over two sockets,
 * one of them perhaps late: only what is so at two looks in a row is believed.
 */
export function createDoubleRunWatch(ports: Ports) {
  let suspects = new Set<string>()
  const raised = new Set<string>()
  return {
    look(): void {
      const seen = new Set<string>()
      for (const copy of ports.losingCopies()) {
        const hostName = ports.onlineHostName(copy.hostId)
        if (hostName === null) continue
        const key = `${copy.domainId} ${copy.hostId} ${copy.generation}`
        seen.add(key)
        if (raised.has(key) || !suspects.has(key)) continue
        raised.add(key)
        ports.alarm(
          `${copy.name} on ${hostName}`,
          `${hostName} runs a copy of ${copy.name} (generation ${copy.generation}) that is not the domain; the domain is on ${ports.hostName(copy.ownerId)} (generation ${copy.ownerGeneration}). Two copies that write to the same disks destroy them: stop the one on ${hostName}.`,
        )
      }
      suspects = seen
    },
  }
}
