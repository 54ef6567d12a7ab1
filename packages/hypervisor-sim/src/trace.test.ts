import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { must } from './testing/builders.ts'
import { BIN_MS, parseBitbrains, sampleTrace, type TraceSample } from './trace.ts'
import { domainSpecFromTrace } from './trace-domain.ts'
import { MIB } from './units.ts'

const header = 'vm,bin,cpu_mhz,mem_used_mib,disk_rd_kbs,disk_wr_kbs,net_rx_kbs,net_tx_kbs'
const vmsHeader = 'vm,cores,cpu_capacity_mhz,mem_capacity_mib,samples'
const csv = (...rows: string[]) => [header, ...rows, ''].join('\n')

function at(trace: Parameters<typeof sampleTrace>[0], vm: number, atMs: number): TraceSample {
  const out = {
    cpuVcpus: -1,
    memUsedBytes: -1,
    diskReadBytesPerSec: -1,
    diskWriteBytesPerSec: -1,
    netRxBytesPerSec: -1,
    netTxBytesPerSec: -1,
  }
  sampleTrace(trace, vm, atMs, out)
  return out
}

const small = csv(
  '7,0,1000,100,1,2,3,4',
  '7,1,2000,200,1,2,3,4',
  '9,0,100,50,0,0,0,0',
  '7,3,4000,0,0,0,0,0',
)
const smallVms = `${vmsHeader}\n7,2,4000.0,8192,3\n`

describe('Bitbrains trace', () => {
  const trace = must(parseBitbrains(small, smallVms))

  it('keeps VMs in order of appearance with their capacities', () => {
    expect(trace.vmIds).toEqual([7, 9])
    expect([...trace.cores]).toEqual([2, 1])
    expect([...trace.memCapacityMib]).toEqual([8192, 256])
    expect(trace.durationMs).toBe(4 * BIN_MS)
  })

  it('interpolates between bins, over a missing bin, and from the last back to the first', () => {
    // 2000 MHz a core: 1000 MHz is half a vCPU.
    expect(at(trace, 0, 0).cpuVcpus).toBeCloseTo(0.5)
    expect(at(trace, 0, BIN_MS / 2).cpuVcpus).toBeCloseTo(0.75)
    expect(at(trace, 0, 2 * BIN_MS).cpuVcpus).toBeCloseTo(1.5)
    expect(at(trace, 0, 3.5 * BIN_MS).cpuVcpus).toBeCloseTo(1.25)
    expect(at(trace, 0, 4 * BIN_MS).cpuVcpus).toBeCloseTo(0.5)
    expect(at(trace, 0, 0)).toMatchObject({ memUsedBytes: 100 * MIB, netTxBytesPerSec: 4000 })
  })

  it('lets an unknown VM idle', () => {
    expect(at(trace, 5, 0).cpuVcpus).toBe(0)
    expect(at(trace, -1, 0).cpuVcpus).toBe(0)
  })

  it.each([
    ['a field too few', csv('1,0,1,1,1,1,1'), 2, 'wrong-field-count'],
    ['a field too many', csv('1,0,1,1,1,1,1,1', '1,1,1,1,1,1,1,1,1'), 3, 'wrong-field-count'],
    ['a word', csv('1,0,abc,1,1,1,1,1'), 2, 'not-a-number'],
    ['a negative number', csv('1,0,-5,1,1,1,1,1'), 2, 'negative'],
    ['a bin twice', csv('1,0,1,1,1,1,1,1', '1,0,2,1,1,1,1,1'), 3, 'duplicate'],
  ])('refuses %s with the line', (_, text, line, problem) => {
    expect(parseBitbrains(text, null)).toEqual({
      ok: false,
      error: { code: 'bad-row', file: 'samples', line, problem },
    })
  })

  it('refuses another header, an empty file and a bad file of VMs', () => {
    expect(parseBitbrains('a,b\n', null)).toMatchObject({ error: { code: 'bad-header' } })
    expect(parseBitbrains(csv(), null)).toEqual({ ok: false, error: { code: 'empty-trace' } })
    expect(parseBitbrains(small, `${vmsHeader}\nx,1,1,1,1\n`)).toMatchObject({
      error: { code: 'bad-row', file: 'vms', line: 2 },
    })
  })

  it('turns a VM into a domain of its cores and memory that plays it back', () => {
    const spec = domainSpecFromTrace(trace, 0, {
      domainId: 'd',
      traceId: 't',
      speed: 60,
      offsetMs: 0,
      seed: 1,
      network: 'lan',
      storage: 'san',
    })
    expect(spec).toMatchObject({ name: 'bb-0007', vcpuCount: 2, memMaxBytes: 8192 * MIB })
    expect(spec.workload).toMatchObject({ kind: 'trace', vmIndex: 0, speed: 60 })
    expect(spec.vifs[0]?.mac).toMatch(/^00:16:3e(:[0-9a-f]{2}){3}$/)
  })
})

const folder = fileURLToPath(new URL('../../../../shared/data/bitbrains/', import.meta.url))
const day = `${folder}rnd_2013-08-07`
const isHere = existsSync(`${day}.csv.gz`)

describe.skipIf(!isHere)(`recorded day${isHere ? '' : ` (skipped: no ${day}.csv.gz)`}`, () => {
  it('parses 499 VMs and adds up to the published mean of 469 GHz', () => {
    const text = gunzipSync(readFileSync(`${day}.csv.gz`)).toString('utf8')
    const vms = readFileSync(`${day}_vms.csv`, 'utf8')
    const trace = must(parseBitbrains(text, vms))
    expect(trace.vmCount).toBe(499)
    let ghz = 0
    for (let row = 0; row < trace.bin.length; row++) ghz += trace.values[row * 6]! / 1000
    expect(ghz / 288).toBeGreaterThan(464)
    expect(ghz / 288).toBeLessThan(474)
  })
})
