import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { HostId } from '@drover/api-schema/ids.ts'
import type { Draft } from '@drover/api-schema/plan.ts'
import { err, type Result } from '@drover/api-schema/result.ts'
import { placeEvacuation } from '@drover/optimizer/plan/evacuation.ts'
import type { Drafts } from './drafts.ts'
import { planFleetOf } from './plan-fleet-view.ts'
import { draftName } from './plan-text.ts'
import type { Asker, PlanPorts } from './ports.ts'

/** A draft that empties a host. What would stay is in its check, as long as it would. */
export async function draftEvacuation(
  hostId: HostId,
  wanted: { readonly entersMaintenance: boolean; readonly by: Asker },
  ports: PlanPorts & { readonly drafts: Pick<Drafts, 'create'> },
): Promise<Result<Draft, Refusal>> {
  const host = ports.fleet.host(hostId)
  if (host === null) return err(refusal('host-not-found'))
  const { moves } = placeEvacuation(hostId, planFleetOf(ports))
  const enters = wanted.entersMaintenance && !host.isInMaintenance
  const { name: hostName } = host
  return ports.drafts.create(
    {
      name: draftName(`Empty ${hostName}`),
      origin: { kind: 'evacuation', hostId, hostName },
      maintenance: enters ? { hostId, hostName, isInMaintenance: true } : null,
    },
    moves,
    wanted.by,
  )
}
