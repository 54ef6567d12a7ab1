// What the demo hears from its processes and says of them.

/**
 * @typedef {import('./supervise.mjs').Supervised} Supervised
 * @typedef {{ url: string, firstAdminLink: string | null }} Ready
 */

/** @param {string[]} names @param {boolean[]} connected */
export function hostsInWords(names, connected) {
  if (!names.length) return 'without hosts'
  const missing = names.filter((_, index) => !connected[index])
  const all = names.length === 1 ? 'one host' : `${names.length} hosts`
  if (!missing.length) return `with ${all}`
  const have = missing.length === 1 ? 'has' : 'have'
  return `with ${names.length - missing.length} of ${all}; ${missing.join(', ')} ${have} not connected yet`
}

/** The rest of a sentence about a console that did not come up. @param {Supervised} process */
export function whyNotReady(process) {
  const what = process.hasEnded ? process.endingAndReason : 'was not ready after two minutes'
  return `${what}; its log is ${process.logFile}`
}

/** @param {string} name @param {Supervised} agent */
export function whyNever(name, agent) {
  const said = agent.said('failed')?.message
  const sentence = said === undefined ? `it ${agent.endingAndReason}` : String(said)
  return `${name} cannot run: ${sentence.replace(/\.?$/, '.')}`
}

/** @param {import('./supervise.mjs').Message} said @returns {Ready} */
export const readyOf = (said) => ({
  url: String(said.url),
  firstAdminLink: said.firstAdminLink ? String(said.firstAdminLink) : null,
})
