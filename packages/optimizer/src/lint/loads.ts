import { invariant } from '@drover/api-schema/result.ts'
import type { Instance, Unit } from './instance.ts'

/**
 * One piece: a placement of units under change, with what each constraint carries and which are broken. All constraints are
 * cells in one row: memory of each host, CPU of each host, each place of each "apart", each set of racks, each pool of
 * licences. A cell has an excess (0: it holds) and a weight; the sum of weight times excess is what a search brings down.
 */
export class Loads {
  readonly instance: Instance
  /** Host of each unit; -1 before it is placed. */
  readonly hostOf: Int32Array
  private readonly cells: Cells
  private readonly used: Float64Array
  private readonly weight: Float64Array
  /** Cells that do not hold, in no order, and the place of each cell in that list. */
  private readonly broken: number[] = []
  private readonly brokenIndex: Int32Array
  private readonly unitsOn: Set<number>[]
  /** Units of each pool on each host. */
  private readonly licenceUnits: Int32Array
  /** Members of each set of racks in each rack. */
  private readonly rackUnits: Int32Array

  constructor(instance: Instance) {
    this.instance = instance
    this.cells = cellsOf(instance)
    const { count } = this.cells
    this.hostOf = new Int32Array(instance.units.length).fill(-1)
    this.used = new Float64Array(count)
    this.weight = new Float64Array(count).fill(1)
    this.brokenIndex = new Int32Array(count).fill(-1)
    this.unitsOn = Array.from({ length: instance.problem.hostCount }, () => new Set<number>())
    this.licenceUnits = new Int32Array(instance.licences.length * instance.problem.hostCount)
    this.rackUnits = new Int32Array(instance.racks.length * this.rackCount)
    // A host can owe more than it has before anything is on it.
    for (let cell = 0; cell < 2 * instance.problem.hostCount; cell += 1) this.refresh(cell)
  }

  get brokenCount(): number {
    return this.broken.length
  }

  brokenAt(index: number): number {
    return this.broken[index] ?? -1
  }

  weighBroken(): void {
    for (const cell of this.broken) this.weight[cell] = (this.weight[cell] ?? 0) + 1
  }

  /** Units that take part in a cell. */
  culpritsOf(cell: number): readonly number[] {
    const { instance, cells, hostOf } = this
    const { hostCount } = instance.problem
    if (cell < 2 * hostCount) return [...(this.unitsOn[cell % hostCount] ?? [])]
    if (cell < cells.rackStart) {
      const index = cells.apartOf[cell - 2 * hostCount] ?? 0
      const apart = instance.aparts[index]
      const place = cell - (cells.apartStart[index] ?? 0)
      return (apart?.units ?? []).filter((unit) => apart?.placeOf[hostOf[unit] ?? -1] === place)
    }
    if (cell < cells.licenceStart) return instance.racks[cell - cells.rackStart]?.units ?? []
    return instance.licences[cell - cells.licenceStart]?.units ?? []
  }

  /** How much lighter all that is broken would be with the unit on that host; negative: heavier. */
  gainOf(number: number, host: number): number {
    const unit = this.unit(number)
    const from = this.hostOf[number] ?? -1
    if (from === host) return 0
    return (
      this.gainOfHosts(unit, from, host) +
      this.gainOfAparts(number, unit, from, host) +
      this.gainOfRacks(unit, from, host) +
      this.gainOfLicences(unit, from, host)
    )
  }

  move(number: number, host: number): void {
    const unit = this.unit(number)
    const from = this.hostOf[number] ?? -1
    if (from === host) return
    if (from >= 0) this.change(number, unit, from, -1)
    this.hostOf[number] = host
    if (host >= 0) this.change(number, unit, host, 1)
  }

  private unit(number: number): Unit {
    const unit = this.instance.units[number]
    invariant(unit !== undefined, 'units are asked for by their number')
    return unit
  }

  private get rackCount(): number {
    return this.instance.problem.snapshot.rackNames.length
  }

  private excess(cell: number, used: number): number {
    const limit = this.cells.limit[cell] ?? 0
    return used > limit ? (used - limit) / (this.cells.unit[cell] ?? 1) : 0
  }

  /** Gain of a cell that carries `more` than now. */
  private gain(cell: number, more: number): number {
    const used = this.used[cell] ?? 0
    return (this.weight[cell] ?? 0) * (this.excess(cell, used) - this.excess(cell, used + more))
  }

  private gainOfHosts(unit: Unit, from: number, to: number): number {
    const { hostCount } = this.instance.problem
    const arrives = this.gain(to, unit.mem) + this.gain(hostCount + to, unit.cpu)
    if (from < 0) return arrives
    return arrives + this.gain(from, -unit.mem) + this.gain(hostCount + from, -unit.cpu)
  }

  private gainOfAparts(number: number, unit: Unit, from: number, to: number): number {
    let sum = 0
    for (const index of unit.aparts) {
      const apart = this.instance.aparts[index]
      const start = this.cells.apartStart[index] ?? 0
      const weight = apart?.weightOf.get(number) ?? 0
      const before = from < 0 ? -1 : (apart?.placeOf[from] ?? -1)
      const after = apart?.placeOf[to] ?? -1
      if (before === after) continue
      sum += this.gain(start + after, weight)
      if (before >= 0) sum += this.gain(start + before, -weight)
    }
    return sum
  }

  private gainOfRacks(unit: Unit, from: number, to: number): number {
    const { rackOf } = this.instance.problem.snapshot
    const before = from < 0 ? -1 : (rackOf[from] ?? -1)
    const after = rackOf[to] ?? -1
    if (before === after) return 0
    let sum = 0
    for (const index of unit.racks) {
      const cell = this.cells.rackStart + index
      const start = index * this.rackCount
      this.countRack(start + before, before, -1)
      this.countRack(start + after, after, 1)
      const more = this.spread(index) - (this.used[cell] ?? 0)
      this.countRack(start + after, after, -1)
      this.countRack(start + before, before, 1)
      sum += this.gain(cell, more)
    }
    return sum
  }

  private countRack(at: number, rack: number, more: number): void {
    if (rack >= 0) this.rackUnits[at] = (this.rackUnits[at] ?? 0) + more
  }

  /** Members that are not in the rack that has most of them. */
  private spread(index: number): number {
    let most = 0
    let all = 0
    for (let rack = 0; rack < this.rackCount; rack += 1) {
      const there = this.rackUnits[index * this.rackCount + rack] ?? 0
      all += there
      if (there > most) most = there
    }
    return all - most
  }

  private gainOfLicences(unit: Unit, from: number, to: number): number {
    let sum = 0
    const { hostCount } = this.instance.problem
    for (const index of unit.licences) {
      const { costOf } = this.instance.licences[index] ?? { costOf: new Int32Array(0) }
      const start = index * hostCount
      let more = this.licenceUnits[start + to] === 0 ? (costOf[to] ?? 0) : 0
      if (from >= 0 && this.licenceUnits[start + from] === 1) more -= costOf[from] ?? 0
      if (more !== 0) sum += this.gain(this.cells.licenceStart + index, more)
      // Leaving one of several is no gain yet, but the way to one.
      else if (from >= 0) sum += this.lean(start, from, to)
    }
    return sum
  }

  /** A little, for gathering a pool on the hosts that have most of it. */
  private lean(start: number, from: number, to: number): number {
    const there = this.licenceUnits[start + to] ?? 0
    const here = (this.licenceUnits[start + from] ?? 0) - 1
    return there > here ? 1e-3 : there < here ? -1e-3 : 0
  }

  private change(number: number, unit: Unit, host: number, sign: 1 | -1): void {
    const { problem, aparts, licences } = this.instance
    const { hostCount, snapshot } = problem
    if (sign === 1) this.unitsOn[host]?.add(number)
    else this.unitsOn[host]?.delete(number)
    this.add(host, sign * unit.mem)
    this.add(hostCount + host, sign * unit.cpu)
    for (const index of unit.aparts) {
      const apart = aparts[index]
      const place = apart?.placeOf[host] ?? -1
      this.add(
        (this.cells.apartStart[index] ?? 0) + place,
        sign * (apart?.weightOf.get(number) ?? 0),
      )
    }
    for (const index of unit.racks) {
      const rack = snapshot.rackOf[host] ?? -1
      this.countRack(index * this.rackCount + rack, rack, sign)
      const cell = this.cells.rackStart + index
      this.add(cell, this.spread(index) - (this.used[cell] ?? 0))
    }
    for (const index of unit.licences) {
      const at = index * hostCount + host
      const before = this.licenceUnits[at] ?? 0
      this.licenceUnits[at] = before + sign
      const isNew = sign === 1 ? before === 0 : before === 1
      if (isNew)
        this.add(this.cells.licenceStart + index, sign * (licences[index]?.costOf[host] ?? 0))
    }
  }

  private add(cell: number, more: number): void {
    this.used[cell] = (this.used[cell] ?? 0) + more
    this.refresh(cell)
  }

  private refresh(cell: number): void {
    const isBroken = this.excess(cell, this.used[cell] ?? 0) > 0
    const at = this.brokenIndex[cell] ?? -1
    if (isBroken && at < 0) {
      this.brokenIndex[cell] = this.broken.push(cell) - 1
    } else if (!isBroken && at >= 0) {
      const last = this.broken.pop() ?? cell
      if (last !== cell) {
        this.broken[at] = last
        this.brokenIndex[last] = at
      }
      this.brokenIndex[cell] = -1
    }
  }
}

type Cells = {
  readonly count: number
  readonly limit: Float64Array
  /** What counts as one too much: a domain of middle size, one member, one licence. */
  readonly unit: Float64Array
  readonly apartStart: readonly number[]
  /** Which "apart" each of its cells is of, from the first such cell on. */
  readonly apartOf: readonly number[]
  readonly rackStart: number
  readonly licenceStart: number
}

/** CPU is measured: what differs in the ninth place is the same. */
const cpuAir = 1e-6

function cellsOf({ problem, units, memLimit, cpuLimit, aparts, racks, licences }: Instance): Cells {
  const { hostCount } = problem
  const apartStart: number[] = []
  const apartOf: number[] = []
  const limits: number[] = [...memLimit, ...cpuLimit.map((limit) => limit + cpuAir)]
  aparts.forEach(({ atMost, placeCount }, index) => {
    apartStart.push(limits.length)
    for (let place = 0; place < placeCount; place += 1) {
      limits.push(atMost)
      apartOf.push(index)
    }
  })
  const rackStart = limits.length
  for (const _ of racks) limits.push(0)
  const licenceStart = limits.length
  for (const { count } of licences) limits.push(count)
  const meanMem = units.reduce((sum, { mem }) => sum + mem, 0) / Math.max(1, units.length)
  const meanCpu = units.reduce((sum, { cpu }) => sum + cpu, 0) / Math.max(1, units.length)
  const unit = new Float64Array(limits.length).fill(1)
  unit.fill(Math.max(1, meanMem), 0, hostCount)
  unit.fill(Math.max(0.01, meanCpu), hostCount, 2 * hostCount)
  return {
    count: limits.length,
    limit: Float64Array.from(limits),
    unit,
    apartStart,
    apartOf,
    rackStart,
    licenceStart,
  }
}
