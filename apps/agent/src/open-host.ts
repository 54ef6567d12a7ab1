import { randomBytes, randomUUID } from 'node:crypto'
import path from 'node:path'
import type { BootId, HostId } from '@drover/api-schema/ids.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import type { HostConfig } from './host-config.ts'
import { decodeJournal, encodeLine, JournalCorruptError, type JournalStorage } from './journal.ts'
import { openJournalFile } from './journal-file.ts'
import { findBrokenPromise, type Identity, type JournalState, replay } from './journal-records.ts'
import type { Logger } from './log.ts'
import {
  bootSimHypervisor,
  restoreSimHypervisor,
  type SimHypervisor,
  type TraceSource,
} from './sim-hypervisor.ts'

export type OpenHost = {
  readonly storage: JournalStorage
  readonly recovered: JournalState & { readonly identity: Identity }
  readonly hypervisor: SimHypervisor
}

export type OpenHostOptions = {
  readonly config: HostConfig
  readonly storage: JournalStorage
  readonly seed: number
  readonly hasRealPages: boolean
  readonly trace: TraceSource | null
  /** The host has lost its power since: its domains are gone, and a new boot id says so. */
  readonly hasRebooted?: boolean
  readonly now: () => number
  readonly newId: () => string
  readonly newKey: () => string
  readonly log: Logger
}

/** A host from its journal, or a new one if there is none. Err is a sentence: the agent must not start. */
export function openHost(options: OpenHostOptions): Result<OpenHost, string> {
  const read = readJournal(options.storage, options.log)
  if (!read.ok) return read
  const { config, hasRealPages, newId, now, seed, storage, trace } = options
  const { identity, checkpoint } = read.value
  if (options.hasRebooted === true && identity !== null)
    return bootAgain(options, { ...read.value, identity })
  if (identity !== null && checkpoint !== null) {
    const how = { seed, bootId: identity.bootId, newId, hasRealPages, trace }
    const restored = restoreSimHypervisor(checkpoint, how)
    if (!restored.ok) return err(`The journal's checkpoint is not usable: ${restored.error}.`)
    const hypervisor = restored.value
    const broken = findBrokenPromise(
      read.value.migrations,
      (domainId) => hypervisor.findDomain(domainId)?.generation ?? null,
    )
    if (broken !== null) return err(`The journal contradicts itself. ${broken}. ${whatToDo}`)
    return ok({ storage, recovered: { ...read.value, identity }, hypervisor })
  }
  const fresh: Identity = identity ?? {
    // A new host: these are where its ids come from.
    hostId: newId() as HostId,
    hostKey: options.newKey(),
    bootId: newId() as BootId,
    bootedAt: now(),
  }
  const booted = bootSimHypervisor(config, {
    seed,
    bootId: fresh.bootId,
    newId,
    hasRealPages,
    trace,
  })
  if (!booted.ok) return err(`The simulated host ${config.name} cannot be: ${booted.error}`)
  return ok({ storage, recovered: { ...read.value, identity: fresh }, hypervisor: booted.value })
}

/** The same host after a power cut: it knows who it is and what it has promised, and has no domain any more. */
function bootAgain(
  { config, hasRealPages, newId, now, seed, storage, trace }: OpenHostOptions,
  read: JournalState & { readonly identity: Identity },
): Result<OpenHost, string> {
  // The platform's UUID is where boot ids come from.
  const identity = { ...read.identity, bootId: newId() as BootId, bootedAt: now() }
  const how = { seed, bootId: identity.bootId, newId, hasRealPages, trace }
  const booted = bootSimHypervisor({ ...config, domains: [] }, how)
  if (!booted.ok) return err(`The simulated host ${config.name} cannot be: ${booted.error}`)
  return ok({ storage, recovered: { ...read, identity }, hypervisor: booted.value })
}

const whatToDo = "Restore it from a backup, or remove it and give up this host's identity."

function readJournal(storage: JournalStorage, log: Logger): Result<JournalState, string> {
  try {
    const { records, isTorn } = decodeJournal(storage.read())
    if (isTorn) {
      log.warn('The last line of the journal was torn by a crash and is left out.')
      storage.replace(records.map(encodeLine).join(''))
    }
    return ok(replay(records))
  } catch (cause) {
    if (!(cause instanceof JournalCorruptError)) throw cause
    return err(`${cause.message} ${whatToDo}`)
  }
}

export function journalFileOf(dataFolder: string, hostName: string): string {
  return path.join(dataFolder, hostName, 'journal')
}

export const openStorage = openJournalFile
export const randomId = () => randomUUID()
export const randomSecret = () => randomBytes(32).toString('base64url')
