import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import { minuteOfWeek } from '@drover/api-schema/week-time.ts'
import { compileRules } from '@drover/optimizer/rules/compile-rules.ts'
import type { CompiledPolicies } from '@drover/optimizer/rules/compiled.ts'
import { snapshotOf } from '@drover/optimizer/rules/snapshot.ts'
import type { Inventory } from '../inventory.ts'
import type { RulesNow } from '../migrations/rules.ts'

export type RulesOnFleet = ReturnType<typeof createRulesOnFleet>

/** In pCPUs; NaN is unknown. */
export type CpuLoads = {
  ofHost(hostId: HostId): number
  ofDomain(domainId: DomainId): number
}

/** Rules laid on the fleet as it is: laid anew when hosts, domains or rules are others than they were. */
export function createRulesOnFleet(ports: {
  readonly inventory: Pick<Inventory, 'hosts' | 'domains' | 'version'>
  readonly rules: () => readonly PolicyRule[]
  readonly loads: CpuLoads
  readonly now: () => number
}) {
  const { inventory, loads } = ports
  let kept: { version: number; compiled: CompiledPolicies } | null = null

  const compiled = (): CompiledPolicies => {
    const version = inventory.version()
    if (kept?.version === version) return kept.compiled
    const snapshot = snapshotOf({
      hosts: [...inventory.hosts()],
      domains: [...inventory.domains()],
      // Loads are asked when they are needed: the newest reading counts, however old the layout is.
      cpuOfHost: loads.ofHost,
      cpuOfDomain: loads.ofDomain,
    })
    kept = { version, compiled: compileRules(ports.rules(), snapshot) }
    return kept.compiled
  }

  return {
    compiled,

    /** For verdicts on moves; null when no rule is enabled. */
    now(): RulesNow | null {
      if (!ports.rules().some(({ isEnabled }) => isEnabled)) return null
      const at = ports.now()
      return { compiled: compiled(), minuteOfWeek: (timeZone) => minuteOfWeek(at, timeZone) }
    },
  }
}
