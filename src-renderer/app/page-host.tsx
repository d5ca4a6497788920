import {
  lazy,
  memo,
  Suspense,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ComponentType,
  type ReactNode,
  type RefObject,
} from 'react'
import { Delayed } from '../components/delayed.tsx'
import { createKeyQueue, pageKeys } from '../forms/key-queue.ts'
import { HomePage } from '../pages/home/home-page.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import type { PageAction, PageProps, Tab, TabPage } from './tab.ts'

const entryPage = lazyPage(async () => (await import('../pages/entry/entry-page.tsx')).EntryPage)
const queryPage = lazyPage(async () => (await import('../pages/query/query-page.tsx')).QueryPage)
const detailsPage = lazyPage(async () => (await import('../pages/details/details-page.tsx')).DetailsPage)
const batchesPage = lazyPage(async () => (await import('../pages/batches/batches-page.tsx')).BatchesPage)
const dayEndPage = lazyPage(async () => (await import('../pages/day-end/day-end-page.tsx')).DayEndPage)
const buildingMapPage = lazyPage(
  async () => (await import('../pages/building-map/building-map-page.tsx')).BuildingMapPage,
)
const settingsPage = lazyPage(async () => (await import('../pages/settings/settings-page.tsx')).SettingsPage)
const syncPage = lazyPage(async () => (await import('../pages/sync/sync-page.tsx')).SyncPage)
const conflictsPage = lazyPage(
  async () => (await import('../pages/conflicts/conflicts-page.tsx')).ConflictsPage,
)
const remindersPage = lazyPage(
  async () => (await import('../pages/reminders/reminders-page.tsx')).RemindersPage,
)
const residencePage = lazyPage(
  async () => (await import('../pages/residence/residence-page.tsx')).ResidencePage,
)
const dictionariesPage = lazyPage(
  async () => (await import('../pages/dictionaries/dictionaries-page.tsx')).DictionariesPage,
)
const backupPage = lazyPage(async () => (await import('../pages/backup/backup-page.tsx')).BackupPage)
const auditLogPage = lazyPage(
  async () => (await import('../pages/audit-log/audit-log-page.tsx')).AuditLogPage,
)
const shortcutsPage = lazyPage(
  async () => (await import('../pages/shortcuts/shortcuts-page.tsx')).ShortcutsPage,
)
const manualPage = lazyPage(async () => (await import('../pages/manual/manual-page.tsx')).ManualPage)
/** 查找功能或记录, which the frame lays over the page. */
export const palette = lazyPage(async () => (await import('./palette.tsx')).Palette)
const aboutPage = lazyPage(async () => (await import('../pages/about/about-page.tsx')).AboutPage)

/**
 * A page that is fetched when it is first shown, or ahead of that. One that was fetched is there in the same frame as the
 * key that opens it: keys typed on at once are its own.
 */
export function lazyPage<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let loaded: ComponentType<Props> | undefined
  const fetch = async (): Promise<ComponentType<Props>> => (loaded = await load())
  const Late = lazy(async () => ({ default: await fetch() }))
  function Page(props: Props): ReactNode {
    const [Shown] = useState<ComponentType<Props>>(() => loaded ?? (Late as unknown as ComponentType<Props>))
    return <Shown {...props} />
  }
  return { Page, fetch }
}

/** Fetches the form, which most starts are followed by, while the backend opens the store. */
export function fetchFormAhead(): void {
  entryPage.fetch().catch(() => undefined)
}

/** Fetches the pages while nothing else is to do, the forms first. */
export function fetchPagesAhead(): void {
  const pages = [
    ...[entryPage, queryPage, settingsPage, detailsPage],
    ...[batchesPage, dayEndPage, syncPage, conflictsPage, remindersPage],
    ...[residencePage, dictionariesPage, backupPage, auditLogPage],
    ...[buildingMapPage, shortcutsPage, manualPage, aboutPage, palette],
  ]
  window.requestIdleCallback(() => {
    // One that cannot be fetched now is fetched, and complained about, when it is opened.
    for (const page of pages) page.fetch().catch(() => undefined)
  })
}

/** What the frame does for a page; the functions stay the same ones, so that a hidden page is not drawn again. */
export type FrameActs = {
  readonly openTab: (page: TabPage) => void
  readonly closeTab: (key: string) => void
  readonly setTab: (key: string, change: { title?: string; isDirty?: boolean; page?: TabPage }) => void
  readonly beforeClose: (key: string, hasUnsaved: () => boolean) => () => void
  readonly offerActions: (key: string, list: () => readonly PageAction[]) => () => void
}

/** One tab's page. Hidden ones stay mounted; the one that becomes active gets its focus back. */
export const PageHost = memo(function PageHost(props: {
  readonly tab: Tab
  readonly isActive: boolean
  readonly acts: FrameActs
}): ReactNode {
  const { tab, isActive, acts } = props
  const panel = useRef<HTMLDivElement>(null)
  return (
    <div
      ref={panel}
      id={`panel-${tab.key}`}
      role="tabpanel"
      aria-labelledby={`tab-${tab.key}`}
      className="page"
      hidden={!isActive}
      onFocus={(event) => {
        // Portals (lists, dialogs) bubble here too, but they are gone when the tab comes back.
        if (panel.current?.contains(event.target)) lastFocusOf.set(panel.current, event.target)
      }}
    >
      <ErrorBoundary>
        <Suspense
          fallback={
            <>
              {isActive ? <KeyKeeper /> : null}
              <Delayed>
                <p className="page-loading">正在打开…</p>
              </Delayed>
            </>
          }
        >
          <Page tab={tab} isActive={isActive} acts={acts} />
          <FocusKeeper isActive={isActive} panel={panel} tabId={`tab-${tab.key}`} />
        </Suspense>
      </ErrorBoundary>
    </div>
  )
})

/** Keeps keys that are struck before the page is fetched: they are its own. Played once its first field has the focus. */
export function KeyKeeper(): null {
  useEffect(() => {
    const keys = createKeyQueue(pageKeys)
    keys.hold()
    return () => {
      // The page that came takes the focus, and keeps keys itself where it needs to, before the next task but one.
      window.setTimeout(() => window.setTimeout(keys.release))
    }
  }, [])
  return null
}

/** Stands after the page, so that a page that sets its own focus is asked first. */
function FocusKeeper(props: {
  readonly isActive: boolean
  readonly panel: RefObject<HTMLDivElement | null>
  readonly tabId: string
}): null {
  const { isActive, panel, tabId } = props
  useEffect(() => {
    // ← → along the tabs stay on the tabs; Enter goes into the page.
    if (isActive && document.activeElement?.id !== tabId) focusPage(panel.current)
  }, [isActive, panel, tabId])
  return null
}

const focusable =
  'input:not([disabled]), textarea:not([disabled]), button:not([disabled]), select, [tabindex="0"]'

/** Where the focus was in each page. */
const lastFocusOf = new WeakMap<HTMLElement, HTMLElement>()

/** Gives focus to where it was in a page, else to what the page names, else to its first control. */
export function focusPage(panel: HTMLElement | null): void {
  // A dialog keeps focus until it is answered.
  if (!panel || document.querySelector('[aria-modal=true]')) return
  if (panel.contains(document.activeElement)) return
  const last = lastFocusOf.get(panel)
  if (last?.isConnected && panel.contains(last)) {
    last.focus()
    if (document.activeElement === last) return
  }
  const first =
    panel.querySelector<HTMLElement>('[data-initial-focus]') ??
    // A box that only shows something (房屋档案编号) takes no keys.
    [...panel.querySelectorAll<HTMLElement>(focusable)].find(
      (each) => each.offsetParent !== null && each.tabIndex >= 0,
    )
  first?.focus()
}

const Page = memo(function Page(props: {
  readonly tab: Tab
  readonly isActive: boolean
  readonly acts: FrameActs
}): ReactNode {
  const { tab, isActive, acts } = props
  const { key } = tab
  const bound = useMemo<Pick<PageProps, 'closeTab' | 'setTab' | 'beforeClose' | 'offerActions'>>(
    () => ({
      closeTab: () => acts.closeTab(key),
      setTab: (change) => acts.setTab(key, change),
      beforeClose: (hasUnsaved) => acts.beforeClose(key, hasUnsaved),
      offerActions: (list) => acts.offerActions(key, list),
    }),
    [acts, key],
  )
  const common = { tabKey: key, isActive, openTab: acts.openTab, ...bound }
  const { page } = tab
  switch (page.kind) {
    case 'home':
      return <HomePage {...common} page={page} />
    case 'entry':
      return <entryPage.Page {...common} page={page} />
    case 'query':
      return <queryPage.Page {...common} page={page} />
    case 'details':
      return <detailsPage.Page {...common} page={page} />
    case 'batches':
      return <batchesPage.Page {...common} page={page} />
    case 'dayEnd':
      return <dayEndPage.Page {...common} page={page} />
    case 'buildingMap':
      return <buildingMapPage.Page {...common} page={page} />
    case 'settings':
      return <settingsPage.Page {...common} page={page} />
    case 'sync':
      return <syncPage.Page {...common} page={page} />
    case 'conflicts':
      return <conflictsPage.Page {...common} page={page} />
    case 'reminders':
      return <remindersPage.Page {...common} page={page} />
    case 'residence':
      return <residencePage.Page {...common} page={page} />
    case 'dictionaries':
      return <dictionariesPage.Page {...common} page={page} />
    case 'backup':
      return <backupPage.Page {...common} page={page} />
    case 'auditLog':
      return <auditLogPage.Page {...common} page={page} />
    case 'shortcuts':
      return <shortcutsPage.Page />
    case 'manual':
      return <manualPage.Page {...common} page={page} />
    case 'about':
      return <aboutPage.Page />
  }
})
