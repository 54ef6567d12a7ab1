import { crc32 } from 'node:zlib'

/**
 * A small durable file of JSON lines: what must survive a restart of the agent.
 *
 *     <crc32 of the JSON, 8 hex digits> <JSON>\n
 *
 * A line torn by a crash can only be the last one; it was never acted on and is cut off. Anything else that does not
 * check is corruption: the agent stops with a sentence rather than guess what it has promised.
 */
export type JournalStorage = {
  /** Whole content, empty when there is none yet. */
  read(): string
  append(text: string): void
  /** Returns when everything appended is on the disk. */
  sync(): void
  /** Puts `text` in the place of everything, in one step and durably: after a crash either the old or the new is there. */
  replace(text: string): void
}

export class JournalCorruptError extends Error {
  override readonly name = 'JournalCorruptError'
}

export function encodeLine(record: unknown): string {
  const json = JSON.stringify(record)
  return `${checksum(json)} ${json}\n`
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0')
}

/** The record of a line; null when the line does not check. */
export function decodeLine(line: string): { record: unknown } | null {
  const json = line.slice(9)
  if (line[8] !== ' ' || checksum(json) !== line.slice(0, 8)) return null
  try {
    return { record: JSON.parse(json) }
  } catch {
    return null
  }
}

/** All records, and whether a torn last line was left out. Throws `JournalCorruptError` for any other damage. */
export function decodeJournal(text: string): { records: unknown[]; isTorn: boolean } {
  const lines = text.split('\n')
  const rest = lines.pop() ?? ''
  const records: unknown[] = []
  for (const [index, line] of lines.entries()) {
    const decoded = decodeLine(line)
    if (decoded === null) {
      if (index === lines.length - 1 && rest === '') return { records, isTorn: true }
      throw new JournalCorruptError(`Line ${index + 1} of the journal is damaged.`)
    }
    records.push(decoded.record)
  }
  return { records, isTorn: rest !== '' }
}

/** Rewritten when it has grown past this and past four times what the last rewriting left. */
const compactAboveBytes = 256 * 1024

/** A write failed earlier: what is on the disk is unknown until the next start reads it. */
export class JournalFailedError extends Error {
  override readonly name = 'JournalFailedError'
}

/**
 * Writes the journal. The first write that fails is the last one: it may have left half a line, and a line behind that
 * would make the whole unreadable. From then on every call throws.
 */
export class Journal {
  readonly #storage: JournalStorage
  readonly #takeState: () => readonly unknown[]
  #bytes = 0
  #bytesAfterCompaction = 0
  #failure: { readonly cause: unknown } | null = null

  /** @param takeState everything worth keeping, as the records that say it anew */
  constructor(storage: JournalStorage, takeState: () => readonly unknown[]) {
    this.#storage = storage
    this.#takeState = takeState
  }

  /** Durable when it returns: call it before acting on what it says. */
  decide(record: unknown): void {
    this.#attempt(() => {
      this.#append(record)
      this.#storage.sync()
    })
    this.#compactIfLarge()
  }

  /** Survives a kill of the process, perhaps not a power cut: for checkpoints, which may be a little old. */
  note(record: unknown): void {
    this.#attempt(() => this.#append(record))
    this.#compactIfLarge()
  }

  compact(): void {
    const text = this.#takeState().map(encodeLine).join('')
    this.#attempt(() => this.#storage.replace(text))
    this.#bytes = text.length
    this.#bytesAfterCompaction = text.length
  }

  #append(record: unknown): void {
    const text = encodeLine(record)
    this.#storage.append(text)
    this.#bytes += text.length
  }

  #attempt(write: () => void): void {
    if (this.#failure !== null) {
      throw new JournalFailedError('The journal has failed and takes nothing more.', this.#failure)
    }
    try {
      write()
    } catch (cause) {
      this.#failure = { cause }
      throw cause
    }
  }

  #compactIfLarge(): void {
    if (this.#bytes > Math.max(compactAboveBytes, 4 * this.#bytesAfterCompaction)) this.compact()
  }
}
