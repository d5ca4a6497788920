import { Suspense, useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import type { FoundRecord } from '../../src-shared/contract/types.ts'
import { touchRecent } from '../../src-shared/pinyin/recency.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { call } from '../client/call.ts'
import { menus, readCard, synchronise, type Command } from './commands.ts'
import { KeyKeeper, palette } from './page-host.tsx'
import { recordItem, type PaletteItem, type PaletteStock } from './palette-items.ts'
import type { PageAction, TabPage } from './tab.ts'
import type { TabsState } from './tabs.ts'

const recentsKey = 'palette.recents'
const noRecents: ReadonlyMap<string, number> = new Map()

/** The palette over the page: what it offers, where the focus goes back to, and what taking a row does. */
export function PaletteHost(props: {
  readonly tabs: TabsState
  readonly listActions: () => readonly PageAction[]
  readonly onCommand: (command: Command) => void
  readonly onTab: (key: string) => void
  readonly openTab: (page: TabPage) => void
  /** Records opened from here since the start, the newest first. */
  readonly opened: readonly FoundRecord[]
  readonly onOpened: (record: FoundRecord) => void
  readonly onClose: () => void
  /** The focus has nowhere to go back to. */
  readonly onLost: () => void
}): ReactNode {
  const { tabs, opened, onClose } = props
  const before = useRef<Kept>(undefined)
  const [recents, setRecents] = useState<ReadonlyMap<string, number>>()
  const [actions] = useState(props.listActions)

  useLayoutEffect(() => {
    before.current = keepFocus()
  }, [])
  useEffect(() => {
    call('preference.read', { key: recentsKey }).then(
      (stored) => setRecents(readRecents(stored)),
      () => setRecents(noRecents),
    )
  }, [])
  const stock = useMemo(() => makeStock(tabs, actions, opened), [tabs, actions, opened])

  const close = (): void => {
    onClose()
    const kept = before.current
    if (kept?.element.isConnected) giveBack(kept)
    if (kept === undefined || document.activeElement !== kept.element) props.onLost()
  }
  const take = (item: PaletteItem, how: 'open' | 'modify'): void => {
    if (how === 'modify' && item.kind !== 'record') return
    // What comes next finds the focus where it was, as if the palette had never been there.
    close()
    note(item.key)
    switch (item.kind) {
      case 'command':
        props.onCommand(item.command)
        break
      case 'action':
        item.action.run()
        break
      case 'tab':
        props.onTab(item.tabKey)
        break
      case 'record': {
        const { record } = item
        const { register, id } = record
        props.onOpened(record)
        props.openTab(
          how === 'modify' && record.status === 'active'
            ? { kind: 'entry', register, recordIds: [id], draftId: crypto.randomUUID() }
            : { kind: 'details', register, recordId: id },
        )
      }
    }
  }
  const note = (key: string): void => {
    const scores = touchRecent(recents ?? noRecents, key, Date.now())
    call('preference.write', { key: recentsKey, value: Object.fromEntries(scores) }).catch(() => undefined)
  }

  return (
    <Suspense fallback={<KeyKeeper />}>
      {recents === undefined ? (
        <KeyKeeper />
      ) : (
        <palette.Page stock={stock} recents={recents} onTake={take} onClose={close} />
      )}
    </Suspense>
  )
}

function makeStock(
  tabs: TabsState,
  actions: readonly PageAction[],
  opened: readonly FoundRecord[],
): PaletteStock {
  const commands = menus.flatMap((menu) => menu.commands.map((command) => ({ command, detail: menu.label })))
  return {
    commands: [...commands, ...[readCard, synchronise].map((command) => ({ command, detail: '工具栏' }))].map(
      ({ command, detail }) => ({
        kind: 'command',
        key: `command:${command.label}`,
        label: command.label,
        detail,
        shortcut: command.shortcut,
        command,
      }),
    ),
    actions: actions.map((action) => ({
      kind: 'action',
      key: `action:${action.label}`,
      label: action.label,
      detail: '',
      ...(action.shortcut === undefined ? {} : { shortcut: action.shortcut }),
      action,
    })),
    tabs: tabs.tabs
      .filter((tab) => tab.key !== tabs.activeKey)
      .map((tab) => ({ kind: 'tab', key: `tab:${tab.key}`, label: tab.title, detail: '', tabKey: tab.key })),
    records: opened.map((record) => recordItem(record, getRegister(record.register).label)),
  }
}

function readRecents(stored: unknown): ReadonlyMap<string, number> {
  if (typeof stored !== 'object' || stored === null) return noRecents
  return new Map(
    Object.entries(stored).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

/** Where the focus was, with the caret or selection in it. */
type Kept = {
  readonly element: HTMLElement
  readonly selection: readonly [number, number] | undefined
}

function keepFocus(): Kept | undefined {
  const element = document.activeElement
  if (!(element instanceof HTMLElement) || element === document.body) return undefined
  const isBox = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
  // A tick or a choice has no caret.
  const start = isBox ? element.selectionStart : null
  const end = isBox ? element.selectionEnd : null
  return { element, selection: start === null || end === null ? undefined : [start, end] }
}

function giveBack({ element, selection }: Kept): void {
  element.focus({ preventScroll: true })
  if (!selection) return
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)
    element.setSelectionRange(...selection)
}
