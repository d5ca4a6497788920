import { useLayoutEffect, useRef, useSyncExternalStore, type ReactNode, type RefObject } from 'react'
import { createPortal } from 'react-dom'
import type { LookupEntry } from '../../src-shared/contract/types.ts'
import { LIST_ROWS, type LookupList } from './lookup-list.ts'

/** Height of one row in CSS pixels; the style sheet says the same. */
const ROW_HEIGHT = 26
const FOOTER_HEIGHT = 28

export type LookupPanelProps = {
  readonly list: LookupList
  readonly id: string
  readonly labelledBy: string
  readonly anchor: RefObject<HTMLElement | null>
  /** Ids of a register's records mean nothing to a clerk and are not shown. */
  readonly showsCode: boolean
  readonly typedText: string
  /** Several: which codes are chosen already. */
  readonly chosen: readonly string[] | undefined
  readonly onTake: (index: number) => void
  readonly onCreate: (() => void) | undefined
}

/** The list under a look-up field: twelve rows of fixed height that never move while it is open. */
export function LookupPanel(props: LookupPanelProps): ReactNode {
  const { list, anchor } = props
  const view = useSyncExternalStore(list.subscribe, list.read)
  const panel = useRef<HTMLDivElement>(null)

  useLayoutEffect(() => {
    const at = anchor.current?.getBoundingClientRect()
    const element = panel.current
    if (!view.isOpen || !at || !element) return
    const height = view.height * ROW_HEIGHT + FOOTER_HEIGHT + 2
    // A big table's names may be long; the width is fixed before they are known, so that nothing jumps.
    const width = Math.min(Math.max(at.width, view.height === LIST_ROWS ? 520 : 320), 640)
    element.style.width = `${width}px`
    const isRoomBelow = at.bottom + height + 4 <= window.innerHeight || at.top < height + 4
    element.style.left = `${Math.max(4, Math.min(at.left, window.innerWidth - width - 4))}px`
    element.style.top = isRoomBelow ? `${at.bottom + 2}px` : `${at.top - height - 2}px`
  }, [anchor, view.isOpen, view.height])

  if (!view.isOpen) return null
  const isNothing = view.isAnswered && view.total === 0
  return createPortal(
    <div
      ref={panel}
      className="lookup-panel"
      // The box keeps the focus: a click in the list is no leaving of the field.
      onMouseDown={(event) => event.preventDefault()}
      onWheel={(event) => list.scroll(event.deltaY > 0 ? 3 : -3)}
    >
      <div className="lookup-body" style={{ height: view.height * ROW_HEIGHT }}>
        <ul
          className="lookup-rows"
          role="listbox"
          id={props.id}
          aria-labelledby={props.labelledBy}
          aria-busy={!view.isAnswered}
          aria-multiselectable={props.chosen !== undefined}
        >
          {view.rows.map((entry, row) => {
            const index = view.top + row
            return (
              <Row
                key={index}
                id={`${props.id}-${index}`}
                entry={entry}
                index={index}
                total={view.total}
                isHighlighted={index === view.highlighted}
                isChosen={entry === undefined ? undefined : props.chosen?.includes(entry.code)}
                showsCode={props.showsCode}
                typedText={props.typedText}
                onTake={props.onTake}
              />
            )
          })}
        </ul>
        {view.total > view.height ? <Thumb top={view.top} height={view.height} total={view.total} /> : null}
        {isNothing ? (
          <p className="lookup-nothing">
            {props.typedText === '' ? '这里还没有条目' : `没有符合「${props.typedText}」的条目`}
            {props.onCreate ? ',按 Ctrl+N 新增' : ''}
          </p>
        ) : null}
        {view.problem === null ? null : <p className="lookup-nothing lookup-problem">{view.problem}</p>}
      </div>
      <div className="lookup-foot">
        <span>{view.isEverAnswered ? `共${view.isTotalExact ? '' : '约'} ${view.total} 条` : ''}</span>
        {props.onCreate ? (
          <button type="button" tabIndex={-1} className="lookup-create" onClick={props.onCreate}>
            新增… <kbd>Ctrl+N</kbd>
          </button>
        ) : null}
      </div>
    </div>,
    document.body,
  )
}

function Row(props: {
  readonly id: string
  readonly entry: LookupEntry | undefined
  readonly index: number
  readonly total: number
  readonly isHighlighted: boolean
  /** Undefined where only one can be chosen. */
  readonly isChosen: boolean | undefined
  readonly showsCode: boolean
  readonly typedText: string
  readonly onTake: (index: number) => void
}): ReactNode {
  const { entry, index } = props
  return (
    <li
      id={props.id}
      role="option"
      className={`lookup-row${props.isHighlighted ? ' lookup-row-on' : ''}`}
      aria-selected={props.isHighlighted}
      aria-posinset={index + 1}
      aria-setsize={props.total}
      aria-checked={props.isChosen}
      onClick={() => props.onTake(index)}
    >
      {entry === undefined ? null : (
        <>
          {props.showsCode ? (
            <span className="lookup-code">{boldStart(entry.code, props.typedText)}</span>
          ) : null}
          <span className="lookup-name">
            {props.isChosen ? '✓ ' : ''}
            {boldRanges(entry)}
          </span>
          {entry.parentPath === '' ? null : <span className="lookup-path">{entry.parentPath}</span>}
        </>
      )}
    </li>
  )
}

/** A code with the part bold that was typed. */
function boldStart(code: string, typed: string): ReactNode {
  if (typed === '' || !code.toLowerCase().startsWith(typed.toLowerCase())) return code
  return (
    <>
      <b>{code.slice(0, typed.length)}</b>
      {code.slice(typed.length)}
    </>
  )
}

/** The name with its matched letters bold. */
function boldRanges(entry: LookupEntry): ReactNode {
  if (entry.ranges.length === 0) return entry.name
  const parts: ReactNode[] = []
  let at = 0
  for (const [start, end] of entry.ranges) {
    if (start > at) parts.push(entry.name.slice(at, start))
    parts.push(<b key={start}>{entry.name.slice(start, end)}</b>)
    at = end
  }
  parts.push(entry.name.slice(at))
  return parts
}

function Thumb(props: { readonly top: number; readonly height: number; readonly total: number }): ReactNode {
  const track = props.height * ROW_HEIGHT
  const size = Math.max((props.height / props.total) * track, 18)
  const top = (props.top / Math.max(props.total - props.height, 1)) * (track - size)
  return <span className="lookup-thumb" aria-hidden="true" style={{ height: size, top }} />
}
