// What the hosts in a data folder were made from. They remember their domains, so options that say which domains there
// are mean something only when the hosts are made; later they must be the same.
import fs from 'node:fs'
import path from 'node:path'
import { hostNames, mostHosts } from './demo-hosts.mjs'
import { StepFailed } from './steps.mjs'

/**
 * @typedef {{ trace: string, speed: number, agents: number } | { trace: null }} Fleet `trace` is the file's name
 * @typedef {{ trace?: string | undefined, traceSpeed: number, agents: number, data: string }} Wish
 */

/** How a recording is dealt out depends on the number of hosts; without one their number is free. @param {Wish} wish @returns {Fleet} */
const wished = ({ trace, traceSpeed, agents }) =>
  trace === undefined ? { trace: null } : { trace: path.basename(trace), speed: traceSpeed, agents }

const fileIn = (/** @type {string} */ folder) => path.join(folder, 'demo-fleet.json')

/** @param {string} folder @returns {Fleet | null} */
function fleetIn(folder) {
  const file = fileIn(folder)
  if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, 'utf8'))
  const hasHosts = hostNames(mostHosts).some((name) =>
    fs.existsSync(path.join(folder, 'agents', name, name, 'journal')),
  )
  return hasHosts ? { trace: null } : null
}

/** @param {Fleet} fleet */
function describe(fleet) {
  if (fleet.trace === null) return 'hosts with loads of their own'
  const hosts = fleet.agents === 1 ? 'one host that replays' : `${fleet.agents} hosts that replay`
  return `${hosts} ${fleet.trace} at speed ${fleet.speed}`
}

/** Refuses options that would silently do nothing. @param {string} folder @param {Wish} wish */
export function requireSameFleet(folder, wish) {
  const there = fleetIn(folder)
  if (there === null || describe(there) === describe(wished(wish))) return
  throw new StepFailed(
    `The data folder ${wish.data} holds ${describe(there)}, and they keep what they have; choose another folder with "npm start -- --data DIR", or delete this one.`,
  )
}

/** @param {string} folder @param {Wish} wish @returns {() => void} what forgets it, when the hosts were not made after all */
export function rememberFleet(folder, wish) {
  const file = fileIn(folder)
  if (fs.existsSync(file)) return () => {}
  fs.writeFileSync(file, `${JSON.stringify(wished(wish))}\n`)
  return () => fs.rmSync(file, { force: true })
}
