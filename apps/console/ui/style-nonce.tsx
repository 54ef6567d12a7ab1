'use client'

declare global {
  /** Where the library that keeps the page from scrolling behind a dialog looks for the nonce of its style element. */
  var __webpack_nonce__: string | undefined
}

/**
 * The nonce of this page, for the few style elements that libraries add at run time. A page's scripts carry it; to other
 * code than ours it is as out of reach as they are.
 */
export const styleNonce: string | undefined =
  typeof document === 'undefined'
    ? undefined
    : document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce

if (styleNonce !== undefined) globalThis.__webpack_nonce__ = styleNonce

/** Stands in the layout, so that this module is there before any dialog. */
export function StyleNonce() {
  return null
}
