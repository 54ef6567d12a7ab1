import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { openDatabase } from '/work/main/apps/console/server/database.ts'
import { startConsole } from '/work/main/apps/console/server/start-console.ts'
import { createLog } from '/work/main/apps/console/server/log.ts'
const dir = mkdtempSync('/tmp/trial-')
const database = await openDatabase({ dataDir: dir, migrationsDir: '/work/main/prisma/migrations', log: () => {} })
if (!database.ok) throw new Error(database.error.message)
const token = 't'.repeat(40)
const server = http.createServer()
await new Promise<void>((r) => server.listen(0, '127.0.0.1', r))
const port = (server.address() as any).port
const origin = `http://127.0.0.1:${port}`
let lines: string[] = []
const log = createLog('info', (l) => { lines.push(l) })
const start = () => startConsole({ databaseUrl: database.value.url, dataDir: dir, publicUrl: origin, consoleVersion: '0', log, servePage: null, enrolmentToken: token, checkAnswers: true })
let console_ = await start()
server.on('request', (q, s) => console_.serve(q, s)); server.on('upgrade', (q, s, h) => console_.upgrade(q, s, h))
const link = new URL(console_.firstAdminLink!)
const agents = new Map<number, ReturnType<typeof spawn>>()
const run = (n: number) => { const p = spawn(process.execPath, ['--import', 'tsx', '/work/main/apps/agent/src/main.ts', '--console', `ws://127.0.0.1:${port}`, '--token', token, '--name', `xen-0${n}`, '--seed', String(n), '--domains-per-host', '3', '--data', `${dir}/agent-${n}`], { cwd: '/work/main', stdio: ['ignore', 'ignore', 'pipe'] }); p.stderr.on('data', (d) => { if (/"level":"(warn|error)"/.test(String(d))) process.stdout.write(`agent ${n}: ${String(d).slice(0, 300)}`) }); agents.set(n, p) }
let cookie = ''
const call = async (method: string, path: string, body?: unknown) => {
  const r = await fetch(`${origin}/api/v1${path}`, { method, headers: { origin, cookie, ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) })
  const set = r.headers.getSetCookie().map((c) => c.split(';')[0]).join('; '); if (set) cookie = set
  const t = await r.text(); return t ? JSON.parse(t) : null
}
const wait = async <T>(what: string, f: () => Promise<T | null | false | undefined>, ms = 60000): Promise<T> => { const end = Date.now() + ms; for (;;) { const v = await f().catch(() => null); if (v) return v; if (Date.now() > end) throw new Error(`timeout: ${what}`); await new Promise((r) => setTimeout(r, 50)) } }
const tokenParam = link.searchParams.get('token') ?? link.pathname.split('/').at(-1)!
console.log('setup', JSON.stringify(await call('POST', '/setup', { token: tokenParam, name: 'Ada', email: 'ada@example.org', password: 'long enough password' })).slice(0, 120))
for (const n of [1, 2, 3]) run(n)
try {
  const fleetOf = () => call('GET', '/fleet')
  await wait('3 hosts', async () => { const f = await fleetOf(); return f.hosts?.filter((h: any) => h.connection.status === 'online').length === 3 && f })
  const done = new Set<string>()
  const pick = async () => { const f = await fleetOf(); for (const d of f.domains) { if (done.has(d.domainId) || d.state.status !== 'running') continue; for (const h of f.hosts) { if (h.hostId === d.hostId) continue; const o = (await call('POST', '/migrations', { moves: [{ domainId: d.domainId, destinationHostId: h.hostId }], profile: { kind: 'xen-4' } })).outcomes?.[0]; if (o?.outcome === 'accepted') { done.add(d.domainId); return o.migration } } } throw new Error('no move possible') }
  const end = (id: string, ms = 120000) => wait(`end of ${id}`, async () => { const m = await call('GET', `/migrations/${id}`); return ['completed', 'failed', 'cancelled'].includes(m?.state?.phase) && m }, ms)
  const say = async (what: string, m: any) => { const f = await fleetOf(); const d = f.domains.find((x: any) => x.domainId === m.domainId); const on = f.hosts.find((h: any) => h.hostId === d?.hostId)?.name; console.log(what, '|', m.domainName, `${m.sourceHostName}->${m.destinationHostName}`, m.state.phase, m.state.refusal?.message ?? '', 'total', m.state.totalMs, 'down', m.state.downtimeMs, 'rounds', m.state.rounds.length, 'predicted', JSON.stringify(m.predicted), '| now on', on, d?.state.status, 'gen', d?.generation, 'mig', d?.migrationId) }
  const phase = (id: string, phases: string[]) => wait(`phase ${phases}`, async () => { const m = await call('GET', `/migrations/${id}`); return phases.includes(m?.state?.phase) && m }, 60000)
  let m = await pick(); await say('plain', await end(m.migrationId))
  m = await pick(); await phase(m.migrationId, ['pre-copy']); console.log('cancel', (await call('POST', `/migrations/${m.migrationId}/cancel`))?.state?.phase); await say('cancel', await end(m.migrationId))
  m = await pick(); await phase(m.migrationId, ['pre-copy']); await console_.stop(); await new Promise((r) => setTimeout(r, 3000)); console_ = await start(); await say('console restart in pre-copy', await end(m.migrationId))
  m = await pick(); await phase(m.migrationId, ['pre-copy']); const n = Number(m.destinationHostName.at(-1)); agents.get(n)!.kill('SIGKILL'); await new Promise((r) => setTimeout(r, 500)); run(n); await say('destination agent killed', await end(m.migrationId))
  await wait('3 hosts', async () => { const f = await fleetOf(); return f.hosts?.filter((h: any) => h.connection.status === 'online').length === 3 })
  m = await pick(); await phase(m.migrationId, ['pre-copy']); const k = Number(m.sourceHostName.at(-1)); agents.get(k)!.kill('SIGKILL'); await new Promise((r) => setTimeout(r, 500)); run(k); await say('source agent killed', await end(m.migrationId))
  await wait('3 hosts', async () => { const f = await fleetOf(); return f.hosts?.filter((h: any) => h.connection.status === 'online').length === 3 })
  console.log('audit', (await call('GET', '/audit?limit=30')).entries.map((e: any) => `${e.actor} ${e.action}: ${e.detail}`).slice(0, 14).join('\n  '))
} catch (e) { console.log('FAILED', e); console.log(lines.slice(-15).join('')) } finally {
  for (const p of agents.values()) p.kill('SIGTERM')
  await console_.stop(); server.close(); server.closeAllConnections(); await database.value.stop(); rmSync(dir, { recursive: true, force: true })
  console.log('warnings', lines.filter((l) => /"level":"(warn|error)"/.test(l)).slice(0, 10).join('').slice(0, 2000))
  setTimeout(() => process.exit(0), 500)
}
