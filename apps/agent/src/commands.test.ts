import type { Command, CommandResult } from '@drover/api-schema/agent-protocol.ts'
import type { CommandId } from '@drover/api-schema/ids.ts'
import { domainId, migrationId } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { type CommandHandlers, Commands } from './commands.ts'
import type { CommandRecord } from './journal-records.ts'

const pause: Command = { kind: 'domain-action', domainId: domainId(1), action: 'pause' }
const id = (text: string) => text as CommandId // any text is one

function setUp(remembered: CommandRecord[] = []) {
  const done: (() => void)[] = []
  const written: CommandRecord[] = []
  let effects = 0
  const work = (): Promise<CommandResult> => {
    effects += 1
    return new Promise((resolve) => done.push(() => resolve({ kind: 'done' })))
  }
  const handlers: CommandHandlers = {
    'domain-action': work,
    'prepare-incoming': work,
    'start-outgoing': work,
    'cancel-outgoing': work,
    'steer-outgoing': work,
    'abort-incoming': work,
    'reach-destination': work,
    'lose-incoming': work,
    'resolve-outgoing': work,
    'report-migration': work,
  }
  const commands = new Commands({ handlers, decide: (record) => written.push(record) }, remembered)
  return { commands, written, finish: () => done.shift()?.(), effectCount: () => effects }
}

describe('commands', () => {
  it('with one id take effect once, also while the first is under way, and answer alike', async () => {
    const { commands, effectCount, finish, written } = setUp()
    const answers = [commands.execute(id('a'), pause), commands.execute(id('a'), pause)]
    finish()
    expect(await Promise.all(answers)).toEqual([{ kind: 'done' }, { kind: 'done' }])
    expect(await commands.execute(id('a'), pause)).toEqual({ kind: 'done' })
    expect(effectCount()).toBe(1)
    expect(written).toHaveLength(1)
  })

  it('are written down before they are answered', async () => {
    const { commands, finish, written } = setUp()
    const answer = commands.execute(id('a'), pause).then(() => written.length)
    finish()
    expect(await answer).toBe(1)
  })

  it('that only ask are neither written down nor remembered', async () => {
    const { commands, effectCount, finish, written } = setUp()
    const question: Command = {
      kind: 'report-migration',
      migrationId: migrationId(1),
      domainId: domainId(1),
      generation: 1,
    }
    for (let asked = 0; asked < 2; asked += 1) {
      const answer = commands.execute(id('q'), question)
      finish()
      expect(await answer).toEqual({ kind: 'done' })
    }
    expect(effectCount()).toBe(2)
    expect([written, commands.records()]).toEqual([[], []])
  })

  it('of an earlier run are answered as they were', async () => {
    const { commands, effectCount } = setUp([{ commandId: id('a'), result: { kind: 'done' } }])
    expect(await commands.execute(id('a'), pause)).toEqual({ kind: 'done' })
    expect(effectCount()).toBe(0)
  })

  it('are remembered in a bounded number, the newest ones', async () => {
    const { commands, finish } = setUp()
    for (let count = 0; count < 300; count += 1) {
      const answer = commands.execute(id(`c${count}`), pause)
      finish()
      await answer
    }
    const kept = commands.records().map(({ commandId }) => commandId)
    expect(kept).toHaveLength(256)
    expect(kept.at(-1)).toBe('c299')
  })
})
