import { z } from 'zod'

/**
 * The catalogue of metrics. Adding one means a line here and a source in the agent; storing, streaming and charts
 * read the catalogue. `gauge`: the value at the moment; rates are averages over the sample interval.
 */
export const metricCatalogue = {
  /** Share of all pCPUs (host) or of one pCPU per 1.0 (domain: a 4-vCPU guest can show 4). */
  cpu: { unit: 'ratio', title: 'CPU' },
  /** Wanted a pCPU and had none: seconds of runnable wait per second, summed over vCPUs. */
  'cpu-wait': { unit: 'ratio', title: 'CPU wait' },
  /** Host: share used by dom0, of all pCPUs. */
  'dom0-cpu': { unit: 'ratio', title: 'dom0 CPU' },
  /** Held memory (host: by dom0 and all domains; domain: in use by the guest). */
  memory: { unit: 'bytes', title: 'Memory' },
  'net-rx': { unit: 'bytes-per-sec', title: 'Network in' },
  'net-tx': { unit: 'bytes-per-sec', title: 'Network out' },
  'disk-read': { unit: 'bytes-per-sec', title: 'Disk read' },
  'disk-write': { unit: 'bytes-per-sec', title: 'Disk write' },
} as const satisfies Record<string, { unit: 'ratio' | 'bytes' | 'bytes-per-sec'; title: string }>

export type Metric = keyof typeof metricCatalogue
export const metrics = Object.keys(metricCatalogue) as readonly Metric[] // keys of a const object
export const metricSchema = z.enum(metrics as [Metric, ...Metric[]]) // non-empty by the object above

/** What every host and every domain has; a driver may offer more and say so in its roster. */
export const hostMetrics = [
  'cpu',
  'dom0-cpu',
  'memory',
  'net-rx',
  'net-tx',
  'disk-read',
  'disk-write',
] as const satisfies readonly Metric[]
export const domainMetrics = [
  'cpu',
  'memory',
  'net-rx',
  'net-tx',
  'disk-read',
  'disk-write',
  'cpu-wait',
] as const satisfies readonly Metric[]
