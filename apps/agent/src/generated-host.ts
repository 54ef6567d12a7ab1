import { type Chance, chanceOf, hash, pick } from './chance.ts'
import {
  type DomainConfig,
  domainConfigSchema,
  type HostConfig,
  hostConfigSchema,
} from './host-config.ts'

/** A host for `--hosts N`: the same for the same seed and number, different from its neighbours. */
export function generateHost(options: {
  readonly name: string
  readonly seed: number
  readonly index: number
  readonly domainCount: number | null
}): HostConfig {
  const chance = chanceOf(hash(options.seed, options.index))
  const shape = pick(chance, shapes)
  const domainCount = options.domainCount ?? 8 + Math.floor(chance() * 13)
  const domains = Array.from({ length: domainCount }, (_, index) =>
    generateDomain(chance, pick(chance, roles), `${options.index + 1}-${index + 1}`),
  )
  // A host is never sold fuller than it can be: what the domains hold plus a fifth of it, dom0 and the hypervisor.
  const neededMib = domains.reduce((sum, domain) => sum + domain.memMib, 0)
  const memMib = Math.max(shape.memGib * 1024, Math.ceil((neededMib * 1.2) / 1024) * 1024 + 3072)
  return hostConfigSchema.parse({
    name: options.name,
    pool: `pool-${String.fromCharCode(97 + (Math.floor(options.index / 32) % 26))}`,
    labels: {
      rack: `r${Math.floor(options.index / 16) + 1}`,
      site: Math.floor(options.index / 64) % 2 === 0 ? 'north' : 'south',
    },
    xenVersion: '4.17.2',
    cpu: {
      model: shape.model,
      mhz: shape.mhz,
      sockets: shape.sockets,
      pcpuCount: shape.pcpuCount,
      virtualisation: shape.virtualisation,
      features: [
        'sse2',
        'sse3',
        'ssse3',
        'sse4_1',
        'sse4_2',
        'avx',
        ...(chance() < 0.6 ? ['avx2'] : []),
      ],
    },
    memMib,
    nicMbit: shape.nicMbit,
    diskMibPerSec: 800,
    dom0: { memMib: 2048, vcpuCount: 4 },
    domains,
  })
}

const shapes = [
  {
    model: 'Xeon E5-2650',
    mhz: 2000,
    sockets: 2,
    pcpuCount: 16,
    memGib: 64,
    nicMbit: 1_000,
    virtualisation: 'vt-x',
  },
  {
    model: 'Xeon E5-2690 v4',
    mhz: 2600,
    sockets: 2,
    pcpuCount: 28,
    memGib: 128,
    nicMbit: 10_000,
    virtualisation: 'vt-x',
  },
  {
    model: 'Opteron 6376',
    mhz: 2300,
    sockets: 2,
    pcpuCount: 32,
    memGib: 128,
    nicMbit: 1_000,
    virtualisation: 'amd-v',
  },
  {
    model: 'EPYC 7302',
    mhz: 3000,
    sockets: 1,
    pcpuCount: 32,
    memGib: 256,
    nicMbit: 10_000,
    virtualisation: 'amd-v',
  },
] as const

const tierOf = {
  web: 'front',
  app: 'app',
  sql: 'data',
  cache: 'data',
  mail: 'app',
  build: 'batch',
  file: 'data',
  batch: 'batch',
} as const
type DomainRole = keyof typeof tierOf
const roles = ['web', 'app', 'sql', 'cache', 'mail', 'build', 'file', 'batch'] as const
const sizes = [512, 1024, 1024, 2048, 2048, 4096, 8192] as const

function generateDomain(chance: Chance, role: DomainRole, place: string): DomainConfig {
  const memMib = pick(chance, sizes)
  const vcpuCount = pick(chance, [1, 1, 2, 2, 4])
  const isHvm = chance() < 0.2
  return domainConfigSchema.parse({
    name: `${role}-${place}`,
    kind: isHvm ? 'hvm' : pick(chance, ['pv', 'pv', 'pvh']),
    os: isHvm
      ? { family: 'windows', name: 'Windows Server 2019' }
      : { family: 'linux', name: 'Debian 12' },
    vcpuCount,
    memMib,
    requiredCpuFeatures: ['sse2', ...(chance() < 0.2 ? ['avx'] : [])],
    application: role,
    labels: { tier: tierOf[role], env: role === 'build' || isHvm ? 'test' : 'prod' },
    workload: {
      shape: pick(chance, ['steady', 'diurnal', 'bursty', 'batch']),
      cpu: Math.round(vcpuCount * (0.05 + 0.7 * chance() ** 2) * 100) / 100,
      rxMbit: Math.round(40 * chance() ** 2),
      txMbit: Math.round(80 * chance() ** 2),
      readMib: Math.round(10 * chance() ** 2),
      writeMib: Math.round(8 * chance() ** 2),
      memory: 0.3 + 0.5 * chance(),
      hotMib: 2 + Math.round(chance() * memMib * 0.02),
      hotMibPerSec: 0.5 + 6 * chance() ** 3,
      coldMib: Math.round(memMib * 0.15),
      coldMibPerSec: chance(),
    },
  })
}
