// npm start: builds what is missing, starts the console and the simulated hosts, prints the link to sign in, and takes
// everything down again in order. It stays small: it runs as long as they do.
import './node-version.mjs'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { builtEntries, Demo, host } from './demo.mjs'
import { help, readOptions } from './start-options.mjs'
import { isEntry, root, runMain, StepFailed } from './steps.mjs'

const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
/** npm passes on the Ctrl-C that the terminal has already sent to us: one press arrives twice. */
const samePressMs = 500

/** Found out before a long build, not after it. @param {number} port @returns {Promise<void>} */
function requireFreePort(port) {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      const reason =
        error.code === 'EADDRINUSE'
          ? `Port ${port} is in use by another program; choose another with "npm start -- --port N".`
          : `Port ${port} cannot be used: ${error.message}.`
      reject(new StepFailed(reason))
    })
    server.listen(port, host, () => server.close(() => resolve()))
  })
}

/** In a process group of its own: what it loads does not stay in memory, and a signal ends it with all it has started.
 * @returns {Promise<void>} */
function prepare() {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'scripts/prepare.mjs')], {
      cwd: root,
      stdio: 'inherit',
      detached: true,
    })
    const interrupt = () => {
      if (child.pid) process.kill(-child.pid, 'SIGTERM')
    }
    for (const signal of signals) process.once(signal, interrupt)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      for (const name of signals) process.off(name, interrupt)
      if (code === 0) return resolve()
      reject(
        new StepFailed(
          signal ? 'Stopped before it was built.' : 'Drover could not be built; see above.',
        ),
      )
    })
  })
}

/** @param {Demo} demo */
function stopOnSignals(demo) {
  let lastAt = 0
  for (const signal of signals) {
    process.on(signal, () => {
      const isSamePress = performance.now() - lastAt < samePressMs
      lastAt = performance.now()
      if (!demo.isStopping) void demo.stop(0)
      else if (!isSamePress) void demo.force()
    })
  }
}

/**
 * @param {string[]} argv
 * @param {{ entries?: import('./demo.mjs').Entries, build?: () => Promise<void> }} [parts]
 * @returns {Promise<number>} the exit code, when everything is down
 */
export async function start(argv, { entries = builtEntries, build = prepare } = {}) {
  const options = readOptions(argv)
  if (options.help) {
    console.log(help)
    return 0
  }
  if (options.trace && !fs.existsSync(path.resolve(root, options.trace))) {
    throw new StepFailed(`There is no trace ${options.trace}.`)
  }
  await requireFreePort(options.port)
  await build()
  const demo = new Demo(options, entries)
  stopOnSignals(demo)
  try {
    await demo.start()
  } catch (error) {
    const wasAsked = demo.isStopping
    await demo.stop(1)
    if (!wasAsked) throw error
  }
  return demo.finished
}

if (isEntry(import.meta.url)) {
  await runMain(async () => {
    process.exitCode = await start(process.argv.slice(2))
  })
}
