import { expect, test } from 'vitest'
import { parseHostConfig } from '../apps/agent/src/host-config.ts'
import { describeHost, hostNames, mostHosts } from './demo-hosts.mjs'

const hosts = hostNames(mostHosts).map((_, index) => {
  const parsed = parseHostConfig(describeHost(index))
  if (!parsed.ok) throw new Error(`host ${index + 1}: ${parsed.error}`)
  return parsed.value
})

test('every host can be described, under its own name and in one pool', () => {
  expect(hosts.map(({ name }) => name)).toEqual(hostNames(mostHosts))
  expect(new Set(hosts.map(({ pool }) => pool)).size).toBe(1)
})

test('no two hosts have a domain of the same name, and every host has some', () => {
  const names = hosts.flatMap(({ domains }) => domains.map(({ name }) => name))
  expect(new Set(names).size).toBe(names.length)
  expect(Math.min(...hosts.map(({ domains }) => domains.length))).toBeGreaterThan(0)
})
