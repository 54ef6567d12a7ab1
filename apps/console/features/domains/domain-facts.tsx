import type { Domain } from '@drover/api-schema/domain.ts'
import { formatMoment, formatMomentWithZone, formatSize } from '../../lib/format.ts'
import { architectureText, domainKindText } from '../../lib/text/common.ts'
import { domainsText } from '../../lib/text/domains.ts'
import { type Fact, FactList } from '../../ui/fact-list.tsx'

/** Everything the agent said about a domain. */
export function DomainFacts({ domain }: { domain: Domain }) {
  return (
    <div className="gap-x-8 px-4 pt-2 pb-1 md:columns-2 2xl:columns-4 *:pb-4">
      <FactList title={domainsText.factsGuest} facts={guestFacts(domain)} />
      <FactList title={domainsText.factsResources} facts={resourceFacts(domain)} />
      <FactList title={domainsText.factsDevices} facts={deviceFacts(domain)} />
      <FactList title={domainsText.factsIdentity} facts={identityFacts(domain)} />
    </div>
  )
}

function guestFacts(domain: Domain): Fact[] {
  return [
    { label: domainsText.os, value: domain.os.name },
    { label: domainsText.kind, value: domainKindText[domain.kind].long },
    { label: domainsText.guestArchitecture, value: architectureText[domain.guestArchitecture] },
    {
      label: domainsText.startedAt,
      value:
        domain.startedAt === null ? (
          formatMoment(null)
        ) : (
          <time
            dateTime={new Date(domain.startedAt).toISOString()}
            title={formatMomentWithZone(domain.startedAt)}
          >
            {formatMoment(domain.startedAt)}
          </time>
        ),
    },
    {
      label: domainsText.cpuFeatures,
      value: domain.requiredCpuFeatures.join(' ') || domainsText.noFeatures,
      isCode: true,
    },
  ]
}

function resourceFacts(domain: Domain): Fact[] {
  return [
    { label: domainsText.vcpus, value: domain.vcpuCount },
    { label: domainsText.weight, value: domain.schedWeight },
    {
      label: domainsText.cap,
      value:
        domain.schedCapPercent === 0
          ? domainsText.noCap
          : domainsText.capOf(domain.schedCapPercent),
    },
    { label: domainsText.memCurrent, value: formatSize(domain.memCurrentBytes) },
    { label: domainsText.memTarget, value: formatSize(domain.memTargetBytes) },
    { label: domainsText.memMin, value: formatSize(domain.memMinBytes) },
    { label: domainsText.memMax, value: formatSize(domain.memMaxBytes) },
  ]
}

function deviceFacts(domain: Domain): Fact[] {
  const vifs: Fact[] = domain.vifs.map((vif) => ({
    label: vif.vifId,
    value: (
      <>
        {vif.network}
        <span className="block font-mono text-n10 text-xs">{vif.mac}</span>
      </>
    ),
  }))
  const vbds: Fact[] = domain.vbds.map((vbd) => ({
    label: vbd.device,
    value: (
      <>
        {formatSize(vbd.sizeBytes)}
        <span className="block text-n10 text-xs">{vbd.storage}</span>
      </>
    ),
  }))
  return [
    ...(vifs.length > 0 ? vifs : [{ label: domainsText.vifs, value: domainsText.noVifs }]),
    ...(vbds.length > 0 ? vbds : [{ label: domainsText.vbds, value: domainsText.noVbds }]),
  ]
}

function identityFacts(domain: Domain): Fact[] {
  return [
    {
      label: domainsText.migratable,
      value: domain.isMigratable ? domainsText.migratableYes : domainsText.migratableNo,
    },
    { label: domainsText.domid, value: domain.domid ?? formatMoment(null) },
    { label: domainsText.generation, value: domain.generation },
    { label: domainsText.domainId, value: domain.domainId, isCode: true },
  ]
}
