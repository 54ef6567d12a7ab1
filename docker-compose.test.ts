import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const root = import.meta.dirname
const text = fs.readFileSync(path.join(root, 'docker-compose.yml'), 'utf8')
const compose: unknown = parse(text, { merge: true })

const duration = z.string().regex(/^(\d+(ms|s|m|h))+$/)
const named = z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/)

/** The part of the Compose specification that the file uses; strict, so that a misspelt key fails. */
const service = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  user: z.string().optional(),
  hostname: named.optional(),
  init: z.boolean().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']),
  tmpfs: z.array(z.string().startsWith('/')).optional(),
  depends_on: z
    .record(
      named,
      z.strictObject({
        condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
      }),
    )
    .optional(),
  environment: z.record(z.string().regex(/^[A-Z_]+$/), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string().regex(/^[a-z0-9-]+:\/[^:]+(:ro)?$/)).optional(),
  secrets: z.array(named).optional(),
  shm_size: z.string().optional(),
  stop_grace_period: duration,
  healthcheck: z.strictObject({
    test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
    interval: duration,
    timeout: duration,
    retries: z.int().positive(),
    start_period: duration,
  }),
})

const schema = z
  .strictObject({
    name: named,
    services: z.record(named, service),
    secrets: z.record(named, z.strictObject({ environment: z.string() })),
    volumes: z.record(named, z.null()),
  })
  .catchall(z.unknown())

const file = schema.parse(
  Object.fromEntries(
    Object.entries(z.record(z.string(), z.unknown()).parse(compose)).filter(
      ([key]) => !key.startsWith('x-'),
    ),
  ),
)
const services = Object.entries(file.services)
const agents = services.filter(([name]) => name.startsWith('xen-'))

describe('docker-compose.yml', () => {
  test('has the database, the console and three agents', () => {
    expect(Object.keys(file.services)).toEqual([
      'database',
      'console',
      'xen-01',
      'xen-02',
      'xen-03',
    ])
  })

  test('each service waits for one that has a health check, and no two for each other', () => {
    const order = Object.keys(file.services)
    for (const [name, { depends_on = {} }] of services) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        expect(order.indexOf(needed)).toBeGreaterThanOrEqual(0)
        expect(order.indexOf(needed)).toBeLessThan(order.indexOf(name))
        expect(condition).toBe('service_healthy')
      }
    }
  })

  test('every volume and secret that is used is declared, and the other way round', () => {
    const volumes = services.flatMap(([, { volumes = [] }]) =>
      volumes.map((volume) => volume.split(':')[0]),
    )
    expect(volumes.sort()).toEqual(Object.keys(file.volumes).sort())
    const secrets = services.flatMap(([, { secrets = [] }]) => secrets)
    expect([...new Set(secrets)]).toEqual(Object.keys(file.secrets))
  })

  test('secrets have no default: a forgotten one stops the start with a sentence', () => {
    for (const name of ['POSTGRES_PASSWORD', 'DROVER_ENROLMENT_TOKEN', 'DROVER_PUBLIC_URL']) {
      const uses = text.match(new RegExp(`\\$\\{${name}[^}]*\\}`, 'g')) ?? []
      expect(uses.length).toBeGreaterThan(0)
      for (const use of uses) expect(use).toMatch(/:\?set it to /)
    }
  })

  test('nobody runs as root: the database names its user, our images have one', () => {
    expect(file.services.database?.user).toBe('postgres')
    for (const [, { build }] of services) {
      if (!build) continue
      const dockerfile = fs.readFileSync(path.join(root, build.context, build.dockerfile), 'utf8')
      expect(dockerfile).toMatch(/^USER node$/m)
    }
  })

  test('every agent has a volume and a configuration of its own', () => {
    const configs = agents.map(
      ([, { command = [] }]) => command[command.indexOf('--config') + 1] ?? '',
    )
    expect(new Set(configs).size).toBe(agents.length)
    for (const config of configs)
      expect(fs.existsSync(path.join(root, 'apps/agent', config))).toBe(true)
  })

  test('the Dockerfiles copy the manifest of every workspace before they install', () => {
    const manifests = ['apps', 'packages'].flatMap((folder) =>
      fs
        .readdirSync(path.join(root, folder))
        .map((name) => `${folder}/${name}/package.json`)
        .filter((name) => fs.existsSync(path.join(root, name))),
    )
    for (const app of ['console', 'agent']) {
      const dockerfile = fs.readFileSync(path.join(root, 'apps', app, 'Dockerfile'), 'utf8')
      for (const manifest of manifests) expect(dockerfile).toContain(`COPY ${manifest} `)
    }
  })

  const program = [['docker', 'compose'], ['docker-compose']].find(
    ([command = '', ...args]) => spawnSync(command, [...args, 'version']).status === 0,
  )
  if (program) {
    test('Compose itself accepts it', () => {
      const [command = '', ...args] = program
      const env = {
        ...process.env,
        POSTGRES_PASSWORD: 'p',
        DROVER_ENROLMENT_TOKEN: 't',
        DROVER_PUBLIC_URL: 'http://x',
      }
      const result = spawnSync(command, [...args, 'config', '--quiet'], {
        cwd: root,
        env,
        encoding: 'utf8',
      })
      expect(result.stderr).toBe('')
      expect(result.status).toBe(0)
    })
  }
})
