import type { DestinationStatus, SourceStatus } from '@drover/api-schema/agent-protocol.ts'
import type { DomainFacts } from '@drover/api-schema/domain.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { Steering } from '@drover/api-schema/migration.ts'
import type { MigrationPriority } from '@drover/api-schema/migration-terms.ts'
import type { CommandKey, Role } from './record.ts'

/** What the machine is told: facts only, with the console's time. */
export type MigrationEvent = { readonly at: number } & (
  | { readonly type: 'admitted' }
  | { readonly type: 'preflight-passed'; readonly domain: DomainFacts }
  | { readonly type: 'preflight-refused'; readonly refusal: Refusal }
  | { readonly type: 'prepared'; readonly ticket: string; readonly peerUrl: string }
  | { readonly type: 'preparation-refused'; readonly refusal: Refusal }
  | { readonly type: 'outgoing-started' }
  | { readonly type: 'outgoing-refused'; readonly refusal: Refusal }
  /** `cancel`, `abort`, `resume` or `release` was taken; a report follows. */
  | { readonly type: 'command-taken'; readonly key: CommandKey }
  /** …or was refused: what the host's state is has to be asked. */
  | { readonly type: 'command-refused'; readonly key: CommandKey }
  | {
      readonly type: 'source-reported'
      readonly generation: number
      readonly status: SourceStatus
    }
  | {
      readonly type: 'destination-reported'
      readonly generation: number
      readonly status: DestinationStatus
      readonly isAnswerToAbort: boolean
    }
  /** Asked, and the host knows nothing of this migration. */
  | { readonly type: 'source-unknown' }
  | { readonly type: 'destination-unknown' }
  | { readonly type: 'cancel-requested'; readonly by: string }
  | {
      readonly type: 'priority-changed'
      readonly priority: MigrationPriority
      readonly by: string
    }
  /** The source has taken it. */
  | { readonly type: 'steered'; readonly steering: Steering; readonly by: string }
  /** Others came, went or were given another limit. */
  | { readonly type: 'share-changed'; readonly bytesPerSec: number | null }
  /** Its next try is in the database. */
  | { readonly type: 'retried'; readonly migrationId: MigrationId }
  /** …or there will be none. */
  | { readonly type: 'retry-dropped' }
  /** An administrator decides what became of the domain where no host can say. */
  | {
      readonly type: 'resolution-ordered'
      readonly by: string
      readonly resolution: 'resume' | 'release'
    }
  | { readonly type: 'host-connected'; readonly role: Role }
  | { readonly type: 'host-rebooted'; readonly role: Role }
  | { readonly type: 'host-disconnected'; readonly role: Role }
  /** An administrator has removed the host: it will not come back to be tidied up. */
  | { readonly type: 'host-removed'; readonly role: Role }
  /** A while has passed without news. Leads to asking, and to nothing else that touches a guest. */
  | { readonly type: 'nothing-heard' }
)
