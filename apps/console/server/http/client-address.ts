import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { err, ok, type Result } from '@drover/api-schema/result.ts'

/** Who a request comes from, as far as it can be trusted. */
export type ClientAddress = (request: IncomingMessage) => string

/** The addresses of reverse proxies: `loopback`, addresses and networks like 10.0.0.0/8, with commas between them. */
export function parseTrustedProxies(text: string): Result<BlockList, string> {
  const trusted = new BlockList()
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === '') continue
    if (item === 'loopback') {
      trusted.addSubnet('127.0.0.0', 8, 'ipv4')
      trusted.addAddress('::1', 'ipv6')
      continue
    }
    const [address = '', length, ...rest] = item.split('/')
    const family = isIP(address)
    const widest = family === 6 ? 128 : 32
    const isLength = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= widest)
    if (family === 0 || !isLength || rest.length > 0) return err(item)
    trusted.addSubnet(address, Number(length ?? widest), family === 6 ? 'ipv6' : 'ipv4')
  }
  return ok(trusted)
}

/**
 * Each proxy adds the address it was called from at the end of `X-Forwarded-For`. It is read from the end for as long as
 * the one who wrote is trusted; what stands before that may be anybody's invention.
 */
export function createClientAddress(trusted: BlockList): ClientAddress {
  const isTrusted = (address: string) => trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  return (request) => {
    let address = plain(request.socket.remoteAddress ?? '')
    if (isIP(address) === 0) return 'unknown'
    const said = [request.headers['x-forwarded-for'] ?? ''].flat().join(',').split(',')
    while (isTrusted(address)) {
      const next = plain((said.pop() ?? '').trim())
      if (isIP(next) === 0) break
      address = next
    }
    return address
  }
}

/** One household or server has a whole /64 of IPv6: counted together, or a limit per address would be none. */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address
  // The parser of URLs writes every IPv6 address in its one shortest form.
  const short = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1)
  const [head = '', tail] = short.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = new Array<string>(8 - before.length - after.length).fill('0')
  return `${[...before, ...(tail === undefined ? [] : zeros), ...after].slice(0, 4).join(':')}::/64`
}

/** IPv4 inside IPv6, as a dual-stack socket gives it, is IPv4. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
