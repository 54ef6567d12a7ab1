import { defineConfig } from 'vitest/config'

const ignored = ['**/node_modules/**', '**/dist/**', '**/.next*/**', '**/generated/**']
const integration = '**/*.integration.test.ts'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,apps,scripts,faults}/**/*.test.ts', '*.test.ts'],
          exclude: [...ignored, integration],
          environment: 'node',
          testTimeout: 20_000,
        },
      },
      {
        oxc: { jsx: { runtime: 'automatic' } },
        test: {
          name: 'component',
          include: ['{packages,apps}/**/*.test.tsx'],
          exclude: ignored,
          environment: 'jsdom',
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{packages,apps,scripts,e2e,faults}/**/*.integration.test.ts'],
          exclude: ignored,
          environment: 'node',
          globalSetup: ['apps/console/server/testing/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
