import { Input } from 'antd'
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { MapCounts, MapLine, MapPlace } from '../../../src-shared/contract/map-types.ts'
import { mapLevelKeys } from '../../keys/bindings.ts'
import { findPressed, moveOf } from '../../keys/press.ts'
import { targetRow } from '../../tables/grid-keys.ts'
import { findLines } from './find-lines.ts'

/** Height of a line, and how many lines above and below those in sight are drawn. */
const ROW_HEIGHT = 28
const SPARE_ROWS = 8

const levelWords: Readonly<Record<MapPlace['kind'], { readonly what: string; readonly empty: string }>> = {
  all: { what: '社区', empty: '还没有房屋。请从菜单「房屋」新增小区或新增房屋。' },
  community: { what: '小区、门牌', empty: '该社区还没有小区和房屋。按 Esc 返回。' },
  estate: { what: '楼栋', empty: '该小区还没有楼栋。请在小区修改中填写楼栋,或新增房屋。' },
  door: { what: '楼栋', empty: '该门牌还没有房屋。按 Esc 返回。' },
}

type Column = {
  readonly label: string
  readonly of: (line: MapLine) => string
  readonly isPressing?: boolean
}

function numberText(count: number): string {
  return count === 0 ? '' : count.toLocaleString('zh-CN')
}

function ofCount(name: keyof MapCounts): (line: MapLine) => string {
  return ({ counts }) => numberText(counts[name])
}

const columns: readonly Column[] = [
  { label: '应有', of: ({ declared }) => (declared === null ? '' : declared.toLocaleString('zh-CN')) },
  { label: '已登记', of: ofCount('dwellings') },
  { label: '出租', of: ofCount('rented') },
  { label: '有人居住', of: ({ counts }) => numberText(counts.dwellings - counts.rented - counts.vacant) },
  { label: '空置', of: ofCount('vacant') },
  { label: '流动人员', of: ofCount('residents') },
  { label: '未成年人', of: ofCount('minors') },
  { label: '待办事项', of: ofCount('requests') },
  { label: '隐患', of: ofCount('hazards') },
  { label: '其中逾期', of: ofCount('overdue'), isPressing: true },
]

/** One level as a list with its counts. The box finds as one types; the keys of the list work from the box. */
export function LevelList(props: {
  readonly lines: readonly MapLine[]
  readonly kind: MapPlace['kind']
  /** The line the level was left at. */
  readonly startAt: string | undefined
  readonly onOpen: (line: MapLine) => void
  readonly onUp: () => void
}): ReactNode {
  const { lines, startAt } = props
  const id = useId()
  const [typed, setTyped] = useState('')
  const [activeKey, setActiveKey] = useState(startAt)
  const [scrollTop, setScrollTop] = useState(0)
  const [height, setHeight] = useState(600)
  const body = useRef<HTMLDivElement>(null)
  const found = useMemo(() => findLines(lines, typed), [lines, typed])
  const active = Math.max(
    found.findIndex(({ key }) => key === activeKey),
    found.length > 0 ? 0 : -1,
  )

  useEffect(() => {
    const box = body.current
    if (!box) return
    const measure = (): void => setHeight(box.clientHeight)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const box = body.current
    if (!box || active < 0) return
    const top = active * ROW_HEIGHT
    if (top < box.scrollTop) box.scrollTop = top
    else if (top + ROW_HEIGHT > box.scrollTop + box.clientHeight)
      box.scrollTop = top + ROW_HEIGHT - box.clientHeight
  }, [active, found])

  const onKeyDown = (event: KeyboardEvent): void => {
    // The Enter and Backspace of an input method are its own.
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return
    const pressed = findPressed(event.nativeEvent, mapLevelKeys)
    const line = found[active]
    const move = moveOf(event)
    // Home and End move in the list as long as nothing is typed that they could move in.
    const isOfText = typed !== '' && (move === 'first' || move === 'last')
    if (pressed === 'move' && move && !isOfText) {
      const target = targetRow(move, {
        active,
        total: found.length,
        pageRows: Math.max(1, Math.floor(height / ROW_HEIGHT)),
      })
      if (target !== undefined) setActiveKey(found[target]?.key)
    } else if (pressed === 'open') {
      if (line) props.onOpen(line)
    } else if (pressed === 'clear' && typed !== '') setTyped('')
    else if (pressed === 'clear' || (pressed === 'up' && typed === '')) props.onUp()
    else {
      // Backspace in the text is no way up.
      if (pressed === 'up') event.stopPropagation()
      return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - SPARE_ROWS)
  const last = Math.min(found.length, Math.ceil((scrollTop + height) / ROW_HEIGHT) + SPARE_ROWS)
  const words = levelWords[props.kind]
  return (
    <div className="map-level">
      <div className="map-find">
        <label htmlFor={`${id}-find`}>查找</label>
        <Input
          id={`${id}-find`}
          data-map-focus=""
          data-initial-focus=""
          role="combobox"
          aria-expanded={true}
          aria-controls={`${id}-grid`}
          aria-activedescendant={active < 0 ? undefined : `${id}-${active}`}
          value={typed}
          maxLength={60}
          autoComplete="off"
          placeholder="名称、拼音首字母、门牌号"
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setTyped(event.target.value)
            setActiveKey(undefined)
          }}
        />
        <span className="hint" role="status">
          {typed === '' ? `${words.what} ${found.length}` : `找到 ${found.length} / ${lines.length}`}
        </span>
      </div>
      <div
        id={`${id}-grid`}
        role="grid"
        aria-label={words.what}
        aria-rowcount={found.length + 1}
        className="map-lines"
      >
        <div role="row" aria-rowindex={1} className="map-line map-line-head">
          <span role="columnheader">{words.what}</span>
          {columns.map(({ label }) => (
            <span key={label} role="columnheader" className="map-number">
              {label}
            </span>
          ))}
        </div>
        <div
          ref={body}
          role="rowgroup"
          className="map-lines-body"
          onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        >
          <div role="presentation" style={{ height: found.length * ROW_HEIGHT, position: 'relative' }}>
            {found.slice(first, last).map((line, index) => {
              const row = first + index
              return (
                <div
                  key={line.key}
                  id={`${id}-${row}`}
                  role="row"
                  aria-rowindex={row + 2}
                  aria-selected={row === active}
                  className={row === active ? 'map-line map-line-active' : 'map-line'}
                  style={{ position: 'absolute', insetInline: 0, top: row * ROW_HEIGHT }}
                  onPointerDown={(event) => {
                    event.preventDefault()
                    setActiveKey(line.key)
                  }}
                  onDoubleClick={() => props.onOpen(line)}
                >
                  <span role="rowheader" className="map-name">
                    {line.label}
                  </span>
                  {columns.map((column) => {
                    const text = column.of(line)
                    return (
                      <span
                        key={column.label}
                        role="gridcell"
                        className={
                          column.isPressing === true && text !== '' ? 'map-number map-pressing' : 'map-number'
                        }
                      >
                        {text}
                      </span>
                    )
                  })}
                </div>
              )
            })}
          </div>
        </div>
        <div role="row" className="map-line map-line-sum" aria-label="合计">
          <span role="rowheader">合计</span>
          {columns.map((column) => (
            <span key={column.label} role="gridcell" className="map-number">
              {column.of(sumOf(found))}
            </span>
          ))}
        </div>
      </div>
      {found.length === 0 ? (
        <p className="map-empty">
          {lines.length === 0 ? words.empty : '没有找到,请换一个名称或拼音首字母。按 Esc 清空。'}
        </p>
      ) : null}
      <footer className="map-foot">
        <span>进入 Enter · 返回上一级 Backspace、Esc · 重新读取 F5</span>
      </footer>
    </div>
  )
}

/** All lines in one. */
function sumOf(lines: readonly MapLine[]): MapLine {
  const counts: Record<keyof MapCounts, number> = {
    dwellings: 0,
    vacant: 0,
    rented: 0,
    cancelled: 0,
    residents: 0,
    minors: 0,
    requests: 0,
    hazards: 0,
    overdue: 0,
  }
  let declared: number | null = null
  for (const line of lines) {
    for (const name of Object.keys(counts) as (keyof MapCounts)[]) counts[name] += line.counts[name]
    if (line.declared !== null) declared = (declared ?? 0) + line.declared
  }
  return {
    key: '',
    label: '',
    initials: [],
    opens: { kind: 'place', place: { kind: 'all' } },
    counts,
    declared,
  }
}
