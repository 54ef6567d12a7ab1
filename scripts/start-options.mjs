import { parseArgs } from 'node:util'
import { mostHosts } from './demo-hosts.mjs'
import { StepFailed } from './steps.mjs'

export const help = `npm start -- [options]: the console and simulated hosts on this machine

  --port N          port of the console (default 3000)
  --agents N        how many hosts, 0 to ${mostHosts} (default 6)
  --no-agents       the console alone
  --data DIR        where everything is kept (default .drover; with --trace .drover/trace)
  --trace FILE      hosts replay a recorded load instead of their own (CSV, may be .gz; see README)
  --trace-speed N   how many times faster than recorded (default 1)
  --help            this text`

const options = /** @type {const} */ ({
  port: { type: 'string' },
  agents: { type: 'string' },
  'no-agents': { type: 'boolean' },
  data: { type: 'string' },
  trace: { type: 'string' },
  'trace-speed': { type: 'string' },
  help: { type: 'boolean' },
})

/** @param {string[]} argv */
export function readOptions(argv) {
  const { values } = parse(argv)
  const { trace } = values
  const traceSpeed = Number(values['trace-speed'] ?? 1)
  if (!(traceSpeed > 0 && traceSpeed <= 10_000)) {
    throw new StepFailed(
      `--trace-speed ${values['trace-speed']} is not a number above 0 and up to 10000.`,
    )
  }
  if (values['no-agents'] && values.agents !== undefined) {
    throw new StepFailed('--agents and --no-agents contradict each other; leave one of them out.')
  }
  const agents = values['no-agents'] ? 0 : wholeNumber('agents', values.agents ?? '6', 0, mostHosts)
  if (trace !== undefined && agents === 0) {
    throw new StepFailed('--trace needs hosts that play it; leave out --no-agents and --agents 0.')
  }
  if (trace === undefined && values['trace-speed'] !== undefined) {
    throw new StepFailed('--trace-speed says how fast --trace FILE is played; name that file too.')
  }
  return {
    help: values.help ?? false,
    port: wholeNumber('port', values.port ?? '3000', 1, 65_535),
    agents,
    // Hosts keep the domains they were made with: replaying ones are others, in a folder of their own.
    data: values.data ?? (trace === undefined ? '.drover' : '.drover/trace'),
    trace,
    traceSpeed,
  }
}

/** @param {string[]} argv */
function parse(argv) {
  try {
    return parseArgs({ args: argv, options })
  } catch {
    for (const arg of argv) {
      const name = arg.replace(/^--/, '').split('=')[0] ?? ''
      if (arg.startsWith('-') && !Object.hasOwn(options, name)) {
        throw new StepFailed(`There is no option ${arg}; "npm start -- --help" lists them.`)
      }
    }
    throw new StepFailed(
      `"${argv.join(' ')}" cannot be understood; "npm start -- --help" lists the options.`,
    )
  }
}

/** @param {string} name @param {string} text @param {number} least @param {number} most */
function wholeNumber(name, text, least, most) {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value
  throw new StepFailed(`--${name} ${text} is not a whole number from ${least} to ${most}.`)
}
