import {
  useEffect,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
} from 'react'
import type { MapBuilding, MapDwelling } from '../../../src-shared/contract/map-types.ts'
import {
  layOutBuilding,
  type BuildingLayout,
  type GridCell,
  type RoomTexts,
} from '../../../src-shared/building-map/lay-out-building.ts'
import { floorLabel } from '../../../src-shared/building-map/room-place.ts'
import { mapDwellingKeys, mapGridKeys, mapUnplacedKeys } from '../../keys/bindings.ts'
import { findPressed, roomCharacterOf } from '../../keys/press.ts'
import { firstPlace, movedPlace, placeOfRoom, type CellPlace } from './grid-walk.ts'
import { cellMarks, cellStates, dwellingNotes, type CellState } from './occupancy-marks.ts'

/** Digits typed one after another within this time (ms) are one room number. */
const TYPING_PAUSE = 1_200
export type DwellingActs = {
  readonly details: () => void
  readonly modify: () => void
  readonly residents: () => void
}

/** A building: floors from the top down, rooms by entrance; beside it what could not be placed. */
export function BuildingGrid(props: {
  readonly building: MapBuilding
  /** The dwelling the building was left at. */
  readonly startAt: string | undefined
  readonly actsOf: (dwellingId: string) => DwellingActs
  readonly onOpen: (dwellingId: string) => void
  readonly onRegister: (texts: RoomTexts) => void
}): ReactNode {
  const { building, startAt, actsOf } = props
  const layout = useMemo(
    () => layOutBuilding(building.dwellings, building.declaration),
    [building.dwellings, building.declaration],
  )
  const [place, setPlace] = useState<CellPlace>(
    () => placeOfDwelling(layout, startAt) ?? firstPlace(layout) ?? { row: 0, column: 0 },
  )
  const [message, setMessage] = useState('')
  const grid = useRef<HTMLDivElement>(null)
  const side = useRef<HTMLUListElement>(null)
  const typed = useRef({ text: '', at: Number.NEGATIVE_INFINITY })
  const activeRow = Math.min(place.row, layout.rows.length - 1)
  const activeColumn = Math.min(place.column, layout.columns.length - 1)

  // The walk has moved: the cell it is on has the focus, if the grid had it.
  useEffect(() => {
    const box = grid.current
    if (!box?.contains(document.activeElement)) return
    const cell = box.querySelector<HTMLElement>('[data-map-focus]')
    if (cell !== document.activeElement) cell?.focus()
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [activeRow, activeColumn])
  const startedIn = useRef(false)
  useEffect(() => {
    if (startedIn.current) return
    startedIn.current = true
    grid.current?.querySelector('[data-map-focus]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [])

  const cell = layout.rows[activeRow]?.cells[activeColumn]
  const counts = countStates(building.dwellings, layout)

  /** The keys that do something with a dwelling, wherever it stands. */
  const actOn = (event: KeyboardEvent, dwelling: MapDwelling): boolean => {
    const acts = actsOf(dwelling.id)
    switch (findPressed(event.nativeEvent, mapDwellingKeys)) {
      case 'open':
        props.onOpen(dwelling.id)
        return true
      case 'details':
        acts.details()
        return true
      case 'residents':
        acts.residents()
        return true
      case 'modify':
        if (dwelling.isCancelled) setMessage('已注销的房屋不能修改,请先恢复。')
        else acts.modify()
        return true
      case undefined:
        return false
    }
  }
  const sayNothingHere = (): void => {
    setMessage(cell?.kind === 'unregistered' ? '该房还没有登记,按 N 登记。' : '此处没有房间。')
  }
  const onGridKeyDown = (event: KeyboardEvent): void => {
    const { nativeEvent } = event
    if (event.defaultPrevented || nativeEvent.isComposing || nativeEvent.keyCode === 229) return
    const pressed = findPressed(nativeEvent, mapGridKeys)
    const typedCharacter = roomCharacterOf(nativeEvent)
    if (pressed === 'register') {
      if (cell?.kind === 'unregistered') props.onRegister(cell.prefill)
      else setMessage(cell?.kind === 'dwellings' ? '该房已登记,修改请按 Ctrl+E。' : '此处没有房间。')
    } else if (pressed === 'side') side.current?.querySelector<HTMLElement>('button')?.focus()
    else if (pressed !== undefined) {
      setMessage('')
      typed.current = { text: '', at: Number.NEGATIVE_INFINITY }
      setPlace(movedPlace(layout, { row: activeRow, column: activeColumn }, pressed))
    } else if (cell?.kind === 'dwellings' && actOn(event, cell.dwellings[0])) {
      // Done.
    } else if (findPressed(nativeEvent, mapDwellingKeys) !== undefined) sayNothingHere()
    else if (typedCharacter !== undefined) jump(typedCharacter)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const jump = (key: string): void => {
    const now = performance.now()
    const text = (now - typed.current.at < TYPING_PAUSE ? typed.current.text : '') + key
    typed.current = { text, at: now }
    const found = placeOfRoom(layout, text, { row: activeRow, column: activeColumn })
    setMessage(found ? `房号 ${text}` : `本栋没有房号以「${text}」开头的房屋。`)
    if (found) setPlace(found)
  }

  const isEmpty = layout.columns.length === 0
  const style = { '--map-columns': layout.columns.length } as CSSProperties
  let lastColumn = 2
  return (
    <div className="map-building">
      <div className="map-legend" role="group" aria-label="图例">
        {cellStates.map((state) => (
          <span key={state} className="map-legend-item">
            <span className={`map-letter map-${state}`} aria-hidden="true">
              {cellMarks[state].letter}
            </span>
            {`${cellMarks[state].label} ${counts[state]}`}
          </span>
        ))}
        <span className="map-legend-item">{`人员 ${counts.people}(含未成年人 ${counts.minors})`}</span>
        <span className="map-legend-item">{`待办事项 ${counts.requests}`}</span>
        <span className="map-legend-item">{`隐患 ${counts.hazards}`}</span>
        {counts.overdue > 0 ? (
          <span className="map-legend-item map-pressing">{`逾期 ${counts.overdue}`}</span>
        ) : null}
      </div>
      <div className="map-building-body">
        {isEmpty ? (
          <p className="map-empty" tabIndex={-1} data-map-focus={layout.unplaced.length > 0 ? undefined : ''}>
            本栋没有能定位的房屋。
          </p>
        ) : (
          <div className="map-grid-frame">
            <div
              ref={grid}
              role="grid"
              aria-label={`${building.label}房屋示意图`}
              aria-rowcount={layout.rows.length + 1}
              aria-colcount={layout.columns.length + 1}
              className="map-grid"
              style={style}
              onKeyDown={onGridKeyDown}
            >
              <div role="row" aria-rowindex={1} className="map-grid-row">
                <span role="columnheader" className="map-corner">
                  楼层
                </span>
                {layout.entrances.map(({ key, columnCount }) => {
                  const from = lastColumn
                  lastColumn += columnCount
                  return (
                    <span
                      key={key}
                      role="columnheader"
                      aria-colindex={from}
                      aria-colspan={columnCount}
                      className="map-entrance"
                      style={{ gridColumn: `${from} / span ${columnCount}` }}
                    >
                      {entranceLabel(key)}
                    </span>
                  )
                })}
              </div>
              {layout.rows.map((row, rowIndex) => (
                <div key={row.floor} role="row" aria-rowindex={rowIndex + 2} className="map-grid-row">
                  <span role="rowheader" className="map-floor">
                    {floorLabel(row.floor)}
                  </span>
                  {row.cells.map((each, columnIndex) => {
                    const isActive = rowIndex === activeRow && columnIndex === activeColumn
                    const column = layout.columns[columnIndex]
                    const isFirstOfEntrance =
                      columnIndex > 0 && column?.entrance !== layout.columns[columnIndex - 1]?.entrance
                    return (
                      <div
                        key={`${column?.entrance} ${column?.roomKey}`}
                        role="gridcell"
                        aria-colindex={columnIndex + 2}
                        tabIndex={isActive ? 0 : -1}
                        data-map-focus={isActive ? '' : undefined}
                        className={`map-cell ${cellClass(each)}${isFirstOfEntrance ? ' map-cell-first' : ''}`}
                        onFocus={() => setPlace({ row: rowIndex, column: columnIndex })}
                        onDoubleClick={() => {
                          if (each.kind === 'dwellings') props.onOpen(each.dwellings[0].id)
                          else if (each.kind === 'unregistered') props.onRegister(each.prefill)
                        }}
                      >
                        <CellContent cell={each} where={whereText(column?.entrance ?? '', row.floor)} />
                      </div>
                    )
                  })}
                </div>
              ))}
            </div>
          </div>
        )}
        {layout.unplaced.length > 0 ? (
          <aside className="map-unplaced" aria-label="未能定位的房屋">
            <h3>{`未能定位(${layout.unplaced.length})`}</h3>
            <p className="hint">单元、楼层或房号不能确定位置,可按 Ctrl+E 补正。</p>
            <ul ref={side}>
              {layout.unplaced.map((dwelling, index) => (
                <li key={dwelling.id}>
                  <button
                    type="button"
                    className="map-unplaced-row"
                    tabIndex={index === 0 ? 0 : -1}
                    data-map-focus={isEmpty && index === 0 ? '' : undefined}
                    onClick={() => props.onOpen(dwelling.id)}
                    onKeyDown={(event) => {
                      const pressed = findPressed(event.nativeEvent, mapUnplacedKeys)
                      const rows = [...(side.current?.querySelectorAll('button') ?? [])]
                      if (pressed === 'side')
                        grid.current?.querySelector<HTMLElement>('[data-map-focus]')?.focus()
                      else if (pressed !== undefined) {
                        const next = index + (pressed === 'down' ? 1 : -1)
                        rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus()
                      } else if (!actOn(event, dwelling)) return
                      event.preventDefault()
                      event.stopPropagation()
                    }}
                  >
                    <span className={`map-letter map-${dwelling.occupancy}`} aria-hidden="true">
                      {cellMarks[dwelling.occupancy].letter}
                    </span>
                    <span>{unplacedText(dwelling)}</span>
                    <span className="hint">{notesText(dwelling)}</span>
                  </button>
                </li>
              ))}
            </ul>
          </aside>
        ) : null}
      </div>
      <footer className="map-foot">
        <span className="map-message" role="status">
          {message}
        </span>
        <span>
          住户 Enter · 登记 N · 详细信息 Ctrl+O · 房屋修改 Ctrl+E · 现住人员 Ctrl+I · 键入房号跳转 · 返回 Esc
        </span>
      </footer>
    </div>
  )
}

function placeOfDwelling(layout: BuildingLayout<MapDwelling>, id: string | undefined): CellPlace | undefined {
  if (id === undefined) return undefined
  for (const [row, { cells }] of layout.rows.entries()) {
    const column = cells.findIndex(
      (cell) => cell.kind === 'dwellings' && cell.dwellings.some((each) => each.id === id),
    )
    if (column >= 0) return { row, column }
  }
  return undefined
}

function entranceLabel(key: string): string {
  if (key === '') return '房号'
  return /[0-9A-Z]$/u.test(key) ? `${key}单元` : key
}

function cellClass(cell: GridCell<MapDwelling>): string {
  return `map-${cell.kind === 'dwellings' ? cell.dwellings[0].occupancy : cell.kind}`
}

function notesText(dwelling: MapDwelling): string {
  const { people, open } = dwellingNotes(dwelling)
  return [people, ...open.map(({ text }) => text)].filter((text) => text !== '').join(' ')
}

/** What a screen reader says before the room's number: 2单元 5层. */
function whereText(entrance: string, floor: number): string {
  return entrance === '' ? floorLabel(floor) : `${entranceLabel(entrance)} ${floorLabel(floor)}`
}

function CellContent(props: { readonly cell: GridCell<MapDwelling>; readonly where: string }): ReactNode {
  const { cell, where } = props
  if (cell.kind === 'none') return <span className="map-spoken">{`${where} 没有房间`}</span>
  const state = cell.kind === 'dwellings' ? cell.dwellings[0].occupancy : 'unregistered'
  const room = cell.kind === 'dwellings' ? cell.dwellings[0].roomNumber : cell.prefill.roomNumber
  const notes = cell.kind === 'dwellings' ? dwellingNotes(cell.dwellings[0]) : undefined
  return (
    <>
      <span className="map-cell-line">
        <span className="map-spoken">{`${where} `}</span>
        <span className="map-room">{room}</span>
        <span className="map-spoken">{` ${cellMarks[state].label} `}</span>
        <span className="map-letter" aria-hidden="true">
          {cellMarks[state].letter}
        </span>
      </span>
      <span className="map-cell-line map-notes">
        <span>{notes?.people}</span>
        {notes?.open.map(({ text, isPressing }) => (
          <span key={text} className={isPressing ? 'map-pressing' : 'map-open'}>
            {text}
          </span>
        ))}
        {cell.kind === 'dwellings' && cell.dwellings.length > 1 ? (
          <span className="map-open">{`×${cell.dwellings.length}`}</span>
        ) : null}
      </span>
    </>
  )
}

function unplacedText({ entrance, floor, roomNumber }: MapDwelling): string {
  return [
    entrance === '' ? '' : entranceLabel(entrance),
    floor === '' ? '' : /^\d+$/u.test(floor) ? `${floor}层` : floor,
    roomNumber === '' ? '未填房号' : roomNumber,
  ]
    .filter((text) => text !== '')
    .join(' ')
}

function countStates(
  dwellings: readonly MapDwelling[],
  layout: BuildingLayout<MapDwelling>,
): Readonly<Record<CellState | 'people' | 'minors' | 'requests' | 'hazards' | 'overdue', number>> {
  const of = (state: CellState): number => dwellings.filter(({ occupancy }) => occupancy === state).length
  const sum = (pick: (dwelling: MapDwelling) => number): number =>
    dwellings.reduce((total, dwelling) => total + pick(dwelling), 0)
  return {
    rented: of('rented'),
    occupied: of('occupied'),
    vacant: of('vacant'),
    cancelled: of('cancelled'),
    unregistered: layout.rows.reduce(
      (total, { cells }) => total + cells.filter(({ kind }) => kind === 'unregistered').length,
      0,
    ),
    people: sum(({ residents, minors }) => residents + minors),
    minors: sum(({ minors }) => minors),
    requests: sum(({ requests }) => requests),
    hazards: sum(({ hazards }) => hazards),
    overdue: sum(({ overdue }) => overdue),
  }
}
