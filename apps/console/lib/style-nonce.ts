/**
 * The nonce of this page, for the few style elements that libraries add at run time. A page's scripts carry it; to other
 * code than ours it is as out of reach as they are.
 */
export const styleNonce: string | undefined =
  typeof document === 'undefined'
    ? undefined
    : document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce
