import { parseArgs } from 'node:util'
import { StepFailed } from './steps.mjs'

export const help = `npm start -- [options]: the console and simulated hosts on this machine

  --port N          port of the console (default 3000)
  --agents N        how many hosts, 0 to 25 (default 6)
  --no-agents       the console alone
  --data DIR        where everything is kept (default .drover)
  --trace FILE      hosts replay recorded load instead of their own
  --trace-speed N   how many times faster than recorded (default 1)
  --help            this text`

const options = /** @type {const} */ ({
  port: { type: 'string', default: '3000' },
  agents: { type: 'string', default: '6' },
  'no-agents': { type: 'boolean', default: false },
  data: { type: 'string', default: '.drover' },
  trace: { type: 'string' },
  'trace-speed': { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
})

/** @param {string[]} argv */
export function readOptions(argv) {
  const { values } = parse(argv)
  const traceSpeed = Number(values['trace-speed'])
  if (!(traceSpeed > 0 && traceSpeed <= 10_000)) {
    throw new StepFailed(
      `--trace-speed ${values['trace-speed']} is not a number above 0 and up to 10000.`,
    )
  }
  return {
    help: values.help,
    port: wholeNumber('port', values.port, 1, 65_535),
    agents: values['no-agents'] ? 0 : wholeNumber('agents', values.agents, 0, 25),
    data: values.data,
    trace: values.trace,
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
