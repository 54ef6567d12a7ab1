import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rememberFleet, requireSameFleet } from './demo-fleet.mjs'
import { readOptions } from './start-options.mjs'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-fleet-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true }))

const plain = readOptions([])
const replayed = readOptions(['--trace', 'somewhere/day.csv.gz', '--trace-speed', '60'])

test('a recorded load has a data folder of its own unless one is named', () => {
  expect(plain.data).toBe('.drover')
  expect(replayed.data).toBe('.drover/trace')
  expect(readOptions(['--trace', 'day.csv', '--data', 'here']).data).toBe('here')
})

test('a new folder takes any fleet, and then only that one', () => {
  expect(() => requireSameFleet(folder, replayed)).not.toThrow()
  rememberFleet(folder, replayed)
  const moved = readOptions(['--trace', 'elsewhere/day.csv.gz', '--trace-speed', '60'])
  expect(() => requireSameFleet(folder, moved)).not.toThrow()
  for (const other of [
    plain,
    readOptions(['--trace', 'somewhere/day.csv.gz']),
    readOptions(['--trace', 'somewhere/day.csv.gz', '--trace-speed', '60', '--agents', '3']),
    readOptions(['--trace', 'night.csv.gz', '--trace-speed', '60']),
  ]) {
    expect(() => requireSameFleet(folder, other)).toThrow(
      /holds 6 hosts that replay day\.csv\.gz at speed 60, .* --data DIR/,
    )
  }
})

test('a folder of an earlier version, which has hosts and no such note, holds ordinary ones', () => {
  const journal = path.join(folder, 'agents/xen-02/xen-02/journal')
  fs.mkdirSync(path.dirname(journal), { recursive: true })
  fs.writeFileSync(journal, '')
  expect(() => requireSameFleet(folder, plain)).not.toThrow()
  expect(() => requireSameFleet(folder, replayed)).toThrow(/hosts with loads of their own/)
})

test('the number of ordinary hosts may change', () => {
  rememberFleet(folder, plain)
  expect(() => requireSameFleet(folder, readOptions(['--agents', '12']))).not.toThrow()
})

test('a note of a start that came to nothing is taken back, an older one is not', () => {
  const forget = rememberFleet(folder, replayed)
  forget()
  expect(() => requireSameFleet(folder, plain)).not.toThrow()
  rememberFleet(folder, plain)
  rememberFleet(folder, plain)()
  expect(() => requireSameFleet(folder, replayed)).toThrow()
})
