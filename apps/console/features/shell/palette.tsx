'use client'
import { applicationOf } from '@drover/api-schema/labels.ts'
import { Command } from 'cmdk'
import { Boxes, Keyboard, LogOut, type LucideIcon, Search, Server, SunMoon } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { Dialog as Radix } from 'radix-ui'
import { useState } from 'react'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { useFleet } from '../../client/queries.ts'
import { classNames } from '../../lib/class-names.ts'
import { formatSize } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { domainKindText } from '../../lib/text/common.ts'
import { shellText } from '../../lib/text/shell.ts'
import { themes } from '../../lib/theme.ts'
import { dialogClass, scrimClass, useDialogFocus } from '../../ui/dialog.tsx'
import { places } from './navigation.tsx'
import { type Findable, findBest } from './palette-search.ts'
import { applyTheme, themeText, useSigningOut } from './user-menu.tsx'

type Entry = Findable & { readonly icon: LucideIcon; readonly run: () => void }
type Props = { isOpen: boolean; onOpenChange: (isOpen: boolean) => void; onOpenKeys: () => void }
const shownPerGroup = 8

/** Search over everything with a name, and the actions that belong to no thing. */
export function Palette({ isOpen, onOpenChange, onOpenKeys }: Props) {
  const focus = useDialogFocus()
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={scrimClass} />
        <Radix.Content
          {...focus}
          aria-describedby={undefined}
          className={classNames(dialogClass, 'overflow-hidden sm:w-150')}
        >
          <Radix.Title className="sr-only">{shellText.paletteTitle}</Radix.Title>
          <PaletteBody onClose={() => onOpenChange(false)} onOpenKeys={onOpenKeys} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

function PaletteBody({ onClose, onOpenKeys }: { onClose: () => void; onOpenKeys: () => void }) {
  const [query, setQuery] = useState('')
  const router = useRouter()
  const signOut = useSigningOut()
  const fleet = useFleet()
  const go = (path: string) => router.push(path)
  const groups: readonly (readonly [string, readonly Entry[]])[] = [
    [
      shellText.paletteHosts,
      query === '' ? [] : findBest(hostEntries(fleet, go), query, shownPerGroup),
    ],
    [
      shellText.paletteDomains,
      query === '' ? [] : findBest(domainEntries(fleet, go), query, shownPerGroup),
    ],
    [shellText.palettePages, findBest(pageEntries(go), query, shownPerGroup)],
    [shellText.paletteActions, findBest(actionEntries(onOpenKeys, signOut), query, shownPerGroup)],
  ]
  return (
    <Command
      label={shellText.paletteTitle}
      shouldFilter={false}
      loop
      className="flex min-h-0 flex-col"
    >
      <div className="flex items-center gap-2.5 border-b px-4">
        <Search size={16} aria-hidden="true" className="shrink-0 text-n10" />
        <Command.Input
          value={query}
          onValueChange={setQuery}
          placeholder={shellText.palettePlaceholder}
          className="h-12 grow bg-transparent text-base text-n12 outline-none"
        />
      </div>
      <Command.List label={shellText.paletteTitle} className="max-h-[52dvh] overflow-y-auto p-1.5">
        <Command.Empty className="px-3 py-8 text-center text-n10 text-sm">
          {shellText.paletteEmpty}
        </Command.Empty>
        {groups.map(
          ([title, entries]) =>
            entries.length > 0 && (
              <PaletteGroup key={title} title={title} entries={entries} onClose={onClose} />
            ),
        )}
      </Command.List>
    </Command>
  )
}

function PaletteGroup({
  title,
  entries,
  onClose,
}: {
  title: string
  entries: readonly Entry[]
  onClose: () => void
}) {
  return (
    <Command.Group
      heading={title}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-n10"
    >
      {entries.map((entry) => (
        <Command.Item
          key={entry.key}
          value={entry.key}
          onSelect={() => {
            onClose()
            entry.run()
          }}
          className="flex min-h-8 cursor-default items-center gap-2.5 rounded-sm px-2.5 text-n11 text-sm data-[selected=true]:bg-n4 data-[selected=true]:text-n12"
        >
          <entry.icon
            size={15}
            strokeWidth={1.75}
            aria-hidden="true"
            className="shrink-0 text-n10"
          />
          <span className="truncate">{entry.label}</span>
          <span className="ml-auto truncate pl-4 text-n10 text-xs">{entry.about}</span>
        </Command.Item>
      ))}
    </Command.Group>
  )
}

function hostEntries(fleet: FleetIndex | undefined, go: (path: string) => void): Entry[] {
  return (fleet?.fleet.hosts ?? []).map((host) => ({
    key: host.hostId,
    label: host.name,
    about: `${host.pool} · ${host.cpu.pcpuCount} × ${host.cpu.model} · ${formatSize(host.memTotalBytes)}`,
    icon: Server,
    run: () => go(paths.host(host.hostId)),
  }))
}

function domainEntries(fleet: FleetIndex | undefined, go: (path: string) => void): Entry[] {
  return (fleet?.fleet.domains ?? []).map((domain) => ({
    key: domain.domainId,
    label: domain.name,
    about: [
      fleet?.hosts.get(domain.hostId)?.name,
      domainKindText[domain.kind].short,
      domain.os.name,
      applicationOf(domain),
    ]
      .filter((part) => part !== null && part !== undefined)
      .join(' · '),
    icon: Boxes,
    run: () => go(paths.domain(domain.domainId)),
  }))
}

function pageEntries(go: (path: string) => void): Entry[] {
  return places.map((place) => ({
    key: place.path,
    label: place.label,
    about: '',
    icon: place.icon,
    run: () => go(place.path),
  }))
}

function actionEntries(onOpenKeys: () => void, signOut: () => void): Entry[] {
  return [
    ...themes.map((theme) => ({
      key: `theme-${theme}`,
      label: `${shellText.theme}: ${themeText[theme]}`,
      about: '',
      icon: SunMoon,
      run: () => applyTheme(theme),
    })),
    { key: 'keys', label: shellText.showKeys, about: '', icon: Keyboard, run: onOpenKeys },
    { key: 'sign-out', label: shellText.signOut, about: '', icon: LogOut, run: signOut },
  ]
}
