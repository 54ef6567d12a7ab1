import type { ServerResponse } from 'node:http'

/** On every answer of the API. Nothing of it is a page, may be framed, guessed at, kept or run. */
export function setApiHeaders(response: ServerResponse, requestId: string): void {
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('X-Frame-Options', 'DENY')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  response.setHeader('X-Request-Id', requestId)
}

/** A year, once the console is known to be reached by TLS. */
export function setTransportSecurity(response: ServerResponse, publicUrl: string): void {
  if (publicUrl.startsWith('https:'))
    response.setHeader('Strict-Transport-Security', 'max-age=31536000')
}
