/** Rules about the repository itself, so that no reviewer has to remember them. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

const root = import.meta.dirname
const read = (file: string) => fs.readFileSync(path.join(root, file), 'utf8')

/** What is or will be committed: tracked files and new ones that .gitignore does not name. */
const files = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .split('\0')
  .filter((file) => file !== '' && fs.existsSync(path.join(root, file)))

const isTest = (file: string) => /\.test(-d)?\.tsx?$|\.e2e\.ts$|\/testing\/|\/fixtures\//.test(file)
const sources = files.filter((file) => /\.(ts|tsx|mjs)$/.test(file))
const product = sources.filter((file) => !isTest(file))
const textFiles = files.filter((file) => !/\.(png|jpg|ico|woff2?|gz|bin|webp)$/.test(file))

/** Comments and strings taken out, so that talking about a thing is not using it. */
function codeOf(file: string): string {
  return read(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, `''`)
}

describe('packages', () => {
  const manifests = files
    .filter((file) => /^(apps\/[^/]+\/|packages\/[^/]+\/)?package\.json$/.test(file))
    .map((file) => ({ file, json: JSON.parse(read(file)) }))

  test('every version is pinned exactly, and to the same number in every workspace', () => {
    const seen = new Map<string, string>()
    const wrong: string[] = []
    for (const { file, json } of manifests) {
      const all = { ...json.dependencies, ...json.devDependencies, ...json.optionalDependencies }
      for (const [name, version] of Object.entries<string>(all)) {
        if (!/^\d+\.\d+\.\d+/.test(version)) wrong.push(`${file}: ${name} ${version} is a range`)
        const before = seen.get(name) ?? version
        seen.set(name, before)
        if (before !== version) wrong.push(`${file}: ${name} ${version}, elsewhere ${before}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('all parts of Prisma have one version', () => {
    const versions = manifests.flatMap(({ json }) =>
      Object.entries<string>({ ...json.dependencies, ...json.devDependencies }).filter(
        ([name]) => /^(@prisma\/|prisma$)/.test(name) && name !== '@prisma/schema-engine-wasm',
      ),
    )
    expect(new Set(versions.map(([, version]) => version)).size).toBe(1)
  })

  test('every workspace names the licence and is private', () => {
    for (const { file, json } of manifests) {
      expect({ file, license: json.license, private: json.private }).toEqual({
        file,
        license: 'Apache-2.0',
        private: true,
      })
    }
  })

  test('the lock file names no download addresses', () => {
    expect(read('package-lock.json')).not.toContain('"resolved": "http')
  })

  test('the lock file knows the builds for other systems, or npm ci fails there', () => {
    const { packages } = JSON.parse(read('package-lock.json'))
    const { optionalDependencies } = JSON.parse(read('package.json'))
    for (const name of Object.keys(optionalDependencies)) {
      expect(packages).toHaveProperty([`node_modules/${name}`])
    }
  })
})

describe('code', () => {
  test('process.env is read in env.ts, configs and scripts only', () => {
    const mayRead = /(^|\/)env\.ts$|^scripts\/|^tools\/|\.config\.(ts|mjs)$|^e2e\/|^bench\//
    const readers = product.filter(
      (file) => !mayRead.test(file) && /process\.env/.test(codeOf(file)),
    )
    // Next's compiler replaces NODE_ENV at build time; nothing is read when this runs.
    expect(readers.filter((file) => file !== 'apps/console/proxy.ts')).toEqual([])
  })

  test('the simulator and the optimizer know no clock, timer or chance of their own', () => {
    const impure =
      /\bDate\b|\bperformance\b|\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|Math\.random|\bcrypto\b/
    const pure = product.filter((file) => /^packages\/(hypervisor-sim|optimizer)\/src\//.test(file))
    expect(pure.filter((file) => impure.test(codeOf(file)))).toEqual([])
  })

  test('only Next and configs have default exports, and no file only passes on others', () => {
    const nextFiles = /^apps\/console\/app\/|\.config\.(ts|mjs)$|\/testing\/global-setup\.ts$/
    const defaults = sources.filter(
      (file) => !nextFiles.test(file) && /^export default\b/m.test(codeOf(file)),
    )
    const barrels = sources.filter((file) => /^export (\*|\{[^}]*\}) from/m.test(codeOf(file)))
    expect({ defaults, barrels }).toEqual({ defaults: [], barrels: [] })
  })

  test('no biome-ignore, type assertion to any, or ts-ignore without its reason', () => {
    const wrong = sources.filter((file) =>
      /biome-ignore [\w/]+:?\s*$|@ts-(ignore|nocheck)/m.test(read(file)),
    )
    expect(wrong.filter((file) => file !== 'house.test.ts')).toEqual([])
  })

  test('a file over 300 lines says at its head why it is one thing', () => {
    // The contract, tables and tests are exempt: cutting them up would hide what belongs together.
    const exempt = /^packages\/api-schema\/src\/|(^|\/)(endpoints|errors)\.ts$/
    const long = product.filter((file) => {
      if (exempt.test(file)) return false
      const lines = read(file).split('\n')
      if (lines.length <= 301) return false
      const head = lines.slice(0, 60).join('\n')
      return !/one (thing|file|table|whole|piece|machine|class|function|screen|component)/i.test(
        head,
      )
    })
    expect(long).toEqual([])
  })

  test('names of files are kebab-case', () => {
    const names = sources.map((file) => path.basename(file))
    expect(
      names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.(ts|tsx|mjs)$/.test(name)),
    ).toEqual([])
  })
})

describe('words', () => {
  test('nothing names a machine of ours or the host of a package registry', () => {
    // In pieces, so that this file does not contain them.
    const forbidden = [
      ['/wo', 'rk/'],
      ['/tmp/', 'bash'],
      ['registry.', 'npm'],
      ['deb.', 'debian'],
      ['regis', 'try.yarnpkg'],
      ['.lib', 'rary'],
    ].map((parts) => parts.join(''))
    const found = textFiles.flatMap((file) => {
      const text = read(file)
      return forbidden.filter((word) => text.includes(word)).map((word) => `${file}: ${word}`)
    })
    expect(found).toEqual([])
  })

  test('the shared data folder is read by tests and benchmarks only', () => {
    const shared = ['..', 'shared'].join('/')
    const readers = textFiles.filter((file) => read(file).includes(shared))
    expect(readers.filter((file) => !isTest(file) && !file.startsWith('bench/'))).toEqual([])
  })
})

describe('documents', () => {
  test('every decision is in the list, and the list has no others', () => {
    const decisions = files
      .map((file) => /^docs\/adr\/(\d{4}-.+\.md)$/.exec(file)?.[1])
      .filter((name) => name !== undefined)
    const list = fs.existsSync(path.join(root, 'docs/adr/README.md'))
      ? read('docs/adr/README.md')
      : ''
    const listed = [...list.matchAll(/\((?:\.\/)?(\d{4}-[^)]+\.md)\)/g)].map((match) => match[1])
    expect(listed.sort()).toEqual(decisions.sort())
  })

  test('links between documents lead somewhere', () => {
    const broken = files
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        [...read(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
          .map((match) => path.join(path.dirname(file), match[1] ?? ''))
          .filter((target) => !fs.existsSync(path.join(root, target)))
          .map((target) => `${file} → ${target}`),
      )
    expect(broken).toEqual([])
  })

  test('.env.example names every setting that the two programs read', () => {
    const example = read('.env.example')
    const missing = files
      .filter((file) => /^apps\/(agent\/src|console\/server)\/env\.ts$/.test(file))
      .flatMap((file) => [...read(file).matchAll(/\b(DROVER_[A-Z_]+|DATABASE_URL|PORT|HOST)\b/g)])
      .map((match) => match[1] ?? '')
      .filter((name) => !new RegExp(`^#? ?${name}=`, 'm').test(example))
    expect([...new Set(missing)]).toEqual([])
  })

  test('the command that the README gives for the tests is the one that continuous integration runs', () => {
    expect(read('README.md')).toContain('npm test')
    expect(read('.ci/run')).toMatch(/exec npm test$/m)
    expect(JSON.parse(read('package.json')).scripts.test).toBe('node scripts/test.mjs')
  })
})
