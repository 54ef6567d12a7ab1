import { describe, expect, it } from 'vitest'
import { FAULTS, faultFor } from './faults.ts'

describe('faults', () => {
  it('are found by the start of the name, in their phase only', () => {
    for (const fault of FAULTS) {
      expect(faultFor(fault.name, fault.phase)).toEqual(fault)
      expect(faultFor(`${fault.name}-2`, fault.phase)).toEqual(fault)
      expect(faultFor(`${fault.name}x`, fault.phase)).toBeNull()
    }
    expect(faultFor('sentinel-lost-peer', 'preparing')).toBeNull()
    expect(faultFor('web-1', 'pre-copy')).toBeNull()
  })
})
