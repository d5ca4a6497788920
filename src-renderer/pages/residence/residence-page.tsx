import { Button } from 'antd'
import {
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from 'react'
import type { ResidenceTable } from '../../../src-shared/contract/residence-types.ts'
import { date } from '../../../src-shared/fields/field.ts'
import {
  questionOf,
  RESIDENCE_GROUPINGS,
  residenceGroupingLabels,
  type ResidenceGrouping,
} from '../../../src-shared/residence/figures.ts'
import { usePageActions, type PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useEvent } from '../../client/use-request.ts'
import { Delayed } from '../../components/delayed.tsx'
import { formatClock, formatMinute } from '../../components/format-time.ts'
import { nextSection, sectionPanelId, SectionTabs } from '../../components/section-tabs.tsx'
import { createFormStore } from '../../forms/form-store.ts'
import { LabelledField } from '../../forms/labelled-field.tsx'
import { conditionKeys, gridKeys, residenceKeys, sectionKeys } from '../../keys/bindings.ts'
import { ariaKeys, findPressed, keysText } from '../../keys/press.ts'
import { fitColumns } from '../../tables/field-column.ts'
import { measureText } from '../../tables/measure-text.ts'
import { selectOnly, type Selection } from '../../tables/selection.ts'
import { VirtualGrid, type GridHandle } from '../../tables/virtual-grid.tsx'
import {
  figureOf,
  figureText,
  labelColumn,
  monthBeside,
  monthOf,
  numberIn,
  residenceCellText,
  residenceColumns,
  toGridRows,
  toTabbedText,
  type Days,
  type ResidenceGridRow,
} from './residence-text.ts'

const sections = RESIDENCE_GROUPINGS.map((name) => ({ name, label: residenceGroupingLabels[name] }))

/** Rows that columns are measured by. */
const measuredRows = 60

/** 统计—在住情况: how many live here now and where, as counts; Enter lists the records behind a number. */
export function ResidencePage(props: PageProps): ReactNode {
  const { isActive, openTab, tabKey } = props
  const { today } = useAppState()
  const [grouping, setGrouping] = useState<ResidenceGrouping>('community')
  const [days, setDays] = useState<Days>(() => monthOf(today, today))
  const [store] = useState(() =>
    createFormStore({
      fields: { from: date('本期', { required: true }), to: date('本期至', { required: true }) },
      today,
    }),
  )
  const [tables, setTables] = useState<Readonly<Record<string, ResidenceTable>>>({})
  const [round, setRound] = useState(0)
  const [message, setMessage] = useState('')
  const [isStale, setIsStale] = useState(false)
  const idPrefix = useId()
  const sectionPrefix = `residence-${tabKey}`
  const panelId = sectionPanelId(sectionPrefix)
  const root = useRef<HTMLDivElement>(null)

  useEffect(() => store.setToday(today), [store, today])
  useEffect(() => {
    const input = (value: string) => ({ text: value, value })
    store.reset({ from: input(days.from), to: input(days.to) })
  }, [store, days])

  // Each table stands as it was counted, with its time; another is counted when it is asked for.
  const key = `${round} ${grouping} ${days.from} ${days.to}`
  const table = tables[key]
  useEffect(() => {
    if (table !== undefined) return
    let isCurrent = true
    call('residence.figures', { grouping, ...days }).then(
      (answer) => {
        if (isCurrent) setTables((previous) => ({ ...previous, [key]: answer }))
      },
      (error: unknown) => {
        if (isCurrent) setMessage(messageOf(error))
      },
    )
    return () => {
      isCurrent = false
    }
  }, [key, table, grouping, days])
  useEvent('records.changed', () => setIsStale(true))

  const count = useCallback((next: Days): void => {
    setMessage('')
    setIsStale(false)
    setTables({})
    setRound((previous) => previous + 1)
    setDays(next)
  }, [])
  const run = async (): Promise<void> => {
    await store.settle()
    const [breach] = store.check()
    if (breach) {
      store.focusNextMark(undefined)
      setMessage(breach.message)
      return
    }
    const { from, to } = store.values()
    count({ from: String(from), to: String(to) })
    root.current?.focus()
  }
  const goToMonth = (step: 1 | -1): void => {
    const next = monthBeside(days, step, today)
    if (next) count(next)
  }
  const chooseGrouping = (next: ResidenceGrouping): void => {
    setMessage('')
    setGrouping(next)
  }
  const enterTable = (): void => {
    const grid = root.current?.querySelector<HTMLElement>('[role=grid]')
    ;(grid ?? root.current)?.focus()
  }
  const open = (row: ResidenceGridRow, column: string): void => {
    if (table === undefined) return
    const figure = figureOf(column === labelColumn ? 'residents' : column)
    if (figure === undefined) return
    const number = numberIn(row, figure)
    if (typeof number !== 'number') setMessage('这一行没有这一项数字。')
    else if (number === 0) setMessage('该数字为 0,没有可列的记录。')
    else {
      setMessage('')
      const { register, conditions, statuses } = questionOf(grouping, row.key, figure, table.period)
      const counted = `在住情况 ${formatMinute(table.countedAt)} 统计为 ${number.toLocaleString('zh-CN')}`
      const label = `${figureText(grouping, row, figure)}(${counted})`
      openTab({ kind: 'query', register, given: { label, conditions, statuses } })
    }
  }
  const copy = (): void => {
    if (table === undefined) return
    call('clipboard.write', { text: toTabbedText(grouping, table) }).then(
      () => setMessage(`已复制 ${table.rows.length} 行数字,可粘贴到表格中`),
      (error: unknown) => setMessage(messageOf(error)),
    )
  }
  usePageActions(props.offerActions, () => [
    { label: '重新统计', shortcut: keysText(residenceKeys.reload), run: () => count(days) },
    { label: '上一个月', shortcut: keysText(residenceKeys.monthBefore), run: () => goToMonth(-1) },
    { label: '下一个月', shortcut: keysText(residenceKeys.monthAfter), run: () => goToMonth(1) },
    { label: '复制', shortcut: keysText(gridKeys.copy), run: copy },
    ...sections.map(({ name, label }) => ({ label: `按${label}统计`, run: () => chooseGrouping(name) })),
  ])

  // Before the table hears it: there PgDn moves.
  const onSectionKey = (event: KeyboardEvent): void => {
    const pressed = findPressed(event.nativeEvent, sectionKeys)
    if (pressed === undefined) return
    event.preventDefault()
    event.stopPropagation()
    chooseGrouping(nextSection(sections, grouping, pressed === 'next' ? 1 : -1))
    // The table is another one: the page keeps the focus until it is there.
    if (!(event.target instanceof HTMLInputElement)) root.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return
    const pressed = findPressed(event.nativeEvent, residenceKeys)
    if (pressed === undefined) return
    // In a box Ctrl+← goes along what is typed.
    if (pressed !== 'reload' && event.target instanceof HTMLInputElement) return
    event.preventDefault()
    if (pressed === 'reload') count(days)
    else goToMonth(pressed === 'monthBefore' ? -1 : 1)
    if (!(event.target instanceof HTMLInputElement)) root.current?.focus()
  }
  const onFormKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return
    if (event.target instanceof HTMLButtonElement) return
    if (findPressed(event.nativeEvent, conditionKeys) !== 'run') return
    event.preventDefault()
    void run()
  }

  return (
    <div
      ref={root}
      className="residence"
      tabIndex={-1}
      data-initial-focus=""
      onKeyDownCapture={onSectionKey}
      onKeyDown={onKeyDown}
    >
      <form
        className="conditions audit-conditions"
        aria-label="在住情况的期间"
        autoComplete="off"
        noValidate
        onSubmit={(event) => event.preventDefault()}
        onKeyDown={onFormKeyDown}
      >
        <LabelledField store={store} name="from" idPrefix={idPrefix} />
        <LabelledField store={store} name="to" idPrefix={idPrefix} label="至" />
        <Button
          type="primary"
          autoInsertSpace={false}
          aria-keyshortcuts={ariaKeys(conditionKeys.run)}
          onClick={() => void run()}
        >
          统计
          <kbd aria-hidden="true">Enter</kbd>
        </Button>
        <Button aria-keyshortcuts={ariaKeys(residenceKeys.monthBefore)} onClick={() => goToMonth(-1)}>
          上一个月
          <kbd aria-hidden="true">Ctrl+←</kbd>
        </Button>
        <Button
          disabled={monthBeside(days, 1, today) === undefined}
          aria-keyshortcuts={ariaKeys(residenceKeys.monthAfter)}
          onClick={() => goToMonth(1)}
        >
          下一个月
          <kbd aria-hidden="true">Ctrl+→</kbd>
        </Button>
        <span className="hint">「本期」两列按这些日期,其余各列是现在的数字</span>
      </form>
      <SectionTabs
        label="分组"
        sections={sections}
        current={grouping}
        idPrefix={sectionPrefix}
        onChange={chooseGrouping}
        onEnter={enterTable}
      />
      <div
        id={panelId}
        role="tabpanel"
        aria-labelledby={`${sectionPrefix}-${grouping}`}
        className="query-result"
      >
        {table === undefined ? (
          message === '' ? (
            <Delayed key={key}>
              <p className="query-empty">正在统计…</p>
            </Delayed>
          ) : null
        ) : (
          <FigureTable
            key={`${key} ${table.countedAt}`}
            grouping={grouping}
            table={table}
            page={root}
            onOpen={open}
            onCopy={copy}
            onLeave={() => document.getElementById(`${sectionPrefix}-${grouping}`)?.focus()}
          />
        )}
      </div>
      <div className="query-foot">
        <span>{table === undefined ? null : `统计于 ${formatClock(table.countedAt)}`}</span>
        <span>本机数据,不含本机还没有收到的其他站登记</span>
        {isStale && isActive ? <span className="attention">数据已有变化,按 F5 重新统计</span> : null}
        <span className="query-message" role="status">
          {message}
        </span>
        <span className="query-keys">列出记录 Enter · 换列 ← → · 换分组 Ctrl+PgDn · 复制 Ctrl+C</span>
      </div>
    </div>
  )
}

/** The table as it was counted; the sum is its first row. */
function FigureTable(props: {
  readonly grouping: ResidenceGrouping
  readonly table: ResidenceTable
  readonly page: RefObject<HTMLElement | null>
  readonly onOpen: (row: ResidenceGridRow, column: string) => void
  readonly onCopy: () => void
  readonly onLeave: () => void
}): ReactNode {
  const { grouping, table, page } = props
  const [selection, setSelection] = useState<Selection>(() => selectOnly(0))
  const grid = useRef<GridHandle>(null)
  const rows = useMemo(() => toGridRows(table), [table])
  const columns = useMemo(
    () =>
      fitColumns(
        residenceColumns(grouping),
        ({ key }) => rows.slice(0, measuredRows).map((row) => residenceCellText(row, key)),
        measureText,
      ),
    [grouping, rows],
  )
  // The page had the focus while it was counted; one that has moved meanwhile stays.
  useEffect(() => {
    if (document.activeElement === page.current) grid.current?.focus()
  }, [page])
  return (
    <VirtualGrid<ResidenceGridRow>
      ref={grid}
      label={`按${residenceGroupingLabels[grouping]}的在住情况`}
      columns={columns}
      total={rows.length}
      row={(index) => rows[index]}
      textOf={residenceCellText}
      version={table.countedAt}
      onVisible={() => undefined}
      sort={null}
      selection={selection}
      onSelection={setSelection}
      onOpen={(column) => {
        const row = rows[selection.active]
        if (row) props.onOpen(row, column)
      }}
      onCopy={props.onCopy}
      onMenu={() => undefined}
      onLeave={props.onLeave}
      marksCell
    />
  )
}
