// The schema is valid, and the migrations lead to exactly it: `migrate diff --exit-code` fails on a change without one.
import './node-version.mjs'
import { prisma } from './prisma.mjs'
import { isEntry, runMain } from './steps.mjs'

export async function checkSchema() {
  await prisma(['validate'], { capture: true })
  const from = ['--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema.prisma']
  await prisma(['migrate', 'diff', ...from, '--exit-code'], { capture: true })
}

if (isEntry(import.meta.url)) {
  await runMain(async () => {
    await checkSchema()
    console.log('The schema and its migrations agree.')
  })
}
