import type { Command, CommandResult } from '@drover/api-schema/agent-protocol.ts'
import type { CommandId } from '@drover/api-schema/ids.ts'
import type { Hypervisor } from './hypervisor.ts'
import type { CommandRecord } from './journal-records.ts'
import type { Migrations } from './migrations.ts'

/** Answers that are remembered: far more than a console can have on the wire, a few hundred bytes each. */
const maxRemembered = 256

export type CommandHandlers = {
  readonly [K in Command['kind']]: (
    command: Extract<Command, { kind: K }>,
  ) => Promise<CommandResult>
}

/** A command to the port or to the migrations; total over the contract, so a new command does not compile until it is here. */
export function makeHandlers(hypervisor: Hypervisor, migrations: Migrations): CommandHandlers {
  return {
    'domain-action': async ({ domainId, action }) => {
      const done = await hypervisor.act(domainId, action)
      return done.ok ? { kind: 'done' } : { kind: 'rejected', refusal: done.error }
    },
    'prepare-incoming': (command) => migrations.prepare(command),
    'start-outgoing': (command) => migrations.start(command),
    'cancel-outgoing': (command) => migrations.cancel(command),
    'steer-outgoing': async (command) => migrations.steer(command),
    'abort-incoming': (command) => migrations.abort(command),
    'reach-destination': async (command) => migrations.reach(command),
    'lose-incoming': (command) => migrations.lose(command),
    'resolve-outgoing': (command) => migrations.resolve(command),
    'report-migration': async (command) => migrations.describe(command),
  }
}

function isQuestion(command: Command): boolean {
  return command.kind === 'report-migration'
}

export type CommandsDeps = {
  readonly handlers: CommandHandlers
  /** On disk when it returns, with what the command changed. */
  readonly decide: (record: CommandRecord) => void
}

/**
 * Commands come at least once and have effect at most once: an id that was answered gets the same answer, one that is being
 * worked on waits for it. The answer is on disk before it is given.
 */
export class Commands {
  readonly #deps: CommandsDeps
  readonly #answered = new Map<CommandId, CommandResult>()
  readonly #running = new Map<CommandId, Promise<CommandResult>>()

  constructor(deps: CommandsDeps, remembered: readonly CommandRecord[]) {
    this.#deps = deps
    for (const { commandId, result } of remembered) this.#remember(commandId, result)
  }

  execute(commandId: CommandId, command: Command): Promise<CommandResult> {
    // A question changes nothing, and asked again it should get the answer of now: nothing to remember, nothing to write.
    if (isQuestion(command)) return this.#dispatch(command)
    const answered = this.#answered.get(commandId)
    if (answered !== undefined) return Promise.resolve(answered)
    const running = this.#running.get(commandId)
    if (running !== undefined) return running
    const work = this.#work(commandId, command).finally(() => this.#running.delete(commandId))
    this.#running.set(commandId, work)
    return work
  }

  records(): CommandRecord[] {
    return [...this.#answered].map(([commandId, result]) => ({ commandId, result }))
  }

  async #work(commandId: CommandId, command: Command): Promise<CommandResult> {
    const result = await this.#dispatch(command)
    this.#remember(commandId, result)
    this.#deps.decide({ commandId, result })
    return result
  }

  #dispatch(command: Command): Promise<CommandResult> {
    // The table's entry for a kind takes the command of that kind; TypeScript cannot follow that through the union.
    const handler = this.#deps.handlers[command.kind] as (
      command: Command,
    ) => Promise<CommandResult>
    return handler(command)
  }

  #remember(commandId: CommandId, result: CommandResult): void {
    this.#answered.set(commandId, result)
    for (const oldest of this.#answered.keys()) {
      if (this.#answered.size <= maxRemembered) break
      this.#answered.delete(oldest)
    }
  }
}
