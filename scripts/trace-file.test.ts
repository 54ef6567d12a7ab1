import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { parseBitbrains } from '../packages/hypervisor-sim/src/trace.ts'
import { requireTrace, traceHeader } from './trace-file.mjs'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-trace-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

function write(name: string, content: string | Buffer): string {
  const file = path.join(folder, name)
  fs.writeFileSync(file, content)
  return file
}

const rows = Array.from({ length: 5000 }, (_, bin) => `7,${bin},${bin % 977},1,2,3,4,5`)
const trace = [traceHeader, ...rows, ''].join('\n')

test('the first line that is asked for is the one that hosts can play', () => {
  expect(parseBitbrains(trace, null).ok).toBe(true)
})

test('a trace passes, packed or not', () => {
  expect(() => requireTrace(write('a.csv', trace), 'a.csv')).not.toThrow()
  expect(() => requireTrace(write('a.csv.gz', gzipSync(trace)), 'a.csv.gz')).not.toThrow()
})

test.each([
  ['b.csv', 'root:x:0:0\n', /^b\.csv is no recorded load/],
  ['empty.csv', '', /^empty\.csv is no recorded load/],
  ['c.csv.gz', trace, /^The trace c\.csv\.gz cannot be read: /],
])('%s is refused with a sentence', (name, content, sentence) => {
  expect(() => requireTrace(write(name, content), name)).toThrow(sentence)
})
