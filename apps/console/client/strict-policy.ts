import { parseWithoutEval } from '@drover/api-schema/no-eval.ts'
import { styleNonce } from '../lib/style-nonce.ts'

/**
 * What libraries must be told to live under the policy of the pages (`proxy.ts`). It has to be the first thing that is loaded
 * in the browser, so `provider.tsx`, which stands around everything, loads it before all else.
 */

declare global {
  /** Where the library that keeps the page from scrolling behind a dialog looks for the nonce of its style element. */
  var __webpack_nonce__: string | undefined
}

if (typeof document !== 'undefined') {
  parseWithoutEval()
  globalThis.__webpack_nonce__ = styleNonce
}
