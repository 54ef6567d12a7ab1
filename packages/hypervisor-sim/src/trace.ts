import { ok, type Result, refuse } from './result.ts'

/**
 * Recorded load in the layout of the Bitbrains files (GWA-T-12 Rnd, TU Delft; Shen, van Beek, Iosup,
 * CCGrid 2015): one row per VM and 300 s bin. Kept in flat typed arrays, grouped by VM and ordered by
 * bin: a day of 499 VMs is 4 MB.
 */
export interface Trace {
  readonly vmCount: number
  /** The file's own VM numbers, in order of first appearance. */
  readonly vmIds: readonly number[]
  readonly cores: Int32Array
  /** All cores together, MHz of the machine it was recorded on. */
  readonly cpuCapacityMhz: Float64Array
  readonly memCapacityMib: Float64Array
  /** Rows of VM i are [firstRow[i], firstRow[i + 1]). */
  readonly firstRow: Int32Array
  readonly bin: Int32Array
  /** Six values a row: CPU MHz, memory MiB, disk read and write, net in and out in kB/s. */
  readonly values: Float32Array
  /** After this long the trace starts again. */
  readonly durationMs: number
}

export const BIN_MS = 300_000
const COLUMNS = 6
const HEADER = 'vm,bin,cpu_mhz,mem_used_mib,disk_rd_kbs,disk_wr_kbs,net_rx_kbs,net_tx_kbs'
const VMS_HEADER = 'vm,cores,cpu_capacity_mhz,mem_capacity_mib'

export type TraceError =
  | { readonly code: 'bad-header'; readonly file: TraceFile; readonly expected: string }
  | {
      readonly code: 'bad-row'
      readonly file: TraceFile
      /** 1 is the header. */
      readonly line: number
      readonly problem: 'wrong-field-count' | 'not-a-number' | 'negative' | 'duplicate'
    }
  | { readonly code: 'empty-trace' }

export type TraceFile = 'samples' | 'vms'

/**
 * Parses the samples and, if given, the file of VM capacities. VMs missing from the latter get one core
 * per 2.6 GHz of their highest demand; VMs that only the latter knows are left out.
 */
export function parseBitbrains(
  csvText: string,
  vmsCsvText: string | null,
): Result<Trace, TraceError> {
  const rows = readTable(csvText, 'samples', HEADER, COLUMNS + 2)
  if (!rows.ok) return rows
  const { table, count } = rows.value
  if (count === 0) return refuse({ code: 'empty-trace' })
  const capacities = vmsCsvText === null ? null : readTable(vmsCsvText, 'vms', VMS_HEADER, 4)
  if (capacities !== null && !capacities.ok) return capacities
  const grouped = groupByVm(table, count)
  if (!grouped.ok) return grouped
  const { vmIds, firstRow, bin, values } = grouped.value
  const trace: Trace = {
    vmCount: vmIds.length,
    vmIds,
    cores: new Int32Array(vmIds.length),
    cpuCapacityMhz: new Float64Array(vmIds.length),
    memCapacityMib: new Float64Array(vmIds.length),
    firstRow,
    bin,
    values,
    durationMs: (bin.reduce((a, b) => Math.max(a, b), 0) + 1) * BIN_MS,
  }
  fillCapacities(trace, capacities?.value ?? null)
  return ok(trace)
}

interface Table {
  readonly table: Float64Array
  readonly count: number
}

/** Numbers only, so one pass over the characters: about ten times faster than splitting. */
function readTable(
  text: string,
  file: TraceFile,
  header: string,
  columns: number,
): Result<Table, TraceError> {
  const headerEnd = endOfLine(text, 0)
  if (!text.slice(0, headerEnd).trim().startsWith(header)) {
    return refuse({ code: 'bad-header', file, expected: header })
  }
  let table = new Float64Array(4096 * columns)
  let count = 0
  let line = 1
  let start = headerEnd + 1
  while (start < text.length) {
    line++
    const end = endOfLine(text, start)
    const last = text.charCodeAt(end - 1) === 13 ? end - 1 : end
    if (last > start) {
      if ((count + 1) * columns > table.length) {
        const wider = new Float64Array(table.length * 2)
        wider.set(table)
        table = wider
      }
      const problem = readRow(text, start, last, table, count * columns, columns)
      if (problem !== null) return refuse({ code: 'bad-row', file, line, problem })
      count++
    }
    start = end + 1
  }
  return ok({ table, count })
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

/** Reads the first `columns` fields; the VM table may have more. */
function readRow(
  text: string,
  start: number,
  end: number,
  table: Float64Array,
  offset: number,
  columns: number,
): 'wrong-field-count' | 'not-a-number' | 'negative' | null {
  let fieldStart = start
  for (let column = 0; column < columns; column++) {
    if (fieldStart > end) return 'wrong-field-count'
    let fieldEnd = fieldStart
    let value = 0
    let plainDigits = true
    while (fieldEnd < end) {
      const digit = text.charCodeAt(fieldEnd) - 48
      if (digit === -4) break
      if (digit < 0 || digit > 9) plainDigits = false
      value = value * 10 + digit
      fieldEnd++
    }
    if (fieldEnd === fieldStart) return column === 0 ? 'not-a-number' : 'wrong-field-count'
    if (!plainDigits) value = Number(text.slice(fieldStart, fieldEnd))
    if (!Number.isFinite(value)) return 'not-a-number'
    if (value < 0) return 'negative'
    table[offset + column] = value
    fieldStart = fieldEnd + 1
  }
  // Eight columns are all a sample has; the VM table ends with a count of samples we do not need.
  if (columns === COLUMNS + 2 && fieldStart <= end) return 'wrong-field-count'
  return null
}

interface Grouped {
  readonly vmIds: number[]
  readonly firstRow: Int32Array
  readonly bin: Int32Array
  readonly values: Float32Array
}

function groupByVm(table: Float64Array, count: number): Result<Grouped, TraceError> {
  const width = COLUMNS + 2
  const indexOf = new Map<number, number>()
  const vmIds: number[] = []
  const vmOfRow = new Int32Array(count)
  for (let row = 0; row < count; row++) {
    const id = table[row * width] ?? 0
    let index = indexOf.get(id)
    if (index === undefined) {
      index = vmIds.length
      indexOf.set(id, index)
      vmIds.push(id)
    }
    vmOfRow[row] = index
  }
  const order = Array.from({ length: count }, (_, row) => row).sort(
    (a, b) =>
      (vmOfRow[a] ?? 0) - (vmOfRow[b] ?? 0) ||
      (table[a * width + 1] ?? 0) - (table[b * width + 1] ?? 0) ||
      a - b,
  )
  const firstRow = new Int32Array(vmIds.length + 1).fill(count)
  const bin = new Int32Array(count)
  const values = new Float32Array(count * COLUMNS)
  for (let to = count - 1; to >= 0; to--) {
    const row = order[to] ?? 0
    const vm = vmOfRow[row] ?? 0
    firstRow[vm] = to
    bin[to] = table[row * width + 1] ?? 0
    for (let column = 0; column < COLUMNS; column++) {
      values[to * COLUMNS + column] = table[row * width + 2 + column] ?? 0
    }
    const next = order[to + 1]
    if (next !== undefined && vmOfRow[next] === vm && bin[to + 1] === bin[to]) {
      return refuse({ code: 'bad-row', file: 'samples', line: next + 2, problem: 'duplicate' })
    }
  }
  return ok({ vmIds, firstRow, bin, values })
}

const TYPICAL_CORE_MHZ = 2600

function fillCapacities(trace: Trace, capacities: Table | null): void {
  const rowOf = new Map<number, number>()
  for (let row = 0; row < (capacities?.count ?? 0); row++) {
    rowOf.set(capacities?.table[row * 4] ?? 0, row)
  }
  for (let vm = 0; vm < trace.vmCount; vm++) {
    const row = rowOf.get(trace.vmIds[vm] ?? -1)
    if (row !== undefined && capacities !== null) {
      trace.cores[vm] = Math.max(1, capacities.table[row * 4 + 1] ?? 1)
      trace.cpuCapacityMhz[vm] = capacities.table[row * 4 + 2] ?? 0
      trace.memCapacityMib[vm] = capacities.table[row * 4 + 3] ?? 0
    }
    if (trace.cpuCapacityMhz[vm] === 0) {
      trace.cores[vm] = Math.max(1, Math.ceil(highest(trace, vm, 0) / TYPICAL_CORE_MHZ))
      trace.cpuCapacityMhz[vm] = (trace.cores[vm] ?? 1) * TYPICAL_CORE_MHZ
    }
    if (trace.memCapacityMib[vm] === 0) {
      trace.memCapacityMib[vm] = Math.max(256, Math.ceil(highest(trace, vm, 1)))
    }
  }
}

function highest(trace: Trace, vm: number, column: number): number {
  let most = 0
  for (let row = trace.firstRow[vm] ?? 0; row < (trace.firstRow[vm + 1] ?? 0); row++) {
    most = Math.max(most, trace.values[row * COLUMNS + column] ?? 0)
  }
  return most
}

export interface TraceSample {
  cpuVcpus: number
  memUsedBytes: number
  diskReadBytesPerSec: number
  diskWriteBytesPerSec: number
  netRxBytesPerSec: number
  netTxBytesPerSec: number
}

/**
 * Load of VM `vmIndex` at `atMs` of the trace, linear between the bins it has (a missing bin is bridged),
 * from the last bin back to the first at the end. An unknown VM is idle. Allocates nothing.
 */
export function sampleTrace(trace: Trace, vmIndex: number, atMs: number, out: TraceSample): void {
  const first = trace.firstRow[vmIndex] ?? 0
  const end = trace.firstRow[vmIndex + 1] ?? first
  if (vmIndex < 0 || vmIndex >= trace.vmCount || end <= first) {
    out.cpuVcpus = out.memUsedBytes = out.diskReadBytesPerSec = 0
    out.diskWriteBytesPerSec = out.netRxBytesPerSec = out.netTxBytesPerSec = 0
    return
  }
  const period = trace.durationMs / BIN_MS
  const position = (((atMs / BIN_MS) % period) + period) % period
  let low = first
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((trace.bin[middle] ?? 0) <= position) low = middle + 1
    else high = middle
  }
  const after = low === end ? first : low
  const before = low === first ? end - 1 : low - 1
  const beforeBin = (trace.bin[before] ?? 0) - (low === first ? period : 0)
  const afterBin = (trace.bin[after] ?? 0) + (low === end ? period : 0)
  const ratio = afterBin > beforeBin ? (position - beforeBin) / (afterBin - beforeBin) : 0
  const mhzPerCore = (trace.cpuCapacityMhz[vmIndex] ?? 1) / (trace.cores[vmIndex] ?? 1)
  out.cpuVcpus = between(trace, before, after, 0, ratio) / mhzPerCore
  out.memUsedBytes = between(trace, before, after, 1, ratio) * 1_048_576
  out.diskReadBytesPerSec = between(trace, before, after, 2, ratio) * 1000
  out.diskWriteBytesPerSec = between(trace, before, after, 3, ratio) * 1000
  out.netRxBytesPerSec = between(trace, before, after, 4, ratio) * 1000
  out.netTxBytesPerSec = between(trace, before, after, 5, ratio) * 1000
}

function between(
  trace: Trace,
  before: number,
  after: number,
  column: number,
  ratio: number,
): number {
  const a = trace.values[before * COLUMNS + column] ?? 0
  const b = trace.values[after * COLUMNS + column] ?? 0
  return a + (b - a) * ratio
}
