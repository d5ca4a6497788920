import { observeElementOffset, useVirtualizer } from '@tanstack/react-virtual'
import {
  memo,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
} from 'react'
import type { GridColumn } from './field-column.ts'
import { targetRow } from './grid-keys.ts'
import { scrollScaleOf } from './scroll-scale.ts'
import {
  extendTo,
  isSelected,
  moveActive,
  selectAll,
  selectOnly,
  toggle,
  type Selection,
} from './selection.ts'
import { gridKeys } from '../keys/bindings.ts'
import { findPressed, moveOf, stepOf } from '../keys/press.ts'

const rowHeight = 28
const headerHeight = 28
const overscanRows = 8

export type GridSort = { readonly field: string; readonly direction: 'ascending' | 'descending' }

export type GridHandle = {
  readonly focus: () => void
  /** Goes back to the first rows: another result begins at its beginning. */
  readonly scrollToTop: () => void
  /** Sorts by the column that ← → moved to. */
  readonly sort: (direction: GridSort['direction']) => void
}

/** What the grid itself knows of a row. */
export type GridRow = {
  readonly id: string
  /** A record's status; a cancelled one is greyed. */
  readonly status?: 'active' | 'cancelled'
  /** A row of sums; it is set off. */
  readonly isSum?: true
}

type VirtualGridProps<Row extends GridRow> = {
  readonly label: string
  readonly columns: readonly GridColumn[]
  readonly total: number
  /** Undefined while the row is fetched. The same row is the same object. */
  readonly row: (index: number) => Row | undefined
  readonly textOf: (row: Row, column: string) => string
  /** Grows when rows arrived, so that the grid reads them again. */
  readonly version: number
  readonly onVisible: (first: number, last: number) => void
  /** How the rows are sorted; null where their order is fixed. */
  readonly sort: GridSort | null
  readonly onSort?: (sort: GridSort) => void
  readonly selection: Selection
  readonly onSelection: (selection: Selection) => void
  /** Enter and double click, with the column that the keyboard is on. */
  readonly onOpen: (column: string) => void
  /** Ctrl+C. */
  readonly onCopy: () => void
  /** Menu key, Shift+F10, right click: where the menu opens, window pixels. */
  readonly onMenu: (at: { readonly x: number; readonly y: number }) => void
  /** Esc. */
  readonly onLeave: () => void
  /** What Enter opens depends on the column: the keyboard's cell is marked. */
  readonly marksCell?: boolean
  readonly ref?: Ref<GridHandle>
}

/**
 * A grid of any number of rows that only draws those in sight. The grid itself has the focus and names its active cell;
 * rows that scroll away therefore never take the focus with them.
 */
export function VirtualGrid<Row extends GridRow>(props: VirtualGridProps<Row>): ReactNode {
  const { columns, total, selection, onSelection, sort, onSort, onVisible } = props
  const view = useRef<HTMLDivElement>(null)
  const id = useId()
  const [activeColumn, setActiveColumn] = useState(0)
  const [viewHeight, setViewHeight] = useState(0)
  const virtualHeight = total * rowHeight
  const scale = scrollScaleOf(virtualHeight, Math.max(viewHeight - headerHeight, 0))

  useLayoutEffect(() => {
    const element = view.current
    if (!element) return
    const observer = new ResizeObserver(() => {
      // A hidden tab has no height; its rows stay as they were.
      if (element.clientHeight > 0) setViewHeight(element.clientHeight)
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  // The virtualizer listens once, with the functions of its first drawing: they must read today's factor.
  const factor = useRef(scale.factor)
  useLayoutEffect(() => {
    factor.current = scale.factor
  })

  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => view.current,
    estimateSize: () => rowHeight,
    overscan: overscanRows,
    // Beyond Chromium's highest element the scroll bar is scaled; see scroll-scale.ts.
    observeElementOffset: (instance, tell) =>
      observeElementOffset(instance, (offset, isScrolling) => tell(offset * factor.current, isScrolling)),
    scrollToFn: (offset) => {
      if (view.current) view.current.scrollTop = offset / factor.current
    },
  })
  const items = virtualizer.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? -1

  useEffect(() => {
    if (last >= first) onVisible(first, last)
    // `version` asks again when something else arrived meanwhile.
  }, [first, last, onVisible, props.version])

  const pageRows = Math.max(Math.floor((viewHeight - headerHeight) / rowHeight), 1)
  const scrollToRow = (index: number): void => {
    const element = view.current
    if (!element) return
    const top = element.scrollTop * scale.factor
    const height = viewHeight - headerHeight
    const start = index * rowHeight
    if (start < top) element.scrollTop = start / scale.factor
    else if (start + rowHeight > top + height) {
      element.scrollTop = Math.ceil((start + rowHeight - height) / scale.factor)
    }
  }
  const move = (next: number, event: { readonly shiftKey: boolean; readonly ctrlKey: boolean }): void => {
    if (event.shiftKey) onSelection(extendTo(selection, next))
    else if (event.ctrlKey) onSelection(moveActive(selection, next))
    else onSelection(selectOnly(next))
    scrollToRow(next)
  }
  const showColumn = (index: number): void => {
    setActiveColumn(index)
    const element = view.current
    if (!element) return
    const left = columns.slice(0, index).reduce((sum, column) => sum + column.width, 0)
    const right = left + (columns[index]?.width ?? 0)
    if (left < element.scrollLeft) element.scrollLeft = left
    else if (right > element.scrollLeft + element.clientWidth)
      element.scrollLeft = right - element.clientWidth
  }
  const sortBy = (index: number, direction?: GridSort['direction']): void => {
    const column = columns[index]
    if (!column?.isSortable) return
    const turned = sort?.field === column.key && sort.direction === 'ascending' ? 'descending' : 'ascending'
    onSort?.({ field: column.key, direction: direction ?? turned })
  }
  useImperativeHandle(props.ref, () => ({
    focus: () => view.current?.focus({ preventScroll: true }),
    scrollToTop: () => {
      if (view.current) view.current.scrollTop = 0
    },
    sort: (direction) => sortBy(activeColumn, direction),
  }))
  const openRow = (): void => props.onOpen(columns[activeColumn]?.key ?? '')
  const openMenuAtRow = (): void => {
    const element = view.current
    if (!element || selection.active < 0) return
    scrollToRow(selection.active)
    const box = element.getBoundingClientRect()
    const top = selection.active * rowHeight - element.scrollTop * scale.factor + headerHeight
    props.onMenu({
      x: box.left + 40,
      y: box.top + Math.min(Math.max(top, headerHeight), viewHeight) + rowHeight,
    })
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    const pressed = findPressed(event.nativeEvent, gridKeys)
    const hasActive = selection.active >= 0
    switch (pressed) {
      case 'move':
      case 'extend':
      case 'moveOnly': {
        const to = moveOf(event)
        const next = to && targetRow(to, { active: selection.active, total, pageRows })
        if (next !== undefined) move(next, event)
        break
      }
      case 'sortAscending':
      case 'sortDescending':
        sortBy(activeColumn, pressed === 'sortAscending' ? 'ascending' : 'descending')
        break
      case 'columnSideways':
        showColumn(Math.min(Math.max(activeColumn + stepOf(event), 0), columns.length - 1))
        break
      case 'toggle':
        if (hasActive) onSelection(toggle(selection, selection.active))
        break
      case 'selectOne':
        if (hasActive) onSelection(selectOnly(selection.active))
        break
      case 'selectAll':
        onSelection(selectAll(selection, total))
        break
      case 'copy':
        props.onCopy()
        break
      case 'menu':
        openMenuAtRow()
        break
      case 'details':
        if (hasActive) openRow()
        break
      case 'leave':
        props.onLeave()
        break
      case undefined:
        return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  const onRowPointer = (index: number, event: MouseEvent): void => {
    const cell = event.target instanceof Element ? event.target.closest('[role=gridcell]') : null
    if (cell) setActiveColumn(Number(cell.getAttribute('aria-colindex')) - 1)
    if (event.button === 2) {
      if (!isSelected(selection, index)) onSelection(selectOnly(index))
    } else if (event.shiftKey) onSelection(extendTo(selection, index))
    else if (event.ctrlKey) onSelection(toggle(selection, index))
    else onSelection(selectOnly(index))
  }

  // Rows are drawn again only when they change: what they call stays the same function.
  const newest = useRef({ onRowPointer, openRow })
  useEffect(() => {
    newest.current = { onRowPointer, openRow }
  })
  const [calls] = useState(() => ({
    onPointer: (index: number, event: MouseEvent) => newest.current.onRowPointer(index, event),
    onOpen: () => newest.current.openRow(),
  }))

  const width = columns.reduce((sum, column) => sum + column.width, 0)
  const template = columns.map((column) => `${column.width}px`).join(' ')
  // With a scaled scroll bar rows stand where they belong relative to what is in sight.
  const shift = (virtualizer.scrollOffset ?? 0) - (virtualizer.scrollOffset ?? 0) / scale.factor
  return (
    <div
      ref={view}
      role="grid"
      aria-label={props.label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-multiselectable="true"
      aria-activedescendant={
        selection.active >= first && selection.active <= last
          ? `${id}-${selection.active}-${activeColumn}`
          : undefined
      }
      tabIndex={0}
      className={props.marksCell === true ? 'grid grid-by-cell' : 'grid'}
      onKeyDown={onKeyDown}
      onContextMenu={(event) => {
        event.preventDefault()
        if (selection.active >= 0 && event.clientX > 0) props.onMenu({ x: event.clientX, y: event.clientY })
      }}
    >
      <div
        role="row"
        aria-rowindex={1}
        className="grid-header"
        style={{ gridTemplateColumns: template, width }}
      >
        {columns.map((column, index) => (
          <div
            key={column.key}
            role="columnheader"
            aria-colindex={index + 1}
            aria-sort={sort?.field === column.key ? sort.direction : 'none'}
            className={headerClass(column, index === activeColumn)}
            onMouseDown={(event) => {
              event.preventDefault()
              view.current?.focus({ preventScroll: true })
              if (event.button !== 0) return
              setActiveColumn(index)
              sortBy(index)
            }}
          >
            <span>{column.label}</span>
            {sort?.field === column.key ? (
              <span aria-hidden="true">{sort.direction === 'ascending' ? '▲' : '▼'}</span>
            ) : null}
          </div>
        ))}
      </div>
      <div role="rowgroup" className="grid-body" style={{ height: scale.physicalHeight, width }}>
        {items.map((item) => (
          <GridLine
            key={item.index}
            index={item.index}
            idPrefix={id}
            top={item.start - shift}
            template={template}
            columns={columns}
            row={props.row(item.index)}
            isSelected={isSelected(selection, item.index)}
            isActive={item.index === selection.active}
            activeColumn={item.index === selection.active ? activeColumn : -1}
            textOf={props.textOf}
            onPointer={calls.onPointer}
            onOpen={calls.onOpen}
          />
        ))}
      </div>
    </div>
  )
}

function headerClass(column: GridColumn, isActive: boolean): string {
  return [
    'grid-heading',
    column.align === 'right' ? 'grid-right' : '',
    column.isSortable ? 'grid-sortable' : '',
    isActive ? 'grid-heading-active' : '',
  ].join(' ')
}

type GridLineProps<Row extends GridRow> = {
  readonly index: number
  readonly idPrefix: string
  readonly top: number
  readonly template: string
  readonly columns: readonly GridColumn[]
  readonly row: Row | undefined
  readonly textOf: (row: Row, column: string) => string
  readonly isSelected: boolean
  readonly isActive: boolean
  /** The keyboard's column in the active row; −1 in every other. */
  readonly activeColumn: number
  readonly onPointer: (index: number, event: MouseEvent) => void
  readonly onOpen: () => void
}

function Line<Row extends GridRow>(props: GridLineProps<Row>): ReactNode {
  const { index, row, columns } = props
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={props.isSelected}
      aria-busy={row === undefined}
      data-record={row?.id}
      className={[
        'grid-row',
        props.isSelected ? 'grid-row-selected' : '',
        props.isActive ? 'grid-row-active' : '',
        row?.status === 'cancelled' ? 'grid-row-muted' : '',
        row?.isSum === true ? 'grid-row-sum' : '',
      ].join(' ')}
      style={{ transform: `translateY(${props.top}px)`, gridTemplateColumns: props.template }}
      onMouseDown={(event) => props.onPointer(index, event)}
      onDoubleClick={props.onOpen}
    >
      {columns.map((column, columnIndex) => (
        <div
          key={column.key}
          id={`${props.idPrefix}-${index}-${columnIndex}`}
          role="gridcell"
          aria-colindex={columnIndex + 1}
          className={[
            'grid-cell',
            column.align === 'right' ? 'grid-right' : '',
            columnIndex === props.activeColumn ? 'grid-cell-active' : '',
          ].join(' ')}
        >
          {row ? props.textOf(row, column.key) : null}
        </div>
      ))}
    </div>
  )
}

// `memo` forgets type parameters.
const GridLine = memo(Line) as typeof Line
