// Which hosts the demo has. Six are described in apps/agent/demo; those beyond are like them, with domains of their own.
import fs from 'node:fs'
import path from 'node:path'
import { makeFolders } from './data-folder.mjs'
import { root } from './steps.mjs'

const described = 6
const racks = 3
export const mostHosts = 25

/** @param {number} index from 0 */
const nameOf = (index) => `xen-${String(index + 1).padStart(2, '0')}`

/** @param {number} count */
export const hostNames = (count) => Array.from({ length: count }, (_, index) => nameOf(index))

/** @param {number} index */
const shipped = (index) => path.join(root, `apps/agent/demo/${nameOf(index)}.json`)

/** The next six again, in racks and with names of their own: `web-1`, `web-1-b`, `web-1-c` …
 * @param {number} index */
export function describeHost(index) {
  const host = JSON.parse(fs.readFileSync(shipped(index % described), 'utf8'))
  const round = Math.floor(index / described)
  if (round === 0) return host
  const letter = String.fromCharCode('a'.charCodeAt(0) + round)
  const rack = Number(host.labels.rack.slice(1)) + round * racks
  return {
    ...host,
    name: nameOf(index),
    labels: { ...host.labels, rack: `r${rack}` },
    domains: host.domains.map((/** @type {{ name: string }} */ domain) => ({
      ...domain,
      name: `${domain.name}-${letter}`,
    })),
  }
}

/** The file for an agent's --config; written into the data folder for hosts that have none. @param {number} index @param {string} dataDir */
export function hostConfigFile(index, dataDir) {
  if (index < described) return shipped(index)
  const folder = path.join(dataDir, 'hosts')
  makeFolders(folder)
  const file = path.join(folder, `${nameOf(index)}.json`)
  fs.writeFileSync(file, `${JSON.stringify(describeHost(index), null, 2)}\n`)
  return file
}

/** The part of a recording that a host plays. @param {number} index
 * @param {{ trace?: string | undefined, traceSpeed: number, agents: number }} options */
export function replayArgs(index, { trace, traceSpeed, agents }) {
  if (trace === undefined) return []
  const file = path.resolve(root, trace)
  const part = `${index + 1}/${agents}`
  return ['--trace', file, '--trace-speed', String(traceSpeed), '--trace-part', part]
}
