// Why a process ended, out of the end of its log: JSON lines of ours, or what Node prints when it breaks.
import { stripVTControlCharacters } from 'node:util'

/** The last line that complains, as a sentence without its full stop; null when nothing does. @param {string} text @returns {string | null} */
export function reasonIn(text) {
  for (const line of stripVTControlCharacters(text).split('\n').toReversed()) {
    const reason = complaintOf(line)
    if (reason) return reason.replace(/\.$/, '')
  }
  return null
}

/** @param {string} line */
function complaintOf(line) {
  if (line.startsWith('{')) return complaintOfJson(line)
  // Of a broken Node: its version, places in the code, the properties of the error.
  if (/^(\s|Node\.js v|node:|file:|\}|$)/.test(line)) return null
  return line.trim()
}

/** @param {string} line */
function complaintOfJson(line) {
  try {
    const { level, message, error } = JSON.parse(line)
    if (level !== 'error' && level !== 'warn') return null
    const cause = typeof error?.message === 'string' ? error.message.trim().split('\n').at(-1) : ''
    return cause ? `${String(message).replace(/\.$/, '')}: ${cause}` : String(message)
  } catch {
    return null
  }
}
