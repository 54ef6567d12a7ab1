import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestConsole } from './testing/test-console.ts'

/** The real process, as `npm start` runs it but from source. */
const main = path.join(import.meta.dirname, 'main.ts')
const demo = path.join(import.meta.dirname, '..', 'demo', 'xen-04.json')
const trace = path.resolve(
  import.meta.dirname,
  '../../../../shared/data/bitbrains/rnd_2013-08-07.csv.gz',
)

let console_: TestConsole
let folder: string
let processes: ChildProcess[]

beforeEach(async () => {
  console_ = await TestConsole.start()
  folder = mkdtempSync(path.join(tmpdir(), 'drover-agent-'))
  processes = []
})
afterEach(async () => {
  await Promise.all(
    processes.map((child) => {
      if (child.exitCode !== null || child.signalCode !== null) return null
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      return gone
    }),
  )
  await console_.stop()
  rmSync(folder, { recursive: true, force: true })
})

type Run = {
  child: ChildProcess
  stderr: () => string
  exit: Promise<number | string | null>
  messages: unknown[]
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    cwd: import.meta.dirname,
    env: {},
  })
  processes.push(child)
  let text = ''
  child.stderr?.on('data', (data) => {
    text += data
  })
  const messages: unknown[] = []
  child.on('message', (message) => messages.push(message))
  const exit = new Promise<number | string | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal)),
  )
  return { child, stderr: () => text, exit, messages }
}

const needed = () => [
  '--console',
  console_.url,
  '--token',
  'a-secret-token',
  '--data',
  path.join(folder, 'data'),
]

describe('the agent process', () => {
  it('refuses a bad flag and a bad configuration with one sentence and exit code 2', async () => {
    const badFlag = run(...needed(), '--frobnicate')
    expect(await badFlag.exit).toBe(2)
    expect(badFlag.stderr().trim().split('\n')).toHaveLength(1)
    // Whoever started it hears the same sentence.
    expect(badFlag.messages).toEqual([{ type: 'failed', message: badFlag.stderr().trim() }])
    const file = path.join(folder, 'bad.json')
    writeFileSync(file, '{"name":"x"}')
    const badConfig = run(...needed(), '--config', file)
    expect(await badConfig.exit).toBe(2)
    expect(badConfig.stderr()).toContain('bad.json')
    expect(badConfig.stderr().trim().split('\n')).toHaveLength(1)
    const badFolder = run(...needed(), '--config', demo, '--data', '/proc/drover')
    expect(await badFolder.exit).toBe(2)
    expect(badFolder.stderr()).toMatch(/^--data \/proc\/drover cannot be used: .*\n$/)
  })

  it('connects, says so to its parent, is the only one on its data, and stops in order', async () => {
    const first = run(...needed(), '--config', demo)
    const [hostId] = await console_.until(
      'it connects',
      () => console_.hosts.size === 1 && [...console_.hosts.keys()],
    )
    await console_.until('two batches', () => console_.host(hostId ?? '').batches.length >= 2)
    expect(first.messages).toEqual([{ type: 'connected', name: 'xen-04' }])
    const second = run(...needed(), '--config', demo)
    expect(await second.exit).toBe(2)
    expect(second.stderr()).toContain('Another agent is using the data folder')
    const closed = new Promise((resolve) =>
      console_.host(hostId ?? '').socket.once('close', resolve),
    )
    first.child.kill('SIGTERM')
    expect(await closed).toBe(1001)
    expect(await first.exit).toBe(0)
    expect(first.stderr()).not.toContain('a-secret-token')
    expect(existsSync(path.join(folder, 'data', 'agent.lock'))).toBe(false)
  })

  it('is the same host after kill -9, and leaves when its parent does', async () => {
    const first = run(...needed(), '--config', demo)
    const before = await console_.until('it connects', () => [...console_.hosts.values()][0])
    const { hostId, hostKey, bootId, instanceId } = before.hello
    first.child.kill('SIGKILL')
    await first.exit
    const second = run(...needed(), '--config', demo)
    await console_.until('it is back', () => console_.helloCounts.get(hostId) === 2)
    const { hello } = console_.host(hostId)
    expect(hello).toMatchObject({ hostId, hostKey, bootId })
    expect(hello.instanceId).not.toBe(instanceId)
    second.child.disconnect()
    expect(await second.exit).toBe(0)
  })

  it('stops with a sentence when its journal is damaged', async () => {
    const first = run(...needed(), '--config', demo)
    await console_.until('it connects', () => console_.hosts.size === 1)
    first.child.kill('SIGTERM')
    await first.exit
    writeFileSync(path.join(folder, 'data', 'xen-04', 'journal'), 'damaged\nlines\n')
    const second = run(...needed(), '--config', demo)
    expect(await second.exit).toBe(2)
    expect(second.stderr()).toContain('damaged')
  })

  it('runs several hosts, each with an identity and a socket of its own', async () => {
    const fleet = run(...needed(), '--name', 'farm', '--hosts', '5', '--domains-per-host', '3')
    await console_.until('five hosts', () => console_.hosts.size === 5)
    const names = [...console_.hosts.values()].map(({ hello }) => hello.name).sort()
    expect(names).toEqual(['farm-0001', 'farm-0002', 'farm-0003', 'farm-0004', 'farm-0005'])
    await console_.until('batches of three domains from each', () =>
      [...console_.hosts.values()].every(({ batches }) => batches.at(-1)?.domainCount === 3),
    )
    expect(fleet.messages).toEqual([{ type: 'connected', name: 'farm' }])
    expect(console_.badFrames).toEqual([])
  })

  it.skipIf(!existsSync(trace))(
    'plays a recorded trace (skipped without shared/data/bitbrains)',
    async () => {
      run(
        ...needed(),
        '--config',
        demo,
        '--trace',
        trace,
        '--trace-part',
        '2/6',
        '--trace-domains',
        '4',
        '--trace-speed',
        '60',
      )
      const host = await console_.until('it connects', () => [...console_.hosts.values()][0])
      const facts = await console_.until(
        'its inventory',
        () => console_.facts(host.hello.hostId)[0],
      )
      if (facts.type !== 'inventory-reported') throw new Error('not an inventory')
      const names = facts.domains.map(({ name }) => name)
      expect(names.length).toBeGreaterThan(0)
      expect(names.every((name) => /^bb-\d{4}$/.test(name))).toBe(true)
      await console_.until('samples', () => console_.host(host.hello.hostId).batches.length >= 2)
      expect(console_.badFrames).toEqual([])
    },
  )
})
