/** Every address of the console's pages; nothing else writes one. */
export const paths = {
  board: () => '/',
  boardAt: (inspected: string) => `/?inspect=${encodeURIComponent(inspected)}`,
  hosts: () => '/hosts',
  host: (hostId: string) => `/hosts/${encodeURIComponent(hostId)}`,
  domains: () => '/domains',
  domain: (domainId: string) => `/domains/${encodeURIComponent(domainId)}`,
  migrations: () => '/migrations',
  migration: (migrationId: string) => `/migrations/${encodeURIComponent(migrationId)}`,
  migrationGroup: (groupId: string) => `/migrations/groups/${encodeURIComponent(groupId)}`,
  policies: () => '/policies',
  /** `example`: one of the rules to start from. */
  newPolicy: (example?: string) =>
    example === undefined
      ? '/policies/new'
      : `/policies/new?example=${encodeURIComponent(example)}`,
  policy: (ruleId: string) => `/policies/${encodeURIComponent(ruleId)}`,
  settings: () => '/settings',
  settingsMigrations: () => '/settings/migrations',
  settingsUsers: () => '/settings/users',
  settingsTokens: () => '/settings/tokens',
  settingsAudit: () => '/settings/audit',
  signIn: (next?: string) =>
    next === undefined ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`,
  setup: (token: string) => `/setup?token=${encodeURIComponent(token)}`,
} as const

/** Where to go after signing in: only addresses of this console, never another site. */
export function safeNext(next: string | null): string {
  if (next === null || !next.startsWith('/') || next.startsWith('//') || next.includes('\\'))
    return paths.board()
  return next
}
