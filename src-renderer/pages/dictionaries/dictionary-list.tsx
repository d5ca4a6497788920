import { Input } from 'antd'
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { DictionarySummary } from '../../../src-shared/contract/dictionary-types.ts'
import { dictionaryListKeys } from '../../keys/bindings.ts'
import { findPressed, moveOf } from '../../keys/press.ts'
import { targetRow } from '../../tables/grid-keys.ts'
import { findDictionaries, shortSource } from './dictionary-text.ts'

/** Rows a page key moves by. */
const pageRows = 15

/** The dictionaries by their Chinese names. The box filters as one types; the keys of the list work from the box. */
export function DictionaryList(props: {
  readonly summaries: readonly DictionarySummary[]
  readonly chosen: string | undefined
  readonly onChoose: (name: string) => void
  /** Enter: on to the entries. */
  readonly onEnter: () => void
}): ReactNode {
  const { summaries, chosen, onChoose } = props
  const id = useId()
  const [typed, setTyped] = useState('')
  const list = useRef<HTMLDivElement>(null)
  const found = findDictionaries(summaries, typed)
  const active = found.findIndex(({ name }) => name === chosen)

  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [active])

  const filter = (text: string): void => {
    setTyped(text)
    const next = findDictionaries(summaries, text)
    const first = next[0]
    if (first && !next.some(({ name }) => name === chosen)) onChoose(first.name)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    // The Enter of an input method is its own.
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return
    const pressed = findPressed(event.nativeEvent, dictionaryListKeys)
    const move = moveOf(event)
    if (pressed === 'move' && move) {
      // Home and End move in the text as long as there is one.
      if (typed !== '' && (move === 'first' || move === 'last')) return
      const target = targetRow(move, { active, total: found.length, pageRows })
      const next = target === undefined ? undefined : found[target]
      if (next) onChoose(next.name)
    } else if (pressed === 'enter') props.onEnter()
    else if (pressed === 'clear' && typed !== '') setTyped('')
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <aside className="dictionary-side">
      <div className="dictionary-filter">
        <label htmlFor={`${id}-filter`}>字典</label>
        <Input
          id={`${id}-filter`}
          data-initial-focus=""
          data-dictionary-filter=""
          role="combobox"
          aria-expanded={true}
          aria-controls={`${id}-list`}
          aria-activedescendant={active < 0 ? undefined : `${id}-${found[active]?.name ?? ''}`}
          value={typed}
          maxLength={60}
          autoComplete="off"
          placeholder="名称、首字母"
          onKeyDown={onKeyDown}
          onChange={(event) => filter(event.target.value)}
        />
        <span className="hint">{`${found.length} / ${summaries.length}`}</span>
      </div>
      <div ref={list} id={`${id}-list`} role="listbox" aria-label="字典" className="dictionary-names">
        {found.map((summary) => (
          <div
            key={summary.name}
            id={`${id}-${summary.name}`}
            role="option"
            aria-selected={summary.name === chosen}
            className={summary.name === chosen ? 'dictionary-name dictionary-name-active' : 'dictionary-name'}
            onMouseDown={(event) => {
              event.preventDefault()
              onChoose(summary.name)
            }}
          >
            <span>{summary.label}</span>
            <span className="number">{summary.entryCount.toLocaleString('zh-CN')}</span>
            <span className="dictionary-source">{shortSource(summary)}</span>
          </div>
        ))}
      </div>
      {found.length === 0 ? <p className="query-empty">没有这样的字典。按 Esc 清除筛选文字。</p> : null}
    </aside>
  )
}
