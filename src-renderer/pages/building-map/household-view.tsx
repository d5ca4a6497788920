import { useRef, type KeyboardEvent, type ReactNode } from 'react'
import type { MapHousehold, MapItem } from '../../../src-shared/contract/map-types.ts'
import type { PageProps } from '../../app/tab.ts'
import { mapDwellingKeys, mapHouseholdKeys } from '../../keys/bindings.ts'
import { findPressed } from '../../keys/press.ts'
import type { DwellingActs } from './building-grid.tsx'
import { cellMarks } from './occupancy-marks.ts'

/** 房屋 → 人员: who lives there, and beside them what is open and what is in force. ↑ ↓ go through all of it. */
export function HouseholdView(props: {
  readonly household: MapHousehold
  readonly acts: DwellingActs
  readonly openTab: PageProps['openTab']
}): ReactNode {
  const { household, acts, openTab } = props
  const box = useRef<HTMLDivElement>(null)
  const mark = cellMarks[household.occupancy]
  const people = household.groups.filter(({ label }) => label === '流动人员' || label === '未成年人')
  const others = household.groups.filter((group) => !people.includes(group))
  const firstId = [...people, ...others].find(({ items }) => items.length > 0)?.items[0]?.id

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.nativeEvent.isComposing) return
    const rows = [...(box.current?.querySelectorAll<HTMLElement>('.map-item') ?? [])]
    const index = rows.findIndex((row) => row === document.activeElement)
    const goTo = (next: number): void => rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus()
    const moved = findPressed(event.nativeEvent, mapHouseholdKeys)
    const act = findPressed(event.nativeEvent, mapDwellingKeys)
    if (moved === 'down') goTo(index + 1)
    else if (moved === 'up') goTo(index - 1)
    else if (moved === 'first') goTo(0)
    else if (moved === 'last') goTo(rows.length - 1)
    else if (act === 'details') acts.details()
    else if (act === 'residents') acts.residents()
    else if (act === 'modify' && household.occupancy !== 'cancelled') acts.modify()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const groupOf = (group: MapHousehold['groups'][number]): ReactNode => (
    <section key={group.label} aria-label={group.label}>
      <h3>{`${group.label}(${group.total})`}</h3>
      {group.items.length === 0 ? <p className="hint">无</p> : null}
      {group.items.map((item) => (
        <Item key={item.id} item={item} isFirst={item.id === firstId} openTab={openTab} />
      ))}
      {group.total > group.items.length ? (
        <p className="hint">{`只列出前 ${group.items.length} 条,其余请用查询。`}</p>
      ) : null}
    </section>
  )
  return (
    <div
      ref={box}
      className="map-household"
      tabIndex={-1}
      data-map-focus={firstId === undefined ? '' : undefined}
      onKeyDown={onKeyDown}
    >
      <header className="map-household-head">
        <h2>{household.title}</h2>
        <span className={`map-letter map-${household.occupancy}`} aria-hidden="true">
          {mark.letter}
        </span>
        <span>
          {household.useLabel === '' || household.useLabel === mark.label
            ? mark.label
            : `${mark.label}(登记为${household.useLabel})`}
        </span>
      </header>
      <div className="map-household-columns">
        <div>{people.map(groupOf)}</div>
        <div>{others.map(groupOf)}</div>
      </div>
      <footer className="map-foot">
        <span>
          打开 Enter · 房屋详细信息 Ctrl+O · 房屋修改 Ctrl+E · 现住人员 Ctrl+I · 返回 Backspace、Esc
        </span>
      </footer>
    </div>
  )
}

function Item(props: {
  readonly item: MapItem
  readonly isFirst: boolean
  readonly openTab: PageProps['openTab']
}): ReactNode {
  const { item } = props
  return (
    <button
      type="button"
      className="map-item"
      tabIndex={props.isFirst ? 0 : -1}
      data-map-focus={props.isFirst ? '' : undefined}
      onClick={() => props.openTab({ kind: 'details', register: item.register, recordId: item.id })}
    >
      <span className="map-item-title">{item.title}</span>
      <span className="hint map-item-detail">{item.detail}</span>
      <span className={item.status === 'active' ? 'map-item-status' : 'map-item-status hint'}>
        {item.statusLabel}
      </span>
    </button>
  )
}
