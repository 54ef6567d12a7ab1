/** Whether the navigation is folded to icons: a cookie, so that the first paint has the right width. */
export const railCookie = 'drover-rail'

export function isRailFolded(value: string | undefined): boolean {
  return value === 'folded'
}

export function railCookieText(isFolded: boolean): string {
  return `${railCookie}=${isFolded ? 'folded' : 'open'}; path=/; max-age=31536000; samesite=lax`
}
