'use client'

import { apiPrefix, endpoints } from '@drover/api-schema/endpoints.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, ExternalLink, TriangleAlert } from 'lucide-react'
import { queries, useFleet } from '../../client/queries.ts'
import { aboutText } from '../../lib/text/settings.ts'
import { version as consoleVersion } from '../../package.json'
import { Badge } from '../../ui/badge.tsx'
import { type Fact, FactList } from '../../ui/fact-list.tsx'
import { SettingsHead } from './settings-head.tsx'

/** How many hosts have each value, the most common first. */
export function countBy(
  hosts: readonly Host[],
  fieldOf: (host: Host) => string,
): [string, number][] {
  const counts = new Map<string, number>()
  for (const host of hosts) counts.set(fieldOf(host), (counts.get(fieldOf(host)) ?? 0) + 1)
  return [...counts].sort(
    (a, b) => b[1] - a[1] || a[0].localeCompare(b[0], 'en', { numeric: true }),
  )
}

/** What runs here, in versions, and where its interface is described. */
export function AboutPage() {
  const hosts = useFleet()?.fleet.hosts ?? []
  const facts: Fact[] = [
    { label: aboutText.version, value: consoleVersion },
    { label: aboutText.database, value: <DatabaseHealth /> },
    { label: aboutText.agents, value: <Counts of={countBy(hosts, (host) => host.agentVersion)} /> },
    {
      label: aboutText.hypervisors,
      value: <Counts of={countBy(hosts, (host) => aboutText.xen(host.hypervisor.version))} />,
    },
    {
      label: aboutText.api,
      value: (
        <>
          <a
            href={`${apiPrefix}${endpoints.getOpenApi.path}`}
            target="_blank"
            rel="noreferrer"
            className="inline-flex items-center gap-1 text-accent hover:underline"
          >
            {aboutText.apiLink}
            <ExternalLink aria-hidden size={13} />
          </a>
          <span className="block text-n10 text-xs">{aboutText.apiHint}</span>
        </>
      ),
    },
    { label: aboutText.license, value: aboutText.licenseName },
  ]
  return (
    <>
      <SettingsHead intro={aboutText.intro} />
      <FactList title={aboutText.console} facts={facts} className="max-w-160 px-4 pb-5" />
    </>
  )
}

/** As the console itself finds it, renewed while one looks. */
function DatabaseHealth() {
  const health = useQuery(queries.health())
  if (health.data === undefined || health.isError) {
    return health.isError ? aboutText.databaseUnknown : aboutText.databaseAsking
  }
  return health.data.status === 'ok' ? (
    <Badge tone="ok" look="plain" icon={<CircleCheck aria-hidden size={13} />}>
      {aboutText.databaseOk}
    </Badge>
  ) : (
    <Badge tone="warning" look="plain" icon={<TriangleAlert aria-hidden size={13} />}>
      {aboutText.databaseAway}
    </Badge>
  )
}

function Counts({ of }: { of: readonly [string, number][] }) {
  if (of.length === 0) return aboutText.noAgents
  return (
    <ul>
      {of.map(([value, count]) => (
        <li key={value}>{aboutText.agentCount(value, count)}</li>
      ))}
    </ul>
  )
}
