'use client'
import { ChevronDown, Keyboard, KeyRound, LogOut, UserRound } from 'lucide-react'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useSignOut } from '../../client/mutations.ts'
import { useSession } from '../../client/queries.ts'
import { paths } from '../../lib/paths.ts'
import { roleText } from '../../lib/text/common.ts'
import { sessionText } from '../../lib/text/session.ts'
import { shellText } from '../../lib/text/shell.ts'
import { type Theme, themeCookieText, themes } from '../../lib/theme.ts'
import { Menu, type MenuItem } from '../../ui/menu.tsx'
import { showToast } from '../../ui/toast.tsx'
import { PasswordDialog } from './password-dialog.tsx'

export const themeText: Record<Theme, string> = {
  system: shellText.themeSystem,
  dark: shellText.themeDark,
  light: shellText.themeLight,
}

/** Changes the look at once and for the next visits. */
export function applyTheme(theme: Theme): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the cookie store is not in all browsers; the server reads this for the first paint
  document.cookie = themeCookieText(theme)
  document.documentElement.dataset.theme = theme
}

export function useSigningOut() {
  const signOut = useSignOut()
  return () =>
    signOut.mutate(undefined, {
      onSuccess: () => window.location.assign(paths.signIn()),
      onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
    })
}

export function UserMenu({
  initialTheme,
  onOpenKeys,
}: {
  initialTheme: Theme
  onOpenKeys: () => void
}) {
  const user = useSession()
  const [theme, setTheme] = useState(initialTheme)
  const [isChangingPassword, setChangingPassword] = useState(false)
  const signOut = useSigningOut()
  if (user === undefined) return <span className="w-12" />
  const items: MenuItem[] = [
    { kind: 'heading', id: 'who', label: `${user.email} · ${roleText[user.role]}` },
    { kind: 'separator', id: 's1' },
    { kind: 'heading', id: 'theme', label: shellText.theme },
    ...themes.map(
      (option): MenuItem => ({
        kind: 'check',
        id: option,
        label: themeText[option],
        isChecked: theme === option,
        onSelect: () => {
          applyTheme(option)
          setTheme(option)
        },
      }),
    ),
    { kind: 'separator', id: 's2' },
    {
      kind: 'action',
      id: 'keys',
      label: shellText.keysTitle,
      icon: <Keyboard size={15} />,
      shortcut: '?',
      onSelect: onOpenKeys,
    },
    {
      kind: 'action',
      id: 'password',
      label: sessionText.changePassword,
      icon: <KeyRound size={15} />,
      onSelect: () => setChangingPassword(true),
    },
    {
      kind: 'action',
      id: 'out',
      label: shellText.signOut,
      icon: <LogOut size={15} />,
      onSelect: signOut,
    },
  ]
  return (
    <>
      <Menu items={items}>
        <button
          type="button"
          aria-label={shellText.userMenu(user.name)}
          className="flex h-7 max-w-40 items-center gap-1.5 rounded-md px-1.5 text-n11 text-sm hover:bg-n3 hover:text-n12"
        >
          <UserRound size={15} aria-hidden="true" className="shrink-0 text-n10" />
          <span className="truncate max-md:hidden">{user.name}</span>
          <ChevronDown size={13} aria-hidden="true" className="shrink-0 text-n10 max-md:hidden" />
        </button>
      </Menu>
      {isChangingPassword && (
        <PasswordDialog email={user.email} onClose={() => setChangingPassword(false)} />
      )}
    </>
  )
}
