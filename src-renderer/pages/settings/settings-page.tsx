import { useCallback, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { listKeyGroups } from '../../app/key-map.ts'
import type { PageProps } from '../../app/tab.ts'
import { KeyList } from '../../components/key-list.tsx'
import { AccountSettings } from './account-settings.tsx'
import { DisplaySettings } from './display-settings.tsx'
import { PeriodSettings } from './period-settings.tsx'
import { ReaderSettingsForm } from './reader-settings.tsx'
import { RegionSettings } from './region-settings.tsx'
import { ServerSettingsForm } from './server-settings.tsx'
import { settingsKeys } from '../../keys/bindings.ts'
import { isPressed, stepOf } from '../../keys/press.ts'

const sheets = ['系统初始化', '账号', '同步周期', '地区规定', '显示', '读卡器', '快捷键'] as const
type Sheet = (typeof sheets)[number]

/** 工具—系统设置: 首选项. A list of sheets on the left, the chosen one on the right. */
export function SettingsPage(props: PageProps): ReactNode {
  const [sheet, setSheet] = useState<Sheet>('系统初始化')
  const list = useRef<HTMLDivElement>(null)
  const { setTab } = props
  const dirtySheets = useRef(new Set<Sheet>())
  const note = useCallback(
    (about: Sheet, isDirty: boolean): void => {
      if (isDirty) dirtySheets.current.add(about)
      else dirtySheets.current.delete(about)
      setTab({ isDirty: dirtySheets.current.size > 0 })
    },
    [setTab],
  )
  const noteServer = useCallback((isDirty: boolean) => note('系统初始化', isDirty), [note])
  const noteReader = useCallback((isDirty: boolean) => note('读卡器', isDirty), [note])

  const onKeyDown = (event: KeyboardEvent): void => {
    const next = sheets[(sheets.indexOf(sheet) + stepOf(event) + sheets.length) % sheets.length]
    if (!isPressed(event.nativeEvent, settingsKeys.move) || next === undefined) return
    event.preventDefault()
    setSheet(next)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[sheets.indexOf(next)]?.focus()
  }

  return (
    <div className="settings">
      <nav className="settings-list" aria-label="首选项">
        <h2 id="settings-heading">系统设置</h2>
        <div
          ref={list}
          role="tablist"
          aria-orientation="vertical"
          aria-labelledby="settings-heading"
          onKeyDown={onKeyDown}
        >
          {sheets.map((each) => (
            <div
              key={each}
              role="tab"
              aria-selected={each === sheet}
              aria-controls="settings-sheet"
              tabIndex={each === sheet ? 0 : -1}
              className={each === sheet ? 'settings-entry settings-entry-active' : 'settings-entry'}
              onClick={() => setSheet(each)}
              {...(each === sheet ? { 'data-initial-focus': '' } : {})}
            >
              {each}
            </div>
          ))}
        </div>
      </nav>
      <div id="settings-sheet" role="tabpanel" aria-label={sheet} className="settings-sheet">
        <h3>{sheet}</h3>
        {/* Stays mounted: what was typed about the server is kept while another sheet is looked at. */}
        <div hidden={sheet !== '系统初始化'}>
          <ServerSettingsForm onDirty={noteServer} />
        </div>
        <div hidden={sheet !== '读卡器'}>
          <ReaderSettingsForm isShown={sheet === '读卡器'} onDirty={noteReader} />
        </div>
        {sheet === '账号' ? <AccountSettings /> : null}
        {sheet === '同步周期' ? <PeriodSettings /> : null}
        {sheet === '地区规定' ? <RegionSettings /> : null}
        {sheet === '显示' ? <DisplaySettings /> : null}
        {sheet === '快捷键' ? (
          <div tabIndex={0} className="settings-bindings" aria-label="快捷键列表">
            <KeyList groups={listKeyGroups()} />
          </div>
        ) : null}
      </div>
    </div>
  )
}
