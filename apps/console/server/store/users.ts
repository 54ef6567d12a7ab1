import { randomUUID } from 'node:crypto'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { UserId } from '@drover/api-schema/ids.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import type { Role, User } from '@drover/api-schema/user.ts'
import { isTaken, type Prisma, type PrismaTransaction } from './prisma.ts'

type UserRow = { id: string; email: string; name: string; role: Role; createdAt: Date }
type NewUser = { email: string; name: string; role: Role; passwordHash: string }

/** Taken by everything that could leave the console without an administrator; an arbitrary, constant number. */
const adminLock = 7_305_188_023

export type UserStore = ReturnType<typeof createUserStore>

export function createUserStore(prisma: Prisma) {
  return {
    async list(): Promise<User[]> {
      const rows = await prisma.user.findMany({ orderBy: { createdAt: 'asc' } })
      return rows.map(toUser)
    },

    async hasAdmin(): Promise<boolean> {
      return (await prisma.user.count({ where: { role: 'admin' } })) > 0
    },

    async create(user: NewUser): Promise<Result<User, Refusal>> {
      try {
        return ok(await prisma.$transaction((tx) => insert(tx, user)))
      } catch (error) {
        if (!isTaken(error)) throw error
        return err(
          refusal('email-taken', `There is a user with the address ${user.email} already.`),
        )
      }
    },

    /** Uses the link up and makes the administrator, or neither; of several at once one wins. */
    createFirstAdmin(
      linkHash: string,
      user: Omit<NewUser, 'role'>,
    ): Promise<Result<User, Refusal>> {
      return prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(${adminLock}::bigint)`
        if ((await tx.user.count({ where: { role: 'admin' } })) > 0)
          return err(refusal('setup-link-invalid'))
        const used = await tx.setupLink.updateMany({
          where: { secretHash: linkHash, usedAt: null },
          data: { usedAt: new Date() },
        })
        if (used.count !== 1) return err(refusal('setup-link-invalid'))
        return ok(await insert(tx, { ...user, role: 'admin' }))
      })
    },

    /** A changed role or password ends the user's sessions in the same transaction. */
    update(
      userId: UserId,
      change: { name?: string; role?: Role; passwordHash?: string },
    ): Promise<Result<{ user: User; endedSessions: boolean }, Refusal>> {
      return prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(${adminLock}::bigint)`
        const before = await tx.user.findUnique({ where: { id: userId } })
        if (before === null) return err(refusal('not-found', 'There is no such user.'))
        const roleChanges = change.role !== undefined && change.role !== before.role
        if (roleChanges && (await isLastAdmin(tx, before))) return err(lastAdmin(before.name))
        const row = await tx.user.update({
          where: { id: userId },
          data: {
            ...(change.name === undefined ? {} : { name: change.name }),
            ...(change.role === undefined ? {} : { role: change.role }),
          },
        })
        if (change.passwordHash !== undefined) {
          await tx.account.updateMany({
            where: { userId, providerId: 'credential' },
            data: { password: change.passwordHash },
          })
        }
        const endedSessions = roleChanges || change.passwordHash !== undefined
        if (endedSessions) await tx.session.deleteMany({ where: { userId } })
        return ok({ user: toUser(row), endedSessions })
      })
    },

    remove(userId: UserId): Promise<Result<User, Refusal>> {
      return prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(${adminLock}::bigint)`
        const row = await tx.user.findUnique({ where: { id: userId } })
        if (row === null) return err(refusal('not-found', 'There is no such user.'))
        if (await isLastAdmin(tx, row)) return err(lastAdmin(row.name))
        await tx.user.delete({ where: { id: userId } })
        return ok(toUser(row))
      })
    },

    /** Null for somebody who is gone, or has no password. */
    async passwordHash(userId: UserId): Promise<string | null> {
      const row = await prisma.account.findFirst({
        where: { userId, providerId: 'credential' },
        select: { password: true },
      })
      return row?.password ?? null
    },

    /**
     * The new hash in place of the one that was checked, and the end of all the user's sessions but one, in one transaction.
     * Answers with the sessions that ended; null when somebody has changed the password meanwhile.
     */
    changePassword(change: {
      readonly userId: UserId
      readonly checkedHash: string
      readonly newHash: string
      readonly keptSessionId: string
    }): Promise<readonly string[] | null> {
      const { userId, checkedHash, newHash, keptSessionId } = change
      return prisma.$transaction(async (tx) => {
        const changed = await tx.account.updateMany({
          where: { userId, providerId: 'credential', password: checkedHash },
          data: { password: newHash },
        })
        if (changed.count !== 1) return null
        const others = { userId, id: { not: keptSessionId } }
        const ended = await tx.session.findMany({ where: others, select: { id: true } })
        await tx.session.deleteMany({ where: others })
        return ended.map(({ id }) => id)
      })
    },

    async endSession(sessionId: string): Promise<void> {
      await prisma.session.deleteMany({ where: { id: sessionId } })
    },
  }
}

/** The row better-auth reads at sign-in: provider `credential`, account id = user id. */
async function insert(tx: PrismaTransaction, user: NewUser): Promise<User> {
  const id = randomUUID()
  const row = await tx.user.create({
    data: {
      id,
      email: user.email,
      name: user.name,
      role: user.role,
      accounts: {
        create: {
          id: randomUUID(),
          accountId: id,
          providerId: 'credential',
          password: user.passwordHash,
        },
      },
    },
  })
  return toUser(row)
}

async function isLastAdmin(tx: PrismaTransaction, user: UserRow): Promise<boolean> {
  return user.role === 'admin' && (await tx.user.count({ where: { role: 'admin' } })) === 1
}

function lastAdmin(name: string): Refusal {
  return refusal('last-admin', `${name} is the last administrator; make another one first.`)
}

export function toUser(row: UserRow): User {
  // Ids in this table are made by `insert` and by nothing else.
  const userId = row.id as UserId
  return {
    userId,
    email: row.email,
    name: row.name,
    role: row.role,
    createdAt: row.createdAt.getTime(),
  }
}
