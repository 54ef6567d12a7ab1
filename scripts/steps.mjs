// What prepare, check and test share. Built-ins only: these run before anything is installed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

export const root = path.join(import.meta.dirname, '..')

/** Settings that keep the tools we start quiet and offline. */
export const quietEnv = {
  NEXT_TELEMETRY_DISABLED: '1',
  CHECKPOINT_DISABLE: '1',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
}

export class StepFailed extends Error {}

/**
 * Runs a program with its output on ours, or collected with `capture` and returned; rejects when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string | undefined>, capture?: boolean, cwd?: string }} [options]
 * @returns {Promise<string>}
 */
export function run(command, args, { env = {}, capture = false, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...quietEnv, ...env },
      stdio: [
        capture ? 'ignore' : 'inherit',
        capture ? 'pipe' : 'inherit',
        capture ? 'pipe' : 'inherit',
      ],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', (error) =>
      reject(new StepFailed(`${command} could not be started: ${error.message}`)),
    )
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output)
      const name = path.basename(args[0]?.startsWith('-') ? command : (args[0] ?? command))
      reject(new StepFailed(`${output}${name} ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}

/** A program of an installed package, run by this Node. */
export const bin = (/** @type {string} */ file) => path.join(root, 'node_modules', file)

/** @param {string} name @param {number} startedAt */
export function report(name, startedAt, note = '') {
  console.log(`[prepare] ${name} ${((performance.now() - startedAt) / 1000).toFixed(1)} s${note}`)
}

const skippedFolders = new Set([
  'node_modules',
  '.next',
  '.next-build',
  'dist',
  'generated',
  'testing',
  'fixtures',
])
const isSource = (/** @type {string} */ name) =>
  !/\.test(-d)?\.tsx?$|^next-env\.d\.ts$|\.tsbuildinfo$/.test(name)

/** Files under the given ones, without tests and without what is generated. @param {string[]} places @returns {string[]} */
function filesOf(places) {
  return places.flatMap((place) => {
    const full = path.join(root, place)
    if (!fs.existsSync(full)) return []
    if (!fs.statSync(full).isDirectory()) return [place]
    return fs
      .readdirSync(full, { withFileTypes: true })
      .filter((entry) =>
        entry.isDirectory() ? !skippedFolders.has(entry.name) : isSource(entry.name),
      )
      .flatMap((entry) => filesOf([path.join(place, entry.name)]))
  })
}

/** One hash over names and contents. @param {string[]} places */
export function hashOf(places) {
  const hash = createHash('sha256')
  for (const file of filesOf(places).sort()) {
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(root, file)))
      .update('\0')
  }
  return hash.digest('hex')
}

/**
 * Does the work unless its inputs are the same as last time and its output is there. The mark is taken away before the
 * work begins, so that a failed or interrupted build is never taken for a good one.
 * @param {{ name: string, inputs: string[], output: string, work: () => Promise<unknown> }} step
 */
export async function step({ name, inputs, output, work }) {
  const mark = path.join(root, 'node_modules/.drover', name.replaceAll(' ', '-'))
  const hash = hashOf(inputs)
  const isDone = () => fs.existsSync(path.join(root, output))
  if (isDone() && fs.existsSync(mark) && fs.readFileSync(mark, 'utf8') === hash) return
  const startedAt = performance.now()
  fs.rmSync(mark, { force: true })
  await work()
  if (!isDone()) throw new StepFailed(`${name} made no ${output}`)
  fs.mkdirSync(path.dirname(mark), { recursive: true })
  fs.writeFileSync(mark, hash)
  report(name, startedAt)
}

/** Prints only the sentence of an expected failure. @param {() => Promise<void>} main */
export async function runMain(main) {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof StepFailed ? error.message : error)
    process.exitCode = 1
  }
}

export const isEntry = (/** @type {string} */ url) =>
  process.argv[1] !== undefined &&
  url === new URL(`file://${fs.realpathSync(process.argv[1])}`).href
