import type { DomainFacts } from '@drover/api-schema/domain.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import { err, type Result } from '@drover/api-schema/result.ts'
import { noRules, type RuleJudgement } from '@drover/optimizer/rules/judgement.ts'
import { type Actor, phaseOf } from './actor.ts'
import type { OrchestratorPorts } from './ports.ts'
import { judgeAgain, promisedOn } from './preflight.ts'
import type { StoredMigration } from './record.ts'
import { judgeByRules, overridden } from './rules.ts'
import { bearsOn, withChanges } from './what-changed.ts'

type TurnPorts = Pick<OrchestratorPorts, 'host' | 'domain' | 'rules' | 'changesSince' | 'log'>

/**
 * Once more, now that its turn has come: the fleet is not what it was when it was asked for. What breaks is refused:
 * otherwise it would keep its places for ever, and the queue would stop there.
 */
export function judgeTurn(
  actor: Actor,
  all: readonly Actor[],
  ports: TurnPorts,
): Result<DomainFacts, Refusal> {
  const { migration } = actor.record
  const earlier = before(actor, all)
  try {
    const promised = promisedOn(migration.destinationHostId, earlier, ports)
    const said = saidByRules(actor, all, { ports, earlier })
    const judged = judgeAgain(migration, ports, promised, said)
    if (judged.ok) return judged
    const since = { at: migration.requestedAt }
    const changes = ports.changesSince(since, bearsOn(migration, [judged.error], ports.rules()))
    return err(withChanges(judged.error, changes))
  } catch (error) {
    ports.log.error(`migration ${migration.migrationId} could not be judged: ${String(error)}`)
    return err(refusal('internal', 'Something broke in the console while judging the move.'))
  }
}

/** With those of its group that wait as well: they were judged together. */
function saidByRules(
  actor: Actor,
  all: readonly Actor[],
  { ports, earlier }: { ports: TurnPorts; earlier: readonly StoredMigration[] },
): RuleJudgement {
  const rules = ports.rules()
  const { migration } = actor.record
  if (rules === null) return noRules
  const isMate = (other: Actor) =>
    other === actor ||
    (migration.groupId !== null &&
      other.record.migration.groupId === migration.groupId &&
      phaseOf(other) === 'queued')
  const said = judgeByRules(
    all.filter(isMate).map((mate) => mate.record.migration),
    rules,
    {
      open: all.filter((other) => !isMate(other)).map((other) => other.record),
      purpose: migration.purpose ?? 'manual',
      promisedOn: (hostId) => promisedOn(hostId, earlier, ports),
    },
  ).get(migration.domainId)
  if (said === undefined) return noRules
  return migration.overridden === undefined ? said : overridden(said, migration.overridden.ruleIds)
}

/** The migrations whose promises this one must respect: those under way and those that queued earlier. */
function before(actor: Actor, all: readonly Actor[]): StoredMigration[] {
  const own = all.indexOf(actor)
  return all
    .filter((other, index) => other !== actor && (index < own || phaseOf(other) !== 'queued'))
    .map((other) => other.record)
}
