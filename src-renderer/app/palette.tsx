import {
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from 'react'
import { createPortal } from 'react-dom'
import type { FoundRecord } from '../../src-shared/contract/types.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { call, messageOf } from '../client/call.ts'
import { createImeGuard } from '../forms/ime.ts'
import { paletteKeys } from '../keys/bindings.ts'
import { findPressed, keysText, moveOf } from '../keys/press.ts'
import { targetRow } from '../tables/grid-keys.ts'
import { matchText } from './match-text.ts'
import {
  groupRecords,
  highlightedIndex,
  listGroups,
  type PaletteGroup,
  type PaletteItem,
  type PaletteStock,
} from './palette-items.ts'

// The table of readings is decoded before the first letter is typed.
window.requestIdleCallback(() => matchText('cz', '查找'))

/** Rows PgDn goes over: about what is in sight. */
const pageRows = 12

/** What the backend has found for a text; undefined until it has answered. */
type Answers = {
  readonly text: string
  readonly key?: readonly FoundRecord[]
  readonly list?: readonly FoundRecord[]
  readonly problem?: string
}

/**
 * 查找功能或记录: menu entries, actions of the page in front, open tabs and records, by one typed text. The first row is
 * highlighted; records come in behind the others and move nothing. Enter before they are there takes the first one that
 * comes. Whoever shows it gives the focus back when it closes.
 */
export function Palette(props: {
  readonly stock: PaletteStock
  readonly recents: ReadonlyMap<string, number>
  readonly onTake: (item: PaletteItem, how: 'open' | 'modify') => void
  readonly onClose: () => void
}): ReactNode {
  const { stock, recents } = props
  const [typed, setTyped] = useState('')
  const [answers, setAnswers] = useState<Answers>({ text: '' })
  const [chosenKey, setChosenKey] = useState<string>()
  /** Enter was pressed before there was a row to take. */
  const [awaited, setAwaited] = useState<'open' | 'modify'>()
  const [ime] = useState(createImeGuard)
  const box = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()

  useLayoutEffect(() => box.current?.focus(), [])

  const text = typed.trim()
  useEffect(() => {
    if (text === '') return undefined
    let isCurrent = true
    for (const by of ['key', 'list'] as const) {
      call('record.find', { text: text.slice(0, 200), by }).then(
        (found) => {
          if (isCurrent)
            setAnswers((previous) => ({ ...(previous.text === text ? previous : {}), text, [by]: found }))
        },
        (error: unknown) => {
          if (isCurrent)
            setAnswers((previous) => ({
              ...(previous.text === text ? previous : {}),
              text,
              [by]: [],
              problem: messageOf(error),
            }))
        },
      )
    }
    return () => {
      isCurrent = false
    }
  }, [text])

  const local = useMemo(() => listGroups(stock, text, recents), [stock, text, recents])
  const groups = useMemo<readonly PaletteGroup[]>(() => {
    if (text === '' || answers.text !== text) return local
    const { key = [], list: listed = [] } = answers
    // What was found by key keeps its place when the lists have answered.
    const byKey = groupRecords(key, labelOf, recents)
    const known = new Set(key.map((record) => record.id))
    const byList = groupRecords(
      listed.filter((record) => !known.has(record.id)),
      labelOf,
      recents,
    )
    return [...local, ...byKey, ...byList.map((group) => ({ ...group, title: `${group.title}(地址、名称)` }))]
  }, [local, text, answers, recents])
  const items = useMemo(() => groups.flatMap((group) => group.items), [groups])
  const isAnswered =
    text === '' || (answers.text === text && answers.key !== undefined && answers.list !== undefined)
  const index = highlightedIndex(items, chosenKey)
  const highlighted = items[index]

  const newestTake = useRef(props.onTake)
  useEffect(() => {
    newestTake.current = props.onTake
  })
  useEffect(() => {
    if (awaited !== undefined && highlighted) newestTake.current(highlighted, awaited)
  }, [awaited, highlighted])
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [index, text])

  const take = (how: 'open' | 'modify'): void => {
    if (highlighted) props.onTake(highlighted, how)
    else if (!isAnswered) setAwaited(how)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    // The keys of the palette are no keys of the page beneath it.
    event.stopPropagation()
    const native = event.nativeEvent
    if (ime.isTaken(native)) {
      if (native.keyCode !== 229) event.preventDefault()
      return
    }
    switch (findPressed(native, paletteKeys)) {
      case 'move': {
        const move = moveOf(native)
        const next = move && targetRow(move, { active: Math.max(index, 0), total: items.length, pageRows })
        if (next !== undefined) setChosenKey(items[next]?.key)
        break
      }
      case 'take':
        if (!native.repeat) take('open')
        break
      case 'modify':
        if (!native.repeat) take('modify')
        break
      case 'leave':
        props.onClose()
        break
      case 'stay':
        break
      case undefined:
        return
    }
    event.preventDefault()
  }

  let row = -1
  return createPortal(
    <div
      className="palette-backdrop"
      // The form beneath keeps what is being typed in it: see forms/aside.ts.
      data-aside=""
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) {
          event.preventDefault()
          props.onClose()
        }
      }}
    >
      <div
        role="dialog"
        aria-modal="true"
        aria-label="查找功能或记录"
        className="palette"
        onKeyDown={onKeyDown}
      >
        <input
          ref={box}
          className="palette-box"
          type="text"
          role="combobox"
          aria-label="查找功能或记录"
          aria-autocomplete="list"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={index < 0 ? undefined : `${id}-${index}`}
          placeholder="功能、姓名、证件号码、地址、单位,可用拼音首字母"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          maxLength={200}
          onChange={(event) => {
            setTyped(event.target.value)
            setChosenKey(undefined)
            setAwaited(undefined)
          }}
          onKeyUp={(event) => ime.keyUp(event)}
          onCompositionStart={() => ime.compositionStart()}
          onCompositionEnd={(event) => ime.compositionEnd(event)}
        />
        <div
          ref={list}
          id={`${id}-list`}
          role="listbox"
          aria-label="找到的功能和记录"
          className="palette-list"
        >
          {groups.map((group) => (
            <div key={group.title} role="group" aria-label={group.title}>
              <div className="palette-title" aria-hidden="true">
                {group.title}
              </div>
              {group.items.map((item) => {
                row += 1
                return (
                  <PaletteRow
                    key={item.key}
                    id={`${id}-${row}`}
                    item={item}
                    isHighlighted={row === index}
                    onTake={() => props.onTake(item, 'open')}
                  />
                )
              })}
            </div>
          ))}
        </div>
        <div className="palette-foot" role="status">
          {answers.text === text && answers.problem !== undefined ? (
            <span className="problem">{answers.problem}</span>
          ) : items.length === 0 && isAnswered ? (
            <span>没有符合的功能或记录。证件号码至少录入前 6 位。</span>
          ) : (
            <span>
              打开 {keysText(paletteKeys.take)} · 修改记录 {keysText(paletteKeys.modify)} · 返回{' '}
              {keysText(paletteKeys.leave)}
            </span>
          )}
        </div>
      </div>
    </div>,
    document.body,
  )
}

function labelOf(register: FoundRecord['register']): string {
  return getRegister(register).label
}

function PaletteRow(props: {
  readonly id: string
  readonly item: PaletteItem
  readonly isHighlighted: boolean
  readonly onTake: () => void
}): ReactNode {
  const { item } = props
  return (
    <div
      id={props.id}
      role="option"
      aria-selected={props.isHighlighted}
      className={props.isHighlighted ? 'palette-row palette-row-on' : 'palette-row'}
      title={item.detail === '' ? undefined : `${item.label} ${item.detail}`}
      onPointerDown={(event) => event.preventDefault()}
      onClick={props.onTake}
    >
      <span className="palette-label">{item.label}</span>
      {item.kind === 'record' && item.record.status === 'cancelled' ? (
        <span className="attention">{getRegister(item.record.register).statusLabels.cancelled}</span>
      ) : null}
      <span className="palette-detail">{item.detail}</span>
      {item.shortcut === undefined ? null : <kbd>{item.shortcut}</kbd>}
    </div>
  )
}
