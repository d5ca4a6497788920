import { useState, type KeyboardEvent, type ReactNode } from 'react'
import type { PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { nextSection, sectionPanelId, SectionTabs } from '../../components/section-tabs.tsx'
import { ConflictSection } from './conflict-section.tsx'
import { DuplicateSection } from './duplicate-section.tsx'
import { MergedSection } from './merged-section.tsx'
import { sectionKeys } from '../../keys/bindings.ts'
import { findPressed } from '../../keys/press.ts'

type SectionName = 'conflicts' | 'duplicates' | 'merged'

/** 工具—冲突处理: what only a person can decide after several worked on the same thing. */
export function ConflictsPage(props: PageProps): ReactNode {
  const { isActive, openTab, tabKey } = props
  const { sync } = useAppState()
  const [section, setSection] = useState<SectionName>(() =>
    sync.conflictCount === 0 && sync.duplicateCount > 0 ? 'duplicates' : 'conflicts',
  )
  const idPrefix = `conflicts-${tabKey}`
  const panelId = sectionPanelId(idPrefix)
  const sections = [
    { name: 'conflicts', label: '冲突', count: sync.conflictCount },
    { name: 'duplicates', label: '重复登记', count: sync.duplicateCount },
    { name: 'merged', label: '已合并' },
  ] as const

  const enterSection = (): void => {
    const panel = document.getElementById(panelId)
    ;(
      panel?.querySelector<HTMLElement>('[role=grid]') ??
      panel?.querySelector<HTMLElement>('[data-section]') ??
      panel
    )?.focus()
  }
  // Before the list hears it: there PgDn moves.
  const onKeyDown = (event: KeyboardEvent): void => {
    const pressed = findPressed(event.nativeEvent, sectionKeys)
    if (pressed === undefined) return
    event.preventDefault()
    event.stopPropagation()
    const next = nextSection(sections, section, pressed === 'next' ? 1 : -1)
    setSection(next)
    document.getElementById(`${idPrefix}-${next}`)?.focus()
  }
  const leaveSection = (): void => document.getElementById(`${idPrefix}-${section}`)?.focus()
  const common = { isActive, openTab, panelId, onLeave: leaveSection }
  return (
    <div className="conflicts-page" onKeyDownCapture={onKeyDown}>
      <SectionTabs
        label="冲突处理栏目"
        sections={sections}
        current={section}
        idPrefix={idPrefix}
        onChange={setSection}
        onEnter={enterSection}
      />
      <div
        id={panelId}
        role="tabpanel"
        aria-labelledby={`${idPrefix}-${section}`}
        tabIndex={-1}
        data-initial-focus=""
        className="section-panel"
      >
        {section === 'conflicts' ? <ConflictSection {...common} /> : null}
        {section === 'duplicates' ? <DuplicateSection {...common} /> : null}
        {section === 'merged' ? <MergedSection {...common} /> : null}
      </div>
    </div>
  )
}
