import { uuid } from '@drover/api-schema/testing/builders.ts'
import { type HostConfigInput, hostConfigSchema } from '../host-config.ts'
import { bootSimHypervisor, type SimHypervisor } from '../sim-hypervisor.ts'

/** A host without pages that can be read, with the same ids and the same randomness in every test. */
export function bootHost(config: HostConfigInput): SimHypervisor {
  let count = 100
  const booted = bootSimHypervisor(hostConfigSchema.parse(config), {
    seed: 1,
    bootId: uuid(1),
    newId: () => uuid(count++),
    hasRealPages: false,
    trace: null,
  })
  if (!booted.ok) throw new Error(booted.error)
  return booted.value
}
