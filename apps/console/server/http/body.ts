import type { IncomingMessage } from 'node:http'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { isJson } from './same-origin.ts'

export const maxBodyBytes = 256 * 1024

/** The JSON body of a request. Refuses what is too large before reading it, or as soon as it turns out to be. */
export async function readJson(request: IncomingMessage): Promise<Result<unknown, Refusal>> {
  if (!isJson(request))
    return err(
      refusal('unsupported-media-type', 'Send JSON, with the content type application/json.'),
    )
  const tooLarge = refusal('too-large', `The request is larger than ${maxBodyBytes / 1024} KiB.`)
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return err(tooLarge)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    if (!(chunk instanceof Buffer)) continue
    bytes += chunk.byteLength
    if (bytes > maxBodyBytes) return err(tooLarge)
    chunks.push(chunk)
  }
  try {
    return ok(JSON.parse(Buffer.concat(chunks).toString('utf8')))
  } catch {
    return err(refusal('invalid-request', 'The body is not JSON.'))
  }
}
