import { config } from 'zod'

/**
 * Keeps the parsers from compiling themselves with `eval`, and from trying to: in a page whose policy forbids it each try is
 * reported as a violation. Has effect only before the first schema is made, so before anything else of this package is loaded.
 */
export function parseWithoutEval(): void {
  config({ jitless: true })
}
