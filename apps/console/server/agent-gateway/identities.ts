import type { HelloFrame } from '@drover/api-schema/agent-protocol.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { HostId } from '@drover/api-schema/ids.ts'

export type Identity = { readonly hostId: HostId; readonly name: string; readonly keyHash: string }

/**
 * Who is who among hosts: an id belongs to the key it first came with, a name to one id. It is in memory, so that a
 * claim is decided in one step; main.ts fills it from the store and the store learns of new hosts from their facts.
 */
export function createIdentities() {
  const byId = new Map<HostId, Identity>()
  const ownerOfName = new Map<string, HostId>()

  const put = (identity: Identity): void => {
    const before = byId.get(identity.hostId)
    if (before !== undefined) ownerOfName.delete(before.name)
    byId.set(identity.hostId, identity)
    ownerOfName.set(identity.name, identity.hostId)
  }

  const refuseName = (hostId: HostId, name: string): Refusal | null => {
    const owner = ownerOfName.get(name)
    if (owner === undefined || owner === hostId) return null
    return refusal(
      'host-name-taken',
      `Another host is called ${name}. Start the agent with another --name.`,
    )
  }

  return {
    put,
    keyHashOf: (hostId: HostId): string | null => byId.get(hostId)?.keyHash ?? null,

    /** Null when the agent may speak for the host from now on. */
    claim(hello: Pick<HelloFrame, 'hostId' | 'name'>, keyHash: string): Refusal | null {
      const known = byId.get(hello.hostId)
      if (known !== undefined && known.keyHash !== keyHash) {
        return refusal(
          'host-claimed',
          `${known.name} was enrolled with another key. Remove the host to enrol it again.`,
        )
      }
      const taken = refuseName(hello.hostId, hello.name)
      if (taken === null) put({ hostId: hello.hostId, name: hello.name, keyHash })
      return taken
    },

    rename(hostId: HostId, name: string): Refusal | null {
      const known = byId.get(hostId)
      if (known === undefined || known.name === name) return null
      const taken = refuseName(hostId, name)
      if (taken === null) put({ ...known, name })
      return taken
    },

    forget(hostId: HostId): void {
      const known = byId.get(hostId)
      byId.delete(hostId)
      if (known !== undefined) ownerOfName.delete(known.name)
    },
  }
}
