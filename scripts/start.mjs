// npm start: builds what is missing, starts the console and the simulated hosts, prints the link to sign in, and takes
// everything down again in order. It stays small: it runs as long as they do.
import './node-version.mjs'
import { spawn } from 'node:child_process'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { DataFolder } from './data-folder.mjs'
import { builtEntries, Demo, host } from './demo.mjs'
import { requireSameFleet } from './demo-fleet.mjs'
import { help, readOptions } from './start-options.mjs'
import { isEntry, root, runMain, StepFailed } from './steps.mjs'
import { requireTrace } from './trace-file.mjs'

const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
/** npm passes on the Ctrl-C that the terminal has already sent to us: one press arrives twice. */
const samePressMs = 500

/** Found out before a long build, not after it. @param {number} port */
async function requireFreePort(port) {
  const error = await listenError(port)
  if (error === null) return
  if (error.code !== 'EADDRINUSE')
    throw new StepFailed(`Port ${port} cannot be used: ${error.message}.`)
  const user = (await isDroverOn(port))
    ? 'by Drover with another data folder; stop it, or'
    : 'by another program;'
  throw new StepFailed(
    `Port ${port} is in use ${user} choose another with "npm start -- --port N".`,
  )
}

/** @param {number} port @returns {Promise<NodeJS.ErrnoException | null>} */
function listenError(port) {
  return new Promise((resolve) => {
    const server = net.createServer().once('error', resolve)
    server.listen(port, host, () => server.close(() => resolve(null)))
  })
}

/** @param {number} port @returns {Promise<boolean>} */
function isDroverOn(port) {
  return new Promise((resolve) => {
    const request = http.get({ host, port, path: '/api/v1/health', timeout: 1000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
        if (text.length > 1000) request.destroy()
      })
      response.on('close', () => resolve(/^{"status":"(ok|degraded)"}$/.test(text)))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
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
  if (options.trace) requireTrace(path.resolve(root, options.trace), options.trace)
  const dataDir = path.resolve(root, options.data)
  const folder = new DataFolder(dataDir, {
    shown: options.data,
    url: `http://localhost:${options.port}`,
  })
  try {
    requireSameFleet(dataDir, options)
    await requireFreePort(options.port)
    await build()
    return await runDemo(new Demo(options, entries))
  } catch (error) {
    folder.discard()
    throw error
  } finally {
    folder.release()
  }
}

/** @param {Demo} demo */
async function runDemo(demo) {
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
