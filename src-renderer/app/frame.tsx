import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import type { Draft, FoundRecord } from '../../src-shared/contract/types.ts'
import { isComposing } from '../forms/composing.ts'
import { describeCard, registerOfCard } from '../../src-shared/readers/card-values.ts'
import { mayWrite, useAppState } from '../client/app-state.tsx'
import { call, messageOf } from '../client/call.ts'
import { useEvent } from '../client/use-request.ts'
import { Dialog } from '../components/dialog.tsx'
import { listDraftsAbove, listRootDrafts } from '../forms/root-drafts.ts'
import { offerCard, onCardWord } from './card-seam.ts'
import { allCommands, type Command } from './commands.ts'
import { DemoDialog } from './demo-dialog.tsx'
import { manualHeadingOf } from './manual-heading.ts'
import { MenuBar } from './menu-bar.tsx'
import { fetchPagesAhead, focusPage, PageHost, type FrameActs } from './page-host.tsx'
import { PaletteHost } from './palette-host.tsx'
import { playReaderSound } from './reader-sound.ts'
import { StatusBar } from './status-bar.tsx'
import type { PageAction, TabPage } from './tab.ts'
import { TabStrip } from './tab-strip.tsx'
import { activate, changeTab, closeTab, cycleTabs, firstTabs, openTab, restoreTab } from './tabs.ts'
import { Toolbar } from './toolbar.tsx'
import { windowKeys } from '../keys/bindings.ts'
import { askedTabIndex, findPressed, isShortcut, keysText } from '../keys/press.ts'

/** Said to a viewer instead of opening a form. */
const VIEWER_WORD = '当前账号是查询员,只能查看。要登记,请在「系统设置—账号」换操作员账号登录。'

/** Forms that were open when the client stopped come back as tabs; the one typed in last is in front. */
function tabsFromDrafts(drafts: readonly Draft[]) {
  return listRootDrafts(drafts)
    .toSorted((a, b) => a.updatedAt - b.updatedAt)
    .reduce(
      (state, draft) =>
        restoreTab(state, {
          kind: 'entry',
          register: draft.register,
          recordIds: draft.recordId === null ? [] : [draft.recordId],
          draftId: draft.id,
          restored: listDraftsAbove(drafts, draft),
        }),
      firstTabs,
    )
}

/** Records opened from the palette that it offers again. */
const openedLimit = 8

/** The main window: menu bar, toolbar, tabs, status bar, and the keys that work everywhere. */
export function Frame(props: { readonly drafts: readonly Draft[] }): ReactNode {
  const { settings, today, account, setAsideAs } = useAppState()
  // A store that had to be set aside: the way back to a backup comes first.
  const [tabs, setTabs] = useState(() =>
    setAsideAs === null
      ? tabsFromDrafts(props.drafts)
      : openTab(tabsFromDrafts(props.drafts), { kind: 'backup' }),
  )
  const restoredCount = tabs.tabs.filter(({ page }) => page.kind === 'entry').length
  const [message, setMessage] = useState(
    restoredCount > 0 ? `已恢复上次未保存的录入 ${restoredCount} 份,可继续填写` : '',
  )
  const [closingKey, setClosingKey] = useState<string>()
  const [isDemoOpen, setIsDemoOpen] = useState(false)
  const [stopped, setStopped] = useState<{ willRestart: boolean; logPath: string }>()
  const newestTabs = useRef(tabs)
  useEffect(() => {
    newestTabs.current = tabs
  })

  /** What pages say of themselves at this moment; a tab's mark follows only when it is drawn. */
  const unsaved = useRef(new Map<string, () => boolean>())
  /** What pages can do now, asked when the palette opens. */
  const offered = useRef(new Map<string, () => readonly PageAction[]>())
  /** F2 is waiting for its card. */
  const isCardAsked = useRef(false)
  const [isPaletteOpen, setIsPaletteOpen] = useState(false)
  /** Records opened from the palette; they are remembered nowhere else. */
  const [openedRecords, setOpenedRecords] = useState<readonly FoundRecord[]>([])

  useEffect(fetchPagesAhead, [])
  useEvent('backend.stopped', setStopped)
  useEvent('backend.started', () => setStopped(undefined))
  useEvent('reader.card', (reading) => {
    if (settings.reader.playsSound) playReaderSound()
    const { activeKey, recentKeys } = newestTabs.current
    const earlier = recentKeys.filter((key) => key !== activeKey).toReversed()
    const warning = reading.warnings[0]
    const told = `已读 ${describeCard(reading)}${warning ? `。${warning.message}` : ''}`
    // A card moves nobody away from what he types; F2 asks for it.
    const mayMove = isCardAsked.current || !isTyping()
    const taker = offerCard(reading, [activeKey, ...earlier])
    if (taker === activeKey) {
      setMessage('')
      return
    }
    if (taker !== undefined) {
      const title = newestTabs.current.tabs.find((tab) => tab.key === taker)?.title ?? ''
      setMessage(`${told}。已交给标签页「${title}」。`)
      if (mayMove) setTabs((state) => activate(state, taker))
      return
    }
    // 首选项 is where readers are tried: there a card is only told.
    if (newestTabs.current.tabs.find((tab) => tab.key === activeKey)?.page.kind === 'settings')
      setMessage(told)
    else if (!mayMove) setMessage(`${told}。本页不用此证件,按 F2 读卡则打开新增表填入。`)
    else if (!mayWrite({ account })) setMessage(VIEWER_WORD)
    else {
      setMessage(told)
      const page: TabPage = {
        kind: 'entry',
        register: registerOfCard(reading, today),
        recordIds: [],
        draftId: crypto.randomUUID(),
        card: reading,
      }
      setTabs((state) => openTab(state, page))
    }
  })
  useEffect(() => onCardWord(setMessage), [])
  const mayEnter = useRef(true)
  useEffect(() => {
    mayEnter.current = mayWrite({ account })
  }, [account])

  const acts = useMemo<FrameActs>(
    () => ({
      openTab: (page) => {
        if (page.kind === 'entry' && !mayEnter.current) setMessage(VIEWER_WORD)
        else setTabs((state) => openTab(state, page))
      },
      closeTab: (key) => setTabs((state) => closeTab(state, key)),
      setTab: (key, change) => setTabs((state) => changeTab(state, key, change)),
      beforeClose: (key, hasUnsaved) => {
        unsaved.current.set(key, hasUnsaved)
        return () => {
          if (unsaved.current.get(key) === hasUnsaved) unsaved.current.delete(key)
        }
      },
      offerActions: (key, list) => {
        offered.current.set(key, list)
        return () => {
          if (offered.current.get(key) === list) offered.current.delete(key)
        }
      },
    }),
    [],
  )
  const focusActive = useCallback(() => {
    focusPage(document.getElementById(`panel-${newestTabs.current.activeKey}`))
  }, [])
  const askToClose = useCallback((key: string) => {
    const tab = newestTabs.current.tabs.find((each) => each.key === key)
    const hasUnsaved = unsaved.current.get(key)?.() ?? tab?.isDirty ?? false
    if (hasUnsaved) setClosingKey(key)
    else setTabs((state) => closeTab(state, key))
  }, [])

  const isServerSet = settings.server.isEnabled && settings.server.host !== ''
  const run = useCallback(
    (command: Command) => {
      const { act } = command
      if (act.kind === 'open') acts.openTab(act.page())
      else if (act.kind === 'demo') setIsDemoOpen(true)
      else if (act.kind === 'readCard') {
        setMessage('正在读卡,请把证件放在读卡器上…')
        isCardAsked.current = true
        const asked = call('reader.readNow', {}).finally(() => {
          isCardAsked.current = false
        })
        asked.then(
          ({ isRead, message: problem }) => {
            // The card itself was told already, and has said its own word.
            if (!isRead) setMessage(problem)
          },
          (error: unknown) => setMessage(messageOf(error)),
        )
      } else if (!isServerSet) acts.openTab({ kind: 'sync' })
      else call('sync.run', {}).catch((error: unknown) => setMessage(messageOf(error)))
    },
    [acts, isServerSet],
  )

  /** The manual at what it says of the page in front. */
  const openPageManual = useCallback(() => {
    const { tabs: open, activeKey } = newestTabs.current
    const inFront = open.find((tab) => tab.key === activeKey)
    acts.openTab({ kind: 'manual', heading: manualHeadingOf(inFront?.page ?? { kind: 'home' }) })
  }, [acts])

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || document.querySelector('[aria-modal=true]')) return
      const command = allCommands.find((each) => isShortcut(event, each.shortcut))
      const pressed = command ? 'command' : findPressed(event, windowKeys)
      switch (pressed) {
        case 'command':
          if (command) run(command)
          break
        case 'palette':
          setIsPaletteOpen(true)
          break
        case 'keyMap':
          acts.openTab({ kind: 'shortcuts' })
          break
        case 'pageManual':
          openPageManual()
          break
        case 'numberedTab': {
          const tab = newestTabs.current.tabs[askedTabIndex(event) ?? -1]
          if (tab) setTabs((state) => activate(state, tab.key))
          break
        }
        case 'nextTab':
        case 'previousTab':
          setTabs((state) => cycleTabs(state, pressed === 'nextTab' ? 1 : -1))
          break
        case 'closeTab':
          askToClose(newestTabs.current.activeKey)
          break
        case undefined:
          return
      }
      event.preventDefault()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [acts, askToClose, openPageManual, run])

  const closing = tabs.tabs.find((tab) => tab.key === closingKey)
  return (
    <div className="frame">
      <MenuBar onCommand={run} onLost={focusActive} />
      <Toolbar onCommand={run} onPalette={() => setIsPaletteOpen(true)} />
      <TabStrip
        state={tabs}
        onActivate={(key) => setTabs((state) => activate(state, key))}
        onClose={askToClose}
        onEnter={focusActive}
      />
      <main className="pages">
        {tabs.tabs.map((tab) => (
          <PageHost key={tab.key} tab={tab} isActive={tab.key === tabs.activeKey} acts={acts} />
        ))}
      </main>
      {stopped ? <StoppedBar {...stopped} /> : null}
      <StatusBar message={message} openTab={acts.openTab} />
      {closing ? (
        <CloseDialog
          title={closing.title}
          page={closing.page}
          onAnswer={(answer) => {
            setClosingKey(undefined)
            if (answer === 'stay') return
            setTabs((state) => closeTab(state, closing.key))
            if (answer === 'discard' && closing.page.kind === 'entry') discardDraft(closing.page.draftId)
          }}
        />
      ) : null}
      {isPaletteOpen ? (
        <PaletteHost
          tabs={tabs}
          listActions={() => [
            ...(offered.current.get(tabs.activeKey)?.() ?? []),
            { label: '本页手册', shortcut: keysText(windowKeys.pageManual), run: openPageManual },
          ]}
          onCommand={run}
          onTab={(key) => setTabs((state) => activate(state, key))}
          openTab={acts.openTab}
          opened={openedRecords}
          onOpened={(record) =>
            setOpenedRecords((previous) =>
              [record, ...previous.filter(({ id }) => id !== record.id)].slice(0, openedLimit),
            )
          }
          onClose={() => setIsPaletteOpen(false)}
          onLost={focusActive}
        />
      ) : null}
      {isDemoOpen ? <DemoDialog onClose={() => setIsDemoOpen(false)} onMessage={setMessage} /> : null}
    </div>
  )
}

/** Whether the clerk is writing something: the focus is in a box, or a question waits for an answer. */
function isTyping(): boolean {
  const { activeElement } = document
  return (
    isComposing() ||
    activeElement instanceof HTMLInputElement ||
    activeElement instanceof HTMLTextAreaElement ||
    document.querySelector('[aria-modal=true]') !== null
  )
}

/** After the form is gone: what it still writes while it closes is discarded with the rest. */
function discardDraft(id: string): void {
  window.setTimeout(() => {
    call('draft.discard', { id }).catch(() => undefined)
  }, 300)
}

function StoppedBar(props: { readonly willRestart: boolean; readonly logPath: string }): ReactNode {
  return (
    <div className="notice-bar" role="alert">
      {props.willRestart
        ? '后台服务意外停止,正在自动重新启动。草稿和待上传的数据都已保存在本机,请稍候继续。'
        : `后台服务多次意外停止,已不再自动启动。草稿和待上传的数据都保存在本机。请重新启动程序;若仍不能使用,请将日志 ${props.logPath} 交给管理员。`}
      {props.willRestart ? null : (
        <span className="notice-acts">
          <button type="button" className="status-button" onClick={() => void call('app.restart', {})}>
            重新启动
          </button>
          <button type="button" className="status-button" onClick={() => void call('log.open', {})}>
            打开日志
          </button>
        </span>
      )}
    </div>
  )
}

function CloseDialog(props: {
  readonly title: string
  readonly page: TabPage
  readonly onAnswer: (answer: 'stay' | 'keep' | 'discard') => void
}): ReactNode {
  const { page, onAnswer } = props
  if (page.kind !== 'entry') {
    return (
      <Dialog
        title="关闭标签页"
        acts={[
          { label: '返回', isSafe: true, isPrimary: true, onSelect: () => onAnswer('stay') },
          { label: '不保存,关闭', onSelect: () => onAnswer('discard') },
        ]}
      >
        「{props.title}」中的修改还没有保存,关闭后将不保留。
      </Dialog>
    )
  }
  return (
    <Dialog
      title="关闭标签页"
      acts={[
        { label: '返回录入', isSafe: true, isPrimary: true, onSelect: () => onAnswer('stay') },
        { label: '关闭,保留草稿', onSelect: () => onAnswer('keep') },
        { label: '关闭,放弃草稿', onSelect: () => onAnswer('discard') },
      ]}
    >
      「{props.title}」中的内容还没有保存。保留草稿时,可在首页的「未完成的录入」中继续。
    </Dialog>
  )
}
