import type { EndpointBody } from '@drover/api-schema/endpoints.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { applicationOf } from '@drover/api-schema/labels.ts'
import { assertNever, ok } from '@drover/api-schema/result.ts'
import type { Annotations, ApplicationSet, Thing } from '../annotations.ts'
import type { Inventory } from '../inventory.ts'
import type { Handlers } from './handler.ts'

export type LabelPorts = {
  readonly annotations: Pick<Annotations, 'editLabels' | 'setApplication'>
  readonly inventory: Pick<Inventory, 'host' | 'domain' | 'domains'>
}

export function labelRoutes({ annotations, inventory }: LabelPorts) {
  const hostThing = (id: HostId): Thing => {
    const host = inventory.host(id)
    return host === null ? { id, refusal: refusal('host-not-found') } : { id, name: host.name }
  }
  const domainThing = (id: DomainId): Thing => {
    const domain = inventory.domain(id)
    return domain === null
      ? { id, refusal: refusal('domain-not-found') }
      : { id, name: domain.name }
  }
  return {
    async updateLabels({ body, caller }) {
      const things = [
        ...[...new Set(body.hostIds)].map(hostThing),
        ...[...new Set(body.domainIds)].map(domainThing),
      ]
      return ok(await annotations.editLabels(things, body.edit, caller.user.name))
    },

    listApplications() {
      const found = new Map<string, { domainCount: number; hosts: Set<HostId> }>()
      for (const domain of inventory.domains()) {
        const application = applicationOf(domain)
        if (application === null) continue
        const known = found.get(application) ?? { domainCount: 0, hosts: new Set() }
        known.domainCount += 1
        known.hosts.add(domain.hostId)
        found.set(application, known)
      }
      const applications = [...found].map(([application, { domainCount, hosts }]) => ({
        application,
        domainCount,
        hostCount: hosts.size,
      }))
      const byName = (a: { application: string }, b: { application: string }) =>
        a.application.localeCompare(b.application, 'en')
      return ok({ applications: applications.sort(byName) })
    },

    async updateApplications({ body, caller }) {
      const things = [...new Set(body.domainIds)].map(domainThing)
      return ok(await annotations.setApplication(things, meant(body.set), caller.user.name))
    },
  } satisfies Partial<Handlers>
}

function meant(set: EndpointBody<'updateApplications'>['set']): ApplicationSet {
  switch (set.to) {
    case 'application':
      return { application: set.application }
    case 'none':
      return { application: null }
    case 'as-agent-says':
      return { application: undefined }
    default:
      return assertNever(set)
  }
}
