// A first look at a recorded load, before anything is started; the agents read the whole of it and say what is wrong inside.
import fs from 'node:fs'
import { constants, gunzipSync } from 'node:zlib'
import { StepFailed } from './steps.mjs'

export const traceHeader =
  'vm,bin,cpu_mhz,mem_used_mib,disk_rd_kbs,disk_wr_kbs,net_rx_kbs,net_tx_kbs'
const lookBytes = 4096

/** @param {string} file @param {string} shown as it was typed */
export function requireTrace(file, shown) {
  if (!fs.existsSync(file)) throw new StepFailed(`There is no trace ${shown}.`)
  let line
  try {
    line = firstLine(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StepFailed(`The trace ${shown} cannot be read: ${reason}.`)
  }
  if (line.startsWith(traceHeader)) return
  throw new StepFailed(
    `${shown} is no recorded load that Drover can play: its first line must be "${traceHeader}".`,
  )
}

/** @param {string} file */
function firstLine(file) {
  const open = fs.openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(lookBytes)
    const bytes = buffer.subarray(0, fs.readSync(open, buffer, 0, lookBytes, 0))
    // The beginning of a compressed file is enough to unpack its first line.
    const text = file.endsWith('.gz')
      ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
      : bytes
    return text.toString('utf8').split('\n', 1)[0]?.trim() ?? ''
  } finally {
    fs.closeSync(open)
  }
}
