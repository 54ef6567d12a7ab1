import os from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const ignored = ['**/node_modules/**', '**/dist/**', '**/.next*/**', '**/generated/**']
const integration = '**/*.integration.test.ts'
const cores = os.availableParallelism()

/** Files that take longest. Begun last, each of them would keep one core busy while the others have nothing left to do. */
const longest = [
  'faults/schedules.test.ts',
  'apps/console/server/hostile-frames.integration.test.ts',
  'faults/kills.integration.test.ts',
  'apps/console/server/main.integration.test.ts',
  'scripts/start.integration.test.ts',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      (longest.findIndex((file) => moduleId.endsWith(file)) + longest.length + 1) %
      (longest.length + 1)
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    // Vitest's own choice leaves one core out, which is half of a small machine.
    maxWorkers: cores,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,apps,scripts,faults}/**/*.test.ts', '*.test.ts'],
          exclude: [...ignored, integration],
          environment: 'node',
          // Pure code, which keeps nothing between files: each module is loaded once a worker, not once a file.
          isolate: false,
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
          // Half of their time they wait for processes and clocks.
          maxWorkers: 2 * cores,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
