import { describe, expect, it } from 'vitest'
import { advance } from './host-accounting.ts'
import { abortIncoming, applyIncoming, prepareIncoming } from './host-incoming.ts'
import { createDomain, startDomain } from './host-lifecycle.ts'
import { beginOutgoing, resumeAfterMigration, takeOutgoingBatch } from './host-outgoing.ts'
import { createHostState, type HostState } from './host-state.ts'
import { createPostcopyArrivals } from './postcopy-arrivals.ts'
import { createPostcopyOrder } from './postcopy-order.ts'
import { aDomainSpec, aHostSpec, must } from './testing/builders.ts'
import { GIB, PAGE_BYTES } from './units.ts'

/** Bytes of all typed arrays that can be reached from a value, each buffer once. */
function typedArrayBytes(root: unknown): number {
  const seen = new Set<unknown>()
  const open: unknown[] = [root]
  let bytes = 0
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    if (ArrayBuffer.isView(value)) {
      if (!seen.has(value.buffer)) bytes += value.buffer.byteLength
      seen.add(value.buffer)
    } else if (value instanceof Map) open.push(...value.keys(), ...value.values())
    else if (value instanceof Set || Array.isArray(value)) open.push(...value)
    else open.push(...Object.values(value))
  }
  return bytes
}

/** The longest plain list or table that can be reached: pages must not hide in one of those either. */
function longestTable(root: unknown): number {
  const seen = new Set<unknown>()
  const open: unknown[] = [root]
  let longest = 0
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    if (ArrayBuffer.isView(value)) continue
    const entries =
      value instanceof Map || value instanceof Set ? [...value.values()] : Object.values(value)
    longest = Math.max(longest, entries.length)
    open.push(...entries)
  }
  return longest
}

const pages = (64 * GIB) / PAGE_BYTES
const bitmap = pages / 8
/** Scratch arrays of a host's devices and scheduler, whatever runs on it. */
const slack = 4096

function aState(name: string): HostState {
  const spec = aHostSpec({ name, memTotalBytes: 128 * GIB, nicBytesPerSec: 12.5e9 })
  return createHostState(spec, 1, `boot-${name}`, new Map())
}

function aLargeDomain(state: HostState): string {
  const spec = aDomainSpec('large', {
    memMinBytes: 64 * GIB,
    memTargetBytes: 64 * GIB,
    memMaxBytes: 64 * GIB,
  })
  must(createDomain(state, spec))
  must(startDomain(state, spec.domainId))
  return spec.domainId
}

describe('a domain of 64 GiB, 16,777,216 pages', () => {
  it('counts what it claims to count', () => {
    const shared = new Uint8Array(100)
    expect(
      typedArrayBytes({ a: [shared, shared.subarray(5)], b: new Map([[1, new Uint32Array(5)]]) }),
    ).toBe(120)
    expect(longestTable({ a: { b: new Map([[1, [1, 2, 3]]]) } })).toBe(3)
  })

  it('costs a host nothing per page while it runs', () => {
    const state = aState('a')
    aLargeDomain(state)
    advance(state, 5000)
    expect(typedArrayBytes(state)).toBeLessThan(slack)
  })

  it('costs the source one bitmap and the destination one bitmap and a byte per page while it moves', () => {
    const source = aState('a')
    const destination = aState('b')
    const domainId = aLargeDomain(source)
    const outgoing = must(beginOutgoing(source, domainId, 'm1', { kind: 'xen-3.0' }))
    expect(outgoing.pageCount).toBe(pages)
    must(prepareIncoming(destination, outgoing))
    for (let second = 0; second < 2; second++) {
      advance(source, 20)
      for (;;) {
        const step = must(takeOutgoingBatch(source, domainId, 1024))
        if (step.kind !== 'batch') break
        must(applyIncoming(destination, 'm1', step.batch))
      }
    }
    expect(typedArrayBytes(source)).toBeGreaterThanOrEqual(bitmap)
    expect(typedArrayBytes(source)).toBeLessThan(bitmap + slack)
    expect(typedArrayBytes(destination)).toBeGreaterThanOrEqual(pages + bitmap)
    expect(typedArrayBytes(destination)).toBeLessThan(pages + bitmap + slack)
    for (const state of [source, destination]) expect(longestTable(state)).toBeLessThan(1000)

    must(resumeAfterMigration(source, domainId, 'm1'))
    abortIncoming(destination, 'm1')
    for (const state of [source, destination]) expect(typedArrayBytes(state)).toBeLessThan(slack)
  })

  it('costs post-copy one bitmap at the source and two at the destination', () => {
    const missing = new Uint32Array(pages / 32).fill(0xffffffff)
    expect(typedArrayBytes(createPostcopyOrder(missing, pages))).toBe(bitmap)
    expect(typedArrayBytes(createPostcopyArrivals(missing))).toBe(2 * bitmap)
  })
})
