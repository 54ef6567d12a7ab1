#!/usr/bin/env node
// Stand-in for Prisma's schema engine, which Prisma would download at its first use. It speaks the same JSON-RPC over
// stdio and the same command line, on the WebAssembly build of the engine that npm has. scripts/prisma.mjs names it in
// PRISMA_SCHEMA_ENGINE_BINARY; with that variable set to another engine it is not used.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import Result from 'pg/lib/result.js'

const argv = process.argv.slice(2)
if (argv.includes('--version')) {
  console.log('schema-engine-wasm 8.1.0-2')
  process.exit(0)
}
const { datamodels, url, command } = readArguments(argv)
if (command) await runCommand(command)

const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg')
await loadEngine()
mendCatalogueTypes()
const factory = bindMigrationAwareSqlAdapterFactory(newFactory())
const models = datamodels.map((file) => [file, readFileSync(file, 'utf8')])
serve()

function readArguments(args) {
  const read = { datamodels: [], url: 'postgresql://nobody@127.0.0.1:1/none', command: undefined }
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--datamodels' || args[i] === '-d') read.datamodels.push(args[++i])
    else if (args[i] === '--datasource') read.url = JSON.parse(args[++i]).url ?? read.url
    else if (args[i] === 'cli') read.command = args[++i]
  }
  return read
}

/** The commands that Prisma gives on the command line instead of by JSON-RPC. */
async function runCommand(name) {
  try {
    console.error('{}')
    if (name === 'can-connect-to-database') await execute(url, 'SELECT 1')
    else if (name === 'create-database')
      await onServer((database) => `CREATE DATABASE "${database}"`)
    else if (name === 'drop-database')
      await onServer((database) => `DROP DATABASE IF EXISTS "${database}"`)
    process.exit(0)
  } catch (error) {
    const fields = {
      error_code: error.code === '3D000' ? 'P1003' : 'P1001',
      message: error.message || error.code,
    }
    console.error(JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields }))
    process.exit(1)
  }
}

async function onServer(sqlFor) {
  const server = new URL(url)
  const database = server.pathname.slice(1)
  server.pathname = '/postgres'
  await execute(server.href, sqlFor(database))
  return database
}

async function execute(connectionString, sql) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

async function loadEngine() {
  const file = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const wasm = readFileSync(path.join(path.dirname(file), 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  globalThis.PRISMA_WASM_PANIC_REGISTRY ??= {
    set_message(message) {
      this.message = message
    },
  }
}

/** adapter-pg 7.10 does not map PostgreSQL's internal "char" (OID 18, array 1002), which the engine reads from the catalogue. */
function mendCatalogueTypes() {
  const { addFields } = Result.prototype
  Result.prototype.addFields = function (fields) {
    for (const field of fields) {
      if (field.dataTypeID === 18) field.dataTypeID = 1042
      else if (field.dataTypeID === 1002) field.dataTypeID = 1009
    }
    return addFields.call(this, fields)
  }
}

/** PostgreSQL 18 lists NOT NULL as constraints of kind "n", at which this engine panics. */
function withoutNotNull(connection) {
  const queryRaw = connection.queryRaw.bind(connection)
  connection.queryRaw = (query) =>
    queryRaw({
      ...query,
      sql: query.sql.replace(
        `contype NOT IN ('p', 'u', 'f')`,
        `contype NOT IN ('p', 'u', 'f', 'n')`,
      ),
    })
  return connection
}

function newFactory() {
  const config = connectionFields()
  class Factory extends PrismaPg {
    async connect() {
      return withoutNotNull(await super.connect())
    }
    /** The adapter's own drops the database before it closes its pool, which PostgreSQL refuses. */
    async connectToShadowDb() {
      const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`
      const main = await this.connect()
      await main.executeScript(`CREATE DATABASE "${database}"`)
      const shadow = withoutNotNull(await new PrismaPg({ ...config, database }).connect())
      const dispose = shadow.dispose.bind(shadow)
      shadow.dispose = async () => {
        await dispose()
        await main.executeScript(`DROP DATABASE "${database}" WITH (FORCE)`)
        await main.dispose()
      }
      return shadow
    }
  }
  return new Factory(config)
}

/** Fields, not a connection string: beside one, pg ignores the `database` that the shadow database needs. */
function connectionFields() {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url)
  const isSecure = ['require', 'verify-full', 'verify-ca'].includes(
    searchParams.get('sslmode') ?? '',
  )
  return {
    host: searchParams.get('host') ?? decodeURIComponent(hostname),
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password) || undefined,
    database: pathname.slice(1),
    ssl: isSecure ? true : undefined,
  }
}

/** A fresh engine for every call: it keeps the state of the call before. */
function newEngine() {
  return glue.SchemaEngine.new(
    { datamodels: models.length ? models : undefined },
    () => {},
    factory,
  )
}

/** These two find the shadow database only if devDiagnostic opened one on the same engine before. */
async function afterDiagnostic(method, params) {
  const engine = await newEngine()
  await engine.devDiagnostic({ migrationsList: params.migrationsList, filters: params.filters })
  return engine[method](params)
}

async function call(method, params) {
  switch (method) {
    case 'evaluateDataLoss':
    case 'createMigration':
      return afterDiagnostic(method, params)
    case 'getDatabaseVersion':
      return (await newEngine()).version(params)
    case 'createDatabase':
      try {
        return { databaseName: await onServer((database) => `CREATE DATABASE "${database}"`) }
      } catch (error) {
        if (error.code !== '42P04') throw error
        return { databaseName: new URL(url).pathname.slice(1) }
      }
    case 'diff': {
      const result = await (await newEngine()).diff(params)
      if (result.stdout != null) {
        send({ id: 'print', jsonrpc: '2.0', method: 'print', params: { content: result.stdout } })
      }
      return { ...result, stdout: null }
    }
    default:
      return (await newEngine())[method](params)
  }
}

function send(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

async function answer({ id, method, params }) {
  try {
    send({ jsonrpc: '2.0', id, result: (await call(method, params)) ?? {} })
  } catch (error) {
    const known = error?.meta || error?.code ? { error_code: error.code, meta: error.meta } : {}
    const data = { is_panic: false, message: String(error?.message ?? error), meta: null, ...known }
    send({ jsonrpc: '2.0', id, error: { code: 4466, message: 'An error happened.', data } })
  }
}

/** One request at a time, in order. */
function serve() {
  let last = Promise.resolve()
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const request = JSON.parse(line)
      if (request.method) last = last.then(() => answer(request))
    })
    .on('close', () => last.then(() => process.exit(0)))
}
