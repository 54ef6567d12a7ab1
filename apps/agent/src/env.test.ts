import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readEnv } from './env.ts'

const needed = ['--console', 'ws://localhost:3000', '--token', 'secret-token']

function refused(...argv: string[]): string {
  const answer = readEnv(argv, {})
  if (answer.ok) throw new Error('It was accepted')
  return answer.error
}

function accepted(argv: string[], variables: Record<string, string> = {}) {
  const answer = readEnv(argv, variables)
  if (!answer.ok) throw new Error(answer.error)
  if (answer.value.kind !== 'run') throw new Error('It prints')
  return answer.value.env
}

describe('the arguments', () => {
  it('have defaults for all but the console and the token', () => {
    expect(accepted(needed)).toMatchObject({
      hostCount: 1,
      seed: 1,
      peerHost: '127.0.0.1',
      peerPort: 0,
      trace: null,
      hasRealPages: false,
    })
  })

  it.each([
    [['--token', 'x'], '--console'],
    [['--console', 'http://x', '--token', 'x'], 'ws://'],
    [['--console', 'ws://a:b@x', '--token', 'x'], '--token-file'],
    [['--console', 'ws://x'], '--token-file'],
    [[...needed, '--frobnicate'], '--frobnicate'],
    [[...needed, '--hosts', 'many'], '--hosts'],
    [[...needed, '--hosts', '0'], 'from 1'],
    [[...needed, '--name', 'bad name'], '--name'],
    [[...needed, '--peer-port', '70000'], '--peer-port'],
    [[...needed, '--trace', 'x.csv', '--trace-part', '7/6'], '--trace-part'],
    [[...needed, '--trace', 'x.csv', '--trace-speed', '-1'], '--trace-speed'],
    [[...needed, '--hosts', '2', '--config', 'x.json'], '--hosts'],
    [[...needed, '--token-file', '/nonexistent/token'], '/nonexistent/token'],
    [[...needed, 'stray'], 'stray'],
  ])('%j are refused with a sentence that says %s', (argv, words) => {
    const sentence = refused(...argv)
    expect(sentence).toContain(words)
    expect(sentence).not.toContain('\n')
    expect(sentence).not.toContain('secret-token')
  })

  it('take the token from a file before the flag before the environment', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'drover-env-'))
    try {
      const file = path.join(folder, 'token')
      writeFileSync(file, 'from-file\n')
      const console_ = ['--console', 'wss://console']
      expect(accepted(console_, { DROVER_TOKEN: 'from-env' }).token).toBe('from-env')
      expect(
        accepted([...console_, '--token', 'from-flag'], { DROVER_TOKEN: 'from-env' }).token,
      ).toBe('from-flag')
      expect(accepted([...console_, '--token', 'from-flag', '--token-file', file]).token).toBe(
        'from-file',
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('print help and version instead of running', () => {
    expect(readEnv(['--help'], {})).toMatchObject({ ok: true, value: { kind: 'print' } })
    expect(readEnv(['--version'], {})).toEqual({
      ok: true,
      value: { kind: 'print', text: '0.1.0\n' },
    })
  })
})
