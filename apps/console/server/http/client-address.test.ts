import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { addressGroup, createClientAddress, parseTrustedProxies } from './client-address.ts'

function seen(trusted: string, remoteAddress: string, forwarded?: string): string {
  const parsed = parseTrustedProxies(trusted)
  if (!parsed.ok) throw new Error(parsed.error)
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  // The two parts that are looked at.
  return createClientAddress(parsed.value)({
    socket: { remoteAddress },
    headers,
  } as unknown as IncomingMessage)
}

describe('the address of a client', () => {
  it.each([
    ['nobody is trusted', '', '127.0.0.1', '203.0.113.7', '127.0.0.1'],
    ['a proxy on this machine', 'loopback', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['by IPv6', 'loopback', '::1', '203.0.113.7', '203.0.113.7'],
    ['on a dual-stack socket', '10.0.0.0/8', '::ffff:10.1.2.3', '203.0.113.7', '203.0.113.7'],
    ['a caller who is no proxy', '10.0.0.1', '203.0.113.9', '1.2.3.4', '203.0.113.9'],
    ['what the caller invented', 'loopback', '127.0.0.1', '1.2.3.4, 203.0.113.7', '203.0.113.7'],
    [
      'two proxies',
      '10.0.0.1, loopback',
      '127.0.0.1',
      '9.9.9.9, 203.0.113.7, 10.0.0.1',
      '203.0.113.7',
    ],
    ['a proxy that says nothing', 'loopback', '127.0.0.1', undefined, '127.0.0.1'],
    ['rubbish', 'loopback', '127.0.0.1', 'x, <script>', '127.0.0.1'],
    ['IPv6 clients', 'fd00::/8', 'fd00::1', '2001:db8::5', '2001:db8::5'],
  ])('%s', (_name, trusted, remote, forwarded, expected) => {
    expect(seen(trusted, remote, forwarded)).toBe(expected)
  })

  it.each(['somewhere', '10.0.0.0/33', '::1/129', '10.0.0.1/8/8', '10.0.0.0/'])(
    'no proxy is called %s',
    (text) => {
      expect(parseTrustedProxies(text).ok).toBe(false)
    },
  )
})

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s counts as %s', (address, group) => {
  expect(addressGroup(address)).toBe(group)
})
