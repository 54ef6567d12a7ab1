import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

/** 32 random bytes, for URLs and headers. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** How secrets of full entropy are kept at rest. (Passwords are not such: they get Argon2.) */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Signs the session cookies. Made once per data folder; losing it only signs everybody out. */
export function loadCookieSecret(dataDir: string): string {
  const file = path.join(dataDir, 'cookie-secret')
  try {
    const kept = fs.readFileSync(file, 'utf8').trim()
    if (kept.length >= 32) return kept
  } catch {
    // Not there yet: made below; what cannot be read cannot be written either and says so there.
  }
  fs.mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const made = newSecret()
  fs.writeFileSync(file, `${made}\n`, { mode: 0o600 })
  return made
}
