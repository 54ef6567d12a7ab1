import type { Command, CommandResult, DomainAction } from '@drover/api-schema/agent-protocol.ts'
import { refuseDomainAction } from '@drover/api-schema/capabilities.ts'
import type { Domain } from '@drover/api-schema/domain.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { CommandId, HostId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { assertNever, err, ok, type Result } from '@drover/api-schema/result.ts'
import { describeBytes } from '@drover/api-schema/units.ts'
import type { Audit } from '../audit.ts'
import type { Clock } from '../clock.ts'
import type { Inventory } from '../inventory.ts'
import type { TelemetryReader } from '../telemetry/read.ts'
import type { Handlers } from './handler.ts'

export type FleetPorts = {
  readonly inventory: Inventory
  readonly telemetry: TelemetryReader
  readonly audit: Audit
  readonly clock: Clock
  /** Those that are open, and ended ones whose clean-up one of the two hosts still owes. */
  readonly unsettledMigrationsOf: (hostId: HostId) => readonly Migration[]
  readonly isConnected: (hostId: HostId) => boolean
  /** What migrations may send from and to a host is something else than it was. */
  readonly linkLimitChanged: () => void
  /** Forgets it everywhere: inventory, gateway, readings, store. */
  readonly forgetHost: (hostId: HostId) => void
  readonly sendCommand: (
    hostId: HostId,
    commandId: CommandId,
    command: Command,
  ) => Promise<Result<CommandResult, Refusal>>
  readonly newId: () => string
}

export function fleetRoutes(ports: FleetPorts) {
  const { inventory, telemetry, audit, clock } = ports
  const noHost = err(refusal('host-not-found'))
  const noDomain = err(refusal('domain-not-found'))
  return {
    getFleet: () => ok(inventory.snapshot()),

    getHost({ params }) {
      const host = inventory.host(params.hostId)
      return host === null ? noHost : ok(host)
    },

    getHostSamples({ params, query }) {
      if (inventory.host(params.hostId) === null) return noHost
      return ok(telemetry.ofHost(params.hostId, { now: clock.now(), windowMs: query.windowMs }))
    },

    updateHost({ params, body, caller }) {
      const host = inventory.setHost(params.hostId, body)
      if (host === null) return noHost
      const { isInMaintenance, migrationBytesPerSec } = body
      if (isInMaintenance !== undefined) {
        const action = isInMaintenance ? 'enter-maintenance' : 'leave-maintenance'
        audit.record(caller.user.name, action, host.name, '')
      }
      if (migrationBytesPerSec !== undefined) {
        const limit =
          migrationBytesPerSec === null ? 'none' : `${describeBytes(migrationBytesPerSec)} a second`
        audit.record(caller.user.name, 'limit-host-migrations', host.name, limit)
        ports.linkLimitChanged()
      }
      return ok(host)
    },

    removeHost({ params, caller }) {
      const host = inventory.host(params.hostId)
      if (host === null) return noHost
      if (ports.isConnected(params.hostId)) {
        return err(
          refusal(
            'host-already-connected',
            `The agent of ${host.name} is connected. Stop it first.`,
          ),
        )
      }
      const domains = inventory.domainsOn(params.hostId)
      const unsettled = ports.unsettledMigrationsOf(params.hostId)[0]
      if (unsettled !== undefined)
        return err(refusal('domain-migrating', unsettledSentence(host.name, unsettled)))
      ports.forgetHost(params.hostId)
      audit.record(caller.user.name, 'remove-host', host.name, `with ${domains.length} domains`)
      return ok(undefined)
    },

    getDomain({ params }) {
      const domain = inventory.domain(params.domainId)
      return domain === null ? noDomain : ok(domain)
    },

    getDomainSamples({ params, query }) {
      const domain = inventory.domain(params.domainId)
      if (domain === null) return noDomain
      return ok(
        telemetry.ofDomain(params.domainId, domain.hostId, {
          now: clock.now(),
          windowMs: query.windowMs,
        }),
      )
    },

    async actOnDomain({ params, body, caller }) {
      const domain = inventory.domain(params.domainId)
      if (domain === null) return noDomain
      const host = inventory.host(domain.hostId)
      if (host === null) return err(refusal('host-not-found'))
      const { action } = body
      if (isAlreadySo(domain, action)) return ok({ outcome: 'already-so' as const })
      const refused = refuseDomainAction(domain, host, action)
      if (refused !== null) return err(refused)
      audit.record(caller.user.name, `domain-${action}`, domain.name, `on ${host.name}`)
      // An id made by this process; nothing else makes command ids with this prefix.
      const commandId = `action-${ports.newId()}` as CommandId
      const answer = await ports.sendCommand(host.hostId, commandId, {
        kind: 'domain-action',
        domainId: domain.domainId,
        action,
      })
      if (!answer.ok) return answer
      if (answer.value.kind === 'rejected') return err(answer.value.refusal)
      return ok({ outcome: 'done' as const })
    },
  } satisfies Partial<Handlers>
}

/** What such a host knows decides where the domain is: forgotten, nobody could find out any more. */
function unsettledSentence(hostName: string, migration: Migration): string {
  const { domainName, sourceHostName, destinationHostName } = migration
  const what = `The migration of ${domainName} from ${sourceHostName} to ${destinationHostName}`
  return isEnded(migration.state)
    ? `${what} has ended, but ${hostName} or the other host has not confirmed yet that nothing of it is left. Connect both agents once, then remove the host.`
    : `${what} has not ended. Wait for it or cancel it; if it is in doubt, bring both agents back first.`
}

/** The third outcome besides done and refused: nothing to do, so asking twice is no error. */
function isAlreadySo({ state, migrationId }: Domain, action: DomainAction): boolean {
  if (migrationId !== null) return false
  switch (action) {
    case 'start':
    case 'unpause':
      return state.status === 'running'
    case 'pause':
      return state.status === 'paused' && state.by === 'administrator'
    case 'shut-down':
      return state.status === 'shutting-down' || state.status === 'shut-off'
    case 'destroy':
      return state.status === 'shut-off'
    case 'reboot':
      return false
    default:
      return assertNever(action)
  }
}
