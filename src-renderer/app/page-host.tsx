import { lazy, memo, Suspense, useEffect, useMemo, useRef, type ReactNode, type RefObject } from 'react'
import { Delayed } from '../components/delayed.tsx'
import { HomePage } from '../pages/home/home-page.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import type { PageProps, Tab, TabPage } from './tab.ts'

const loadEntryPage = async () => ({ default: (await import('../pages/entry/entry-page.tsx')).EntryPage })
const loadQueryPage = async () => ({ default: (await import('../pages/query/query-page.tsx')).QueryPage })
const EntryPage = lazy(loadEntryPage)
const QueryPage = lazy(loadQueryPage)
const DetailsPage = lazy(async () => ({
  default: (await import('../pages/details/details-page.tsx')).DetailsPage,
}))
const SettingsPage = lazy(async () => ({
  default: (await import('../pages/settings/settings-page.tsx')).SettingsPage,
}))
const SyncPage = lazy(async () => ({ default: (await import('../pages/sync/sync-page.tsx')).SyncPage }))
const ShortcutsPage = lazy(async () => ({
  default: (await import('../pages/shortcuts/shortcuts-page.tsx')).ShortcutsPage,
}))
const AboutPage = lazy(async () => ({ default: (await import('../pages/about/about-page.tsx')).AboutPage }))

/** Fetches the two big pages while nothing else is to do, so that the first form opens at once. */
export function fetchPagesAhead(): void {
  window.requestIdleCallback(() => {
    void loadEntryPage()
    void loadQueryPage()
  })
}

/** What the frame does for a page; the functions stay the same ones, so that a hidden page is not drawn again. */
export type FrameActs = {
  readonly openTab: (page: TabPage) => void
  readonly closeTab: (key: string) => void
  readonly setTab: (key: string, change: { title?: string; isDirty?: boolean }) => void
}

/** One tab's page. Hidden ones stay mounted; the one that becomes active gets its focus back. */
export const PageHost = memo(function PageHost(props: {
  readonly tab: Tab
  readonly isActive: boolean
  readonly acts: FrameActs
}): ReactNode {
  const { tab, isActive, acts } = props
  const panel = useRef<HTMLDivElement>(null)
  const lastFocus = useRef<HTMLElement>(null)
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
        if (panel.current?.contains(event.target)) lastFocus.current = event.target
      }}
    >
      <ErrorBoundary>
        <Suspense
          fallback={
            <Delayed>
              <p className="page-loading">正在打开…</p>
            </Delayed>
          }
        >
          <Page tab={tab} isActive={isActive} acts={acts} />
          <FocusKeeper isActive={isActive} panel={panel} lastFocus={lastFocus} />
        </Suspense>
      </ErrorBoundary>
    </div>
  )
})

/** Stands after the page, so that a page that sets its own focus is asked first. */
function FocusKeeper(props: {
  readonly isActive: boolean
  readonly panel: RefObject<HTMLDivElement | null>
  readonly lastFocus: RefObject<HTMLElement | null>
}): null {
  const { isActive, panel, lastFocus } = props
  useEffect(() => {
    if (isActive) focusPage(panel.current, lastFocus.current)
  }, [isActive, panel, lastFocus])
  return null
}

const focusable =
  'input:not([disabled]), textarea:not([disabled]), button:not([disabled]), select, [tabindex="0"]'

/** Gives focus to where it was in a page, else to what the page names, else to its first control. */
export function focusPage(panel: HTMLElement | null, last: HTMLElement | null): void {
  // A dialog keeps focus until it is answered.
  if (!panel || document.querySelector('[aria-modal=true]')) return
  if (panel.contains(document.activeElement)) return
  if (last?.isConnected && panel.contains(last)) {
    last.focus()
    if (document.activeElement === last) return
  }
  const first =
    panel.querySelector<HTMLElement>('[data-initial-focus]') ??
    [...panel.querySelectorAll<HTMLElement>(focusable)].find((each) => each.offsetParent !== null)
  first?.focus()
}

const Page = memo(function Page(props: {
  readonly tab: Tab
  readonly isActive: boolean
  readonly acts: FrameActs
}): ReactNode {
  const { tab, isActive, acts } = props
  const { key } = tab
  const bound = useMemo<Pick<PageProps, 'closeTab' | 'setTab'>>(
    () => ({
      closeTab: () => acts.closeTab(key),
      setTab: (change) => acts.setTab(key, change),
    }),
    [acts, key],
  )
  const common = { tabKey: key, isActive, openTab: acts.openTab, ...bound }
  const { page } = tab
  switch (page.kind) {
    case 'home':
      return <HomePage {...common} page={page} />
    case 'entry':
      return <EntryPage {...common} page={page} />
    case 'query':
      return <QueryPage {...common} page={page} />
    case 'details':
      return <DetailsPage {...common} page={page} />
    case 'settings':
      return <SettingsPage {...common} page={page} />
    case 'sync':
      return <SyncPage {...common} page={page} />
    case 'shortcuts':
      return <ShortcutsPage />
    case 'about':
      return <AboutPage />
  }
})
