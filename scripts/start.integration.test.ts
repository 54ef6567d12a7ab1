import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { traceHeader } from './trace-file.mjs'

/** Stand-ins that keep the contract of the real processes and write down what happens to them. */
const common = `
import fs from 'node:fs'
const note = (what) => fs.appendFileSync(process.env.JOURNAL, name + ' ' + what + ' ' + process.pid + '\\n')
const end = (why) => { note(why); process.exit(0) }
process.on('SIGTERM', () => end('stopped'))
process.on('disconnect', () => end('orphaned'))
setInterval(() => {}, 1000)
`
const consoleStandIn = `const name = 'console'
${common}
note('started')
if (process.env.MODE === 'refuse') { process.send({ type: 'failed', message: 'Another Drover console already uses this.' }, () => process.exit(1)) }
else if (process.env.MODE === 'crash' || (process.env.MODE === 'once' && fs.existsSync(process.env.JOURNAL + '.once'))) {
  console.error(JSON.stringify({ level: 'info', message: 'Starting.' }) + '\\nError: the last words\\n    at here (x.js:1:1)\\n')
  process.exit(3)
}
else process.send({ type: 'ready', url: 'http://127.0.0.1:' + process.env.PORT, firstAdminLink: process.env.MODE === 'known' ? null : 'http://127.0.0.1/first' })
if (process.env.MODE === 'once') fs.writeFileSync(process.env.JOURNAL + '.once', '')
if (process.env.MODE === 'stubborn') { process.removeAllListeners('SIGTERM'); process.on('SIGTERM', () => note('asked')) }
if (!process.env.DROVER_ENROLMENT_TOKEN) note('no-token')
`
const agentStandIn = `
const name = process.argv[process.argv.indexOf('--data') + 1].split('/').at(-1)
${common}
note('started')
const isRefused = process.env.MODE === 'refused-host' || (process.env.MODE === 'refused-later' && fs.existsSync(process.env.JOURNAL + name))
if (isRefused) process.send({ type: 'failed', message: 'The journal is damaged.' }, () => process.exit(2))
else process.send({ type: 'connected' })
fs.writeFileSync(process.env.JOURNAL + name, '')
`

let folder: string
let running: ChildProcess[]

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-start-'))
  running = []
  fs.writeFileSync(path.join(folder, 'console.mjs'), consoleStandIn)
  fs.writeFileSync(path.join(folder, 'agent.mjs'), agentStandIn)
  const start = pathToFileURL(path.join(import.meta.dirname, 'start.mjs')).href
  const steps = pathToFileURL(path.join(import.meta.dirname, 'steps.mjs')).href
  fs.writeFileSync(
    path.join(folder, 'main.mjs'),
    `import { start } from ${JSON.stringify(start)}
     import { runMain } from ${JSON.stringify(steps)}
     const entries = { console: ${JSON.stringify(path.join(folder, 'console.mjs'))}, agent: ${JSON.stringify(path.join(folder, 'agent.mjs'))} }
     await runMain(async () => {
       process.exitCode = await start(process.argv.slice(2), { entries, build: async () => {} })
     })`,
  )
})

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL')
  await vi.waitFor(() => expect(survivors()).toEqual([]), { timeout: 5000 })
  fs.rmSync(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo // a TCP server has an AddressInfo
  server.close()
  return port
}

async function launch(mode: string, ...args: string[]) {
  const port = await freePort()
  const argv = [
    path.join(folder, 'main.mjs'),
    '--port',
    String(port),
    '--data',
    path.join(folder, 'data'),
    ...args,
  ]
  const env = { ...process.env, MODE: mode, JOURNAL: path.join(folder, 'journal') }
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const closed = once(child, 'close')
  return {
    child,
    output: () => output,
    says: (text: string) => vi.waitFor(() => expect(output).toContain(text), { timeout: 10_000 }),
    exitCode: async () => (await closed)[0] as number | null, // the first argument of 'close'
  }
}

interface Note {
  name: string
  what: string
  pid: number
}

function journal(): Note[] {
  const file = path.join(folder, 'journal')
  if (!fs.existsSync(file)) return []
  const lines = fs.readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [name = '', what = '', pid = ''] = line.split(' ')
    return { name, what, pid: Number(pid) }
  })
}

const happened = () => journal().map(({ name, what }) => `${name} ${what}`)

function survivors(): number[] {
  const pids = new Set(journal().map((note) => note.pid))
  return [...pids].filter((pid) => {
    try {
      process.kill(pid, 0)
      return !fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
    } catch {
      return false
    }
  })
}

test('prints one link when console and hosts are up, and takes all down in order', async () => {
  const demo = await launch('fresh', '--agents', '3')
  await demo.says('Sign in for the first time: http://127.0.0.1/first')
  expect(demo.output()).toContain('Drover is running with 3 hosts')
  expect(demo.output().match(/http:/g)).toHaveLength(1)
  demo.child.kill('SIGINT')
  expect(await demo.exitCode()).toBe(0)
  expect(happened().at(-1)).toBe('console stopped')
  expect(happened().filter((line) => line.endsWith('stopped'))).toHaveLength(4)
  expect(demo.output()).toContain('Stopping xen-01, xen-02, xen-03')
  expect(survivors()).toEqual([])
})

test('one enrolment token is made, kept private, and handed to both sides', async () => {
  const demo = await launch('known', '--agents', '1')
  await demo.says('Sign in: http://127.0.0.1')
  const file = path.join(folder, 'data/demo-enrolment-token')
  expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  expect(fs.readFileSync(file, 'utf8')).toMatch(/^[\w-]{43}$/)
  expect(happened()).not.toContain('console no-token')
  demo.child.kill('SIGTERM')
  expect(await demo.exitCode()).toBe(0)
})

test('prints exactly the sentence with which the console refuses, and leaves nothing', async () => {
  const demo = await launch('refuse')
  expect(await demo.exitCode()).toBe(1)
  expect(demo.output()).toBe('Another Drover console already uses this.\n')
  expect(happened()).toEqual(['console started'])
  expect(fs.existsSync(path.join(folder, 'data'))).toBe(false)
})

test('a folder that was there before a failed start stays, with what was in it', async () => {
  const kept = path.join(folder, 'data/kept')
  fs.mkdirSync(path.dirname(kept))
  fs.writeFileSync(kept, '')
  const demo = await launch('refuse')
  expect(await demo.exitCode()).toBe(1)
  expect(fs.existsSync(kept)).toBe(true)
  expect(fs.existsSync(path.join(folder, 'data/start.lock'))).toBe(false)
})

test('a console that crashes at start is reported with the reason out of its log', async () => {
  const demo = await launch('crash')
  expect(await demo.exitCode()).toBe(1)
  expect(demo.output()).toMatch(
    /^The console ended with exit code 3 \(Error: the last words\); its log is .*console\.log\.\n$/,
  )
})

test('a console that dies is started again; hosts go on', async () => {
  const demo = await launch('fresh', '--agents', '2')
  await demo.says('Sign in')
  process.kill(journal().find((note) => note.name === 'console')?.pid ?? 0, 'SIGKILL')
  await demo.says('The console is running again.')
  expect(demo.output()).toContain(
    'The console was ended by SIGKILL and is started again; hosts, domains and running migrations go on.\n',
  )
  expect(happened().filter((line) => line.startsWith('xen-'))).toHaveLength(2)
  expect(happened().filter((line) => line === 'console started')).toHaveLength(2)
  // The first link is void after a restart.
  expect(demo.output().match(/Sign in for the first time/g)).toHaveLength(2)
  demo.child.kill('SIGINT')
  expect(await demo.exitCode()).toBe(0)
})

test('a console that does not come up any more is given up with its reason', async () => {
  const demo = await launch('once', '--agents', '1')
  await demo.says('Sign in')
  process.kill(journal().find((note) => note.name === 'console')?.pid ?? 0, 'SIGKILL')
  expect(await demo.exitCode()).toBe(1)
  expect(happened().filter((line) => line === 'console started')).toHaveLength(6)
  expect(demo.output()).toMatch(
    /did not come up 5 times in a row and is given up: the last one ended with exit code 3 \(Error: the last words\); its log is /,
  )
  expect(demo.output()).not.toContain('{"level"')
  expect(happened()).toContain('xen-01 stopped')
})

test('a host that can never run ends the start with its sentence', async () => {
  const demo = await launch('refused-host', '--agents', '3')
  expect(await demo.exitCode()).toBe(1)
  expect(demo.output()).toMatch(/^xen-0[123] cannot run: The journal is damaged\.\n$/)
  expect(fs.existsSync(path.join(folder, 'data'))).toBe(false)
})

test('a host that can no longer run is reported once and not started again', async () => {
  const demo = await launch('refused-later', '--agents', '2')
  await demo.says('Sign in')
  process.kill(journal().find((note) => note.name === 'xen-02')?.pid ?? 0, 'SIGKILL')
  await demo.says('xen-02 cannot run: The journal is damaged. It is not started again.')
  demo.child.kill('SIGINT')
  expect(await demo.exitCode()).toBe(0)
  expect(happened().filter((line) => line === 'xen-02 started')).toHaveLength(2)
})

test('a second start on the same data folder changes nothing there', async () => {
  const demo = await launch('fresh', '--agents', '1')
  await demo.says('Sign in')
  const before = fs.readdirSync(path.join(folder, 'data/logs'))
  const second = await launch('fresh', '--agents', '1')
  expect(await second.exitCode()).toBe(1)
  expect(second.output()).toMatch(
    /^Drover already runs on the data folder .*data, at http:\/\/localhost:\d+; stop it first, or .*\n$/,
  )
  expect(fs.readdirSync(path.join(folder, 'data/logs'))).toEqual(before)
  expect(happened()).toHaveLength(2)
  demo.child.kill('SIGINT')
  expect(await demo.exitCode()).toBe(0)
})

test('the lock of a start that was killed counts for nothing', async () => {
  const first = await launch('fresh', '--agents', '0')
  await first.says('Sign in')
  first.child.kill('SIGKILL')
  await first.exitCode()
  const second = await launch('fresh', '--agents', '0')
  await second.says('Sign in')
  second.child.kill('SIGINT')
  expect(await second.exitCode()).toBe(0)
})

test('every one of 25 hosts has a description', async () => {
  const demo = await launch('fresh', '--agents', '25')
  await demo.says('Drover is running with 25 hosts.')
  demo.child.kill('SIGINT')
  expect(await demo.exitCode()).toBe(0)
})

test('a host that dies is started again', async () => {
  const demo = await launch('fresh', '--agents', '1')
  await demo.says('Sign in')
  process.kill(journal().find((note) => note.name === 'xen-01')?.pid ?? 0, 'SIGKILL')
  await demo.says('xen-01 was ended by SIGKILL; it is started again in 0.5 s.')
  await vi.waitFor(
    () => expect(happened().filter((line) => line === 'xen-01 started')).toHaveLength(2),
    5000,
  )
  demo.child.kill('SIGINT')
  expect(await demo.exitCode()).toBe(0)
})

test('when it is killed itself, its processes notice and end', async () => {
  const demo = await launch('fresh', '--agents', '2')
  await demo.says('Sign in')
  demo.child.kill('SIGKILL')
  await demo.exitCode()
  await vi.waitFor(() =>
    expect(happened().filter((line) => line.endsWith('orphaned'))).toHaveLength(3),
  )
})

test('a second Ctrl-C kills what does not stop', async () => {
  const demo = await launch('stubborn', '--agents', '0')
  await demo.says('Sign in')
  demo.child.kill('SIGINT')
  await vi.waitFor(() => expect(happened()).toContain('console asked'))
  // The terminal's signal and npm's copy of it are one press; half a second later it is another.
  const pressedAt = performance.now()
  await vi.waitUntil(() => performance.now() - pressedAt > 600, { timeout: 2000 })
  demo.child.kill('SIGINT')
  expect(await demo.exitCode()).toBe(0)
  expect(demo.output()).toContain('Killing what is still running.')
})

test('a port in use is said before anything is started', async () => {
  const taken = net.createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as net.AddressInfo // a TCP server has an AddressInfo
  const demo = await launch('fresh', '--port', String(port))
  expect(await demo.exitCode()).toBe(1)
  expect(demo.output()).toBe(
    `Port ${port} is in use by another program; choose another with "npm start -- --port N".\n`,
  )
  expect(journal()).toEqual([])
  taken.close()
})

test.each([
  [['--fast'], 'There is no option --fast; "npm start -- --help" lists them.\n'],
  [['--agents', 'many'], '--agents many is not a whole number from 0 to 25.\n'],
  [['--agents', '26'], '--agents 26 is not a whole number from 0 to 25.\n'],
  [
    ['--agents', '3', '--no-agents'],
    '--agents and --no-agents contradict each other; leave one of them out.\n',
  ],
  [['--trace', 'nowhere.csv'], 'There is no trace nowhere.csv.\n'],
  [
    ['--trace', 'package.json'],
    `package.json is no recorded load that Drover can play: its first line must be "${traceHeader}".\n`,
  ],
  [
    ['--trace', 'scripts'],
    'The trace scripts cannot be read: EISDIR: illegal operation on a directory, read.\n',
  ],
  [
    ['--trace', 'package.json', '--no-agents'],
    '--trace needs hosts that play it; leave out --no-agents and --agents 0.\n',
  ],
  [
    ['--trace-speed', '60'],
    '--trace-speed says how fast --trace FILE is played; name that file too.\n',
  ],
  [
    ['--data', '/proc/drover'],
    `The data folder /proc/drover cannot be used (ENOENT: no such file or directory, mkdir '/proc/drover'); choose another with "npm start -- --data DIR".\n`,
  ],
  [['--trace-speed', '0'], '--trace-speed 0 is not a number above 0 and up to 10000.\n'],
])('refuses %j with a sentence', async (args, sentence) => {
  const demo = await launch('fresh', ...args)
  expect(await demo.exitCode()).toBe(1)
  expect(demo.output()).toBe(sentence)
})
