import type { AgentDownFrame, Command, CommandResult } from '@drover/api-schema/agent-protocol.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { CommandId, HostId } from '@drover/api-schema/ids.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import type { Clock } from '../clock.ts'

type Answer = Result<CommandResult, Refusal>
type Pending = {
  readonly hostId: HostId
  readonly frame: string
  readonly answer: Promise<Answer>
  readonly settle: (answer: Answer) => void
}

/** Commands that wait for their answer. A command is sent again after each reconnect; its id makes it happen once. */
export function createPendingCommands(clock: Clock) {
  const pending = new Map<CommandId, Pending>()

  return {
    /** The frame to send, and the answer to come. The same id again waits for the same answer. */
    add(input: {
      hostId: HostId
      hostName: string
      commandId: CommandId
      command: Command
      timeoutMs: number
    }): { frame: string; answer: Promise<Answer> } {
      const known = pending.get(input.commandId)
      if (known !== undefined) return known
      const { commandId, command } = input
      const frame = JSON.stringify({ type: 'command', commandId, command } satisfies AgentDownFrame)
      const { promise, resolve } = withResolvers<Answer>()
      const cancel = clock.setTimer(input.timeoutMs, () => {
        const sentence = `${input.hostName} did not answer within ${Math.round(input.timeoutMs / 1000)} s.`
        entry.settle(err(refusal('command-timeout', sentence)))
      })
      const entry: Pending = {
        hostId: input.hostId,
        frame,
        answer: promise,
        settle(answer) {
          cancel()
          pending.delete(commandId)
          resolve(answer)
        },
      }
      pending.set(commandId, entry)
      return entry
    },

    /** False for an answer nobody waits for (any more). */
    answered(hostId: HostId, commandId: CommandId, result: CommandResult): boolean {
      const entry = pending.get(commandId)
      if (entry === undefined || entry.hostId !== hostId) return false
      entry.settle(ok(result))
      return true
    },

    framesFor(hostId: HostId): string[] {
      return [...pending.values()]
        .filter((entry) => entry.hostId === hostId)
        .map((entry) => entry.frame)
    },

    /** Nothing will be answered any more. */
    abandonAll(): void {
      for (const entry of [...pending.values()]) {
        entry.settle(err(refusal('unavailable', 'The console is stopping.')))
      }
    },
  }
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil
  })
  return { promise, resolve }
}
