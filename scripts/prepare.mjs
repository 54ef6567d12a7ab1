// Brings a clone to where it can run: packages, Prisma client, built console and agent. Each step is skipped while its
// inputs are unchanged. Built-ins only: it runs before anything is installed.
import './node-version.mjs'
import fs from 'node:fs'
import path from 'node:path'
import { bin, isEntry, report, root, run, runMain, StepFailed, step } from './steps.mjs'

const read = (/** @type {string} */ file) =>
  JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'))

/** True when node_modules holds the versions that the lock file names; packages for other systems may be missing. */
function isInstalled() {
  const installed = 'node_modules/.package-lock.json'
  if (!fs.existsSync(path.join(root, installed))) return false
  const there = read(installed).packages
  return Object.entries(read('package-lock.json').packages).every(([place, wanted]) => {
    if (!place.includes('node_modules/') || wanted.link) return true
    return there[place]
      ? there[place].version === wanted.version
      : wanted.optional || wanted.devOptional
  })
}

export async function install() {
  if (isInstalled()) return
  const startedAt = performance.now()
  console.log('[prepare] installing packages (about a minute) …')
  // npm's own picture of its progress stays behind in the terminal; the seconds show that it goes on.
  const sign = setInterval(() => sayElapsed(startedAt), process.stdout.isTTY ? 1000 : 15_000)
  const npm = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--no-progress']
  try {
    await run('npm', npm, { capture: true })
  } finally {
    clearInterval(sign)
  }
  report('install', startedAt)
}

/** In a terminal always the same line, which the next one replaces. @param {number} startedAt */
function sayElapsed(startedAt) {
  const line = `[prepare] … ${Math.round((performance.now() - startedAt) / 1000)} s`
  process.stdout.write(process.stdout.isTTY ? `${line}\r` : `${line}\n`)
}

export const generate = () =>
  step({
    name: 'generate',
    inputs: ['package-lock.json', 'prisma/schema.prisma', 'prisma.config.ts'],
    output: generatedClient(),
    work: () => run(process.execPath, ['scripts/prisma.mjs', 'generate'], { capture: true }),
  })

/** The schema says where its client goes. */
function generatedClient() {
  const schema = fs.readFileSync(path.join(root, 'prisma/schema.prisma'), 'utf8')
  const output = /^\s*output\s*=\s*"(.+)"/m.exec(schema)?.[1]
  if (!output) throw new StepFailed('prisma/schema.prisma names no output for its generator')
  return path.join('prisma', output)
}

const shared = [
  'package-lock.json',
  'tsconfig.base.json',
  'packages/api-schema',
  'packages/optimizer',
  'apps/console/package.json',
]
const screens = [
  'app',
  'client',
  'features',
  'lib',
  'ui',
  'public',
  'next.config.ts',
  'postcss.config.mjs',
  'proxy.ts',
  'tsconfig.json',
]

/** Built beside the version in use and then put in its place: a failed build leaves the old one whole. */
const buildPages = () =>
  step({
    name: 'build pages',
    inputs: [...shared, ...screens.map((name) => `apps/console/${name}`)],
    output: 'apps/console/.next/BUILD_ID',
    work: async () => {
      const folder = path.join(root, 'apps/console')
      const draft = path.join(folder, '.next-build')
      // Types of routes that are gone would fail the type check of this build.
      for (const stale of [
        draft,
        path.join(folder, '.next/dev'),
        path.join(folder, '.next/types'),
      ]) {
        fs.rmSync(stale, { recursive: true, force: true })
      }
      const env = { NODE_ENV: 'production', NEXT_DIST_DIR: '.next-build' }
      await run(process.execPath, [bin('next/dist/bin/next'), 'build', 'apps/console'], {
        env,
        capture: true,
      })
      if (!fs.existsSync(path.join(draft, 'BUILD_ID')))
        throw new StepFailed('next build made no BUILD_ID')
      fs.rmSync(path.join(folder, '.next'), { recursive: true, force: true })
      fs.renameSync(draft, path.join(folder, '.next'))
    },
  })

/** One file for Node for each entry; packages stay outside, our own workspaces (and zod, which only they use) go in. */
async function bundle(
  /** @type {string} */ app,
  /** @type {Record<string, string>} */ entries, // name in dist → file
) {
  const { build } = await import('esbuild')
  const { dependencies } = read(`apps/${app}/package.json`)
  const { errors } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, file]) => [name, `apps/${app}/${file}`]),
    ),
    outdir: `apps/${app}/dist`,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'warning',
    external: Object.keys(dependencies).filter((name) => !name.startsWith('@drover/')),
  }).catch((/** @type {import('esbuild').BuildFailure} */ failure) => failure)
  if (errors.length) throw new StepFailed(`The ${app} could not be bundled.`)
}

const bundleConsole = () =>
  step({
    name: 'bundle console',
    inputs: [...shared, 'apps/console/server', 'apps/console/lib', 'prisma/schema.prisma'],
    output: 'apps/console/dist/main.mjs',
    work: () =>
      bundle('console', { main: 'server/main.ts', linter: 'server/policies/linter/worker.ts' }),
  })

const bundleAgent = () =>
  step({
    name: 'bundle agent',
    inputs: [...shared, 'packages/hypervisor-sim', 'apps/agent/src', 'apps/agent/package.json'],
    output: 'apps/agent/dist/main.mjs',
    work: () => bundle('agent', { main: 'src/main.ts' }),
  })

export async function prepare() {
  const startedAt = performance.now()
  await install()
  // The pages know nothing of the server, so only its bundle waits for the Prisma client.
  const results = await Promise.allSettled([
    buildPages(),
    generate().then(bundleConsole),
    bundleAgent(),
  ])
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (reasons.length) {
    throw reasons.every((reason) => reason instanceof StepFailed)
      ? new StepFailed(reasons.map((reason) => reason.message).join('\n'))
      : reasons[0]
  }
  report('ready', startedAt)
}

/** `--only agent` for the agent's image, which needs neither pages nor a database. */
const isAgentOnly = process.argv.slice(2).join(' ') === '--only agent'

if (isEntry(import.meta.url)) await runMain(isAgentOnly ? bundleAgent : prepare)
