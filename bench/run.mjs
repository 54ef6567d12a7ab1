// npm run bench:<name>: bundles bench/<name>/main.ts and every *-process.ts beside it as production code is bundled, then
// runs main. Measured code runs as one plain file in Node, as `npm start` runs it, not through a TypeScript loader.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { build, stop } from 'esbuild'

const root = path.join(import.meta.dirname, '..')
const [name = '', ...args] = process.argv.slice(2)
const folder = path.join(import.meta.dirname, name)
if (name === '' || !fs.existsSync(path.join(folder, 'main.ts'))) {
  const known = fs
    .readdirSync(import.meta.dirname)
    .filter((entry) => fs.existsSync(path.join(import.meta.dirname, entry, 'main.ts')))
  console.error(`There is no benchmark "${name}". Known: ${known.join(', ')}.`)
  process.exit(1)
}

const read = (/** @type {string} */ file) =>
  JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'))
const outside = [
  ...Object.keys(read('package.json').devDependencies),
  ...Object.keys(read('apps/console/package.json').dependencies),
  ...Object.keys(read('apps/agent/package.json').dependencies),
].filter((dependency) => !dependency.startsWith('@drover/'))

const entries = fs
  .readdirSync(folder)
  .filter((entry) => entry === 'main.ts' || entry.endsWith('-process.ts'))
const outdir = path.join(import.meta.dirname, 'dist', name)
/** As scripts/prepare.mjs bundles the console and the agent. @type {import('esbuild').BuildOptions} */
const asInProduction = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
  external: [...new Set(outside)],
}
await build({
  ...asInProduction,
  entryPoints: entries.map((entry) => path.join(folder, entry)),
  outdir,
})
await build({
  ...asInProduction,
  entryPoints: { agent: path.join(root, 'apps/agent/src/main.ts') },
  outdir: path.join(import.meta.dirname, 'dist'),
})

// Its service would otherwise stay beside what is measured.
await stop()

const child = spawn(process.execPath, [path.join(outdir, 'main.mjs'), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, NODE_ENV: 'production' },
})
// A terminal sends Ctrl-C to the whole group; the benchmark ends what it started and then itself.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    if (signal === 'SIGTERM') child.kill(signal)
  })
}
child.on('exit', (code) => process.exit(code ?? 1))
