// The data folder of one start: made, locked, and taken away again when it was made for nothing.
import fs from 'node:fs'
import path from 'node:path'
import { releaseLock, takeLock } from './folder-lock.mjs'
import { StepFailed } from './steps.mjs'

/**
 * Folder by folder: with `recursive`, Node 20 never returns from making one below /proc.
 * @param {string} folder @returns {string[]} what was made, the outermost first
 */
export function makeFolders(folder) {
  const missing = []
  for (let place = folder; !fs.existsSync(place); place = path.dirname(place))
    missing.unshift(place)
  for (const place of missing) fs.mkdirSync(place, { mode: 0o700 })
  return missing
}

export class DataFolder {
  #made
  #lockFile

  /** @param {string} folder @param {{ shown: string, url: string }} use how it was named, and where the console will be */
  constructor(folder, { shown, url }) {
    this.#lockFile = path.join(folder, 'start.lock')
    let holder
    try {
      this.#made = makeFolders(folder)
      holder = takeLock(this.#lockFile, url)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new StepFailed(
        `The data folder ${shown} cannot be used (${reason}); choose another with "npm start -- --data DIR".`,
      )
    }
    if (!holder) return
    throw new StepFailed(
      `Drover already runs on the data folder ${shown}, at ${holder.url}; stop it first, or choose another with "npm start -- --data DIR".`,
    )
  }

  release() {
    releaseLock(this.#lockFile)
  }

  /** Leaves nothing of a start that came to nothing; a folder that was there before stays as it is. */
  discard() {
    const [own, ...around] = this.#made.toReversed()
    if (own === undefined) return
    fs.rmSync(own, { recursive: true, force: true })
    for (const folder of around) {
      // Somebody else may have put something beside it meanwhile.
      if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder)
    }
  }
}
