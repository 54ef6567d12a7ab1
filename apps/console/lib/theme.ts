/**
 * The theme is a cookie, so that the server writes the right one into the first byte and nothing flashes. It is a
 * choice of looks, readable by scripts, and not a secret.
 */
export const themeCookie = 'drover-theme'
export const themes = ['system', 'dark', 'light'] as const
export type Theme = (typeof themes)[number]

export function parseTheme(value: string | undefined): Theme {
  return themes.find((theme) => theme === value) ?? 'system'
}

const yearSeconds = 365 * 24 * 3600

/** The cookie as `document.cookie` takes it. */
export function themeCookieText(theme: Theme): string {
  return `${themeCookie}=${theme}; path=/; max-age=${yearSeconds}; samesite=lax`
}
