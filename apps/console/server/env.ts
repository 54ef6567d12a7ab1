import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { z } from 'zod'
import { parseTrustedProxies } from './http/client-address.ts'
import { logLevels } from './log.ts'

/** The only reader of the environment in the console. An empty variable counts as not set. */
const envSchema = z.object({
  PORT: z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(0)
    .max(65_535)
    .default(3000),
  HOST: z.string().max(255).default('127.0.0.1'),
  DATABASE_URL: z.string().optional(),
  DROVER_DATA_DIR: z.string().optional(),
  DROVER_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must look like https://drover.example.org' })
    .transform((url) => new URL(url).origin)
    .optional(),
  DROVER_TRUSTED_PROXY: z
    .string()
    .refine(
      (text) => parseTrustedProxies(text).ok,
      'must be "loopback", addresses or networks like 10.0.0.0/8, with commas between them',
    )
    .optional(),
  DROVER_ENROLMENT_TOKEN: z
    .string()
    .min(16, 'must have at least 16 characters')
    .max(200)
    .optional(),
  DROVER_LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  DROVER_AGENT_PROGRESS_MS: z.coerce
    .number('must be a number of milliseconds')
    .int()
    .min(50, 'must be 50 to 10000 ms')
    .max(10_000, 'must be 50 to 10000 ms')
    .default(250),
})
export type Env = z.output<typeof envSchema>

/** Every bad value gets a sentence of its own; a secret is never repeated in it. */
export function readEnv(
  variables: Record<string, string | undefined> = process.env,
): Result<Env, string> {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const parsed = envSchema.safeParse(given)
  if (parsed.success) return ok(parsed.data)
  const sentences = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0])
    const isSecret = name === 'DROVER_ENROLMENT_TOKEN' || name === 'DATABASE_URL'
    const shown = isSecret ? '' : ` (it is "${given[name]}")`
    return `${name} ${issue.message}${shown}.`
  })
  return err(sentences.join(' '))
}
