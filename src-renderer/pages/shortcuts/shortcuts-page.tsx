import { Input } from 'antd'
import { useId, useMemo, useState, type KeyboardEvent, type ReactNode } from 'react'
import { listKeyGroups, type KeyGroup } from '../../app/key-map.ts'
import { matchText } from '../../app/match-text.ts'
import { KeyList } from '../../components/key-list.tsx'
import { keyMapKeys } from '../../keys/bindings.ts'
import { isPressed } from '../../keys/press.ts'

/** 帮助—快捷键: every key there is, by place; typing leaves those whose keys, act or place fit. */
export function ShortcutsPage(): ReactNode {
  const [typed, setTyped] = useState('')
  const id = useId()
  const all = useMemo(() => listKeyGroups(), [])
  const groups = useMemo(() => filterGroups(all, typed), [all, typed])
  const count = groups.reduce((sum, group) => sum + group.lines.length, 0)
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing || !isPressed(event.nativeEvent, keyMapKeys.clear) || typed === '')
      return
    event.preventDefault()
    setTyped('')
  }
  return (
    <div className="key-map">
      <div className="key-map-head">
        <h2>快捷键</h2>
        <label htmlFor={id}>筛选</label>
        <Input
          id={id}
          data-initial-focus=""
          className="key-map-filter"
          value={typed}
          placeholder="功能、按键或拼音首字母"
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <span className="hint" role="status">{`${count} 条`}</span>
      </div>
      <div className="key-map-list" tabIndex={0} role="region" aria-label="快捷键列表">
        {count === 0 ? (
          <p className="query-empty">没有符合的快捷键。按 Esc 清除筛选文字。</p>
        ) : (
          <KeyList groups={groups} />
        )}
      </div>
    </div>
  )
}

/** The lines that fit; a group whose title fits keeps all of them. */
function filterGroups(groups: readonly KeyGroup[], typed: string): readonly KeyGroup[] {
  const text = typed.trim()
  if (text === '') return groups
  const keys = text.toLowerCase()
  return groups.flatMap((group) => {
    if (matchText(text, group.title) !== undefined) return [group]
    const lines = group.lines.filter(
      (line) => line.keys.toLowerCase().includes(keys) || matchText(text, line.does) !== undefined,
    )
    return lines.length === 0 ? [] : [{ title: group.title, lines }]
  })
}
