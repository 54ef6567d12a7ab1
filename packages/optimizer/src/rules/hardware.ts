import type { Host } from '@drover/api-schema/host.ts'
import type { HardwareNeeds } from '@drover/api-schema/policy.ts'
import { linkSpeed, listed, virtualisationName } from './words.ts'

/** What of the needs a host lacks, each as the rest of "xen-03 …"; empty when it has all. */
export function lacking(host: Host, needs: HardwareNeeds): string[] {
  const { cpu } = host
  const { virtualisation, architecture, cpuFeatures, nicAtLeastBytesPerSec } = needs
  const found: string[] = []
  if (
    virtualisation !== undefined &&
    (virtualisation === 'any'
      ? cpu.virtualisation === 'none'
      : cpu.virtualisation !== virtualisation)
  ) {
    found.push(`has no ${virtualisationName[virtualisation]}`)
  }
  if (architecture !== undefined && cpu.architecture !== architecture) {
    found.push(`is ${cpu.architecture}, not ${architecture}`)
  }
  const missing = (cpuFeatures ?? []).filter((feature) => !cpu.features.includes(feature))
  if (missing.length > 0) found.push(`lacks ${listed(missing)}`)
  if (nicAtLeastBytesPerSec !== undefined && host.nicBytesPerSec < nicAtLeastBytesPerSec) {
    found.push(
      `has a NIC of ${linkSpeed(host.nicBytesPerSec)}, not ${linkSpeed(nicAtLeastBytesPerSec)}`,
    )
  }
  return found
}
