import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './generated/client.ts'

/** The client all store functions take. Samples never go through it (they are in memory). */
export type Prisma = PrismaClient
/** What functions inside a transaction take. */
export type PrismaTransaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]

export function openPrisma(url: string, onPoolError: (error: Error) => void): Prisma {
  const adapter = new PrismaPg(
    {
      connectionString: url,
      max: 10,
      // A database that is gone must answer "gone" in seconds, not hang every request behind it.
      connectionTimeoutMillis: 3000,
      query_timeout: 15_000,
      application_name: 'drover-console',
    },
    { onPoolError, onConnectionError: onPoolError },
  )
  return new PrismaClient({ adapter, errorFormat: 'minimal' })
}

/** True when a round trip to the database works. */
export async function pingDatabase(prisma: Prisma): Promise<boolean> {
  try {
    await prisma.$queryRaw`SELECT 1`
    return true
  } catch {
    return false
  }
}

/** Prisma's codes for "no connection", the system's, and PostgreSQL's class 57 and 08 (going down, connection broken). */
const goneCodes = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1011',
  'P1017',
  'P2024',
  'P2037',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
])
const goneKinds = new Set([
  'ConnectionClosed',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TooManyConnections',
])
const goneWords =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable|Can't reach database server|Code: `(57P|08)/

/** True for an error that says the database is away, at any depth of wrapping. */
export function isDatabaseGone(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false
  const seen = error as {
    code?: unknown
    originalCode?: unknown
    kind?: unknown
    message?: unknown
    cause?: unknown
  } // read as unknowns only
  for (const code of [seen.code, seen.originalCode]) {
    if (typeof code === 'string' && (goneCodes.has(code) || /^(57P|08)/.test(code))) return true
  }
  if (typeof seen.kind === 'string' && goneKinds.has(seen.kind)) return true
  if (typeof seen.message === 'string' && goneWords.test(seen.message)) return true
  return isDatabaseGone(seen.cause, depth + 1)
}

/** True for a violated unique constraint. */
export function isTaken(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'P2002'
}
