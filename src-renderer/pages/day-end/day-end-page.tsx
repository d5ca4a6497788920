import { Button } from 'antd'
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { addDays } from '../../../src-shared/values/calendar-date.ts'
import type { DayEnd, DayEndLine, DayEndSheet } from '../../../src-shared/contract/batch-types.ts'
import { dayEndKeys } from '../../keys/bindings.ts'
import { ariaKeys, findPressed, isPressed, keysText } from '../../keys/press.ts'
import { usePageActions, type PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useRequest } from '../../client/use-request.ts'
import { useSettledChanges } from '../../client/use-settled-changes.ts'
import { AskLine } from '../../components/ask-line.tsx'
import { useArrivalFocus } from '../../components/use-arrival-focus.ts'
import { formatClock, formatInstant } from '../../components/format-time.ts'
import { nextPlace } from '../../tables/roving.ts'
import { dayEndColumns, sentenceOf, sheetText, toTabbedText } from './day-end-text.ts'
import { OwnMeter } from './own-meter.tsx'

/** What is listed below the sheet: which number of which line. */
type Listed = {
  readonly title: string
  readonly sheets: readonly DayEndSheet[]
}

/** 工具—日结: per batch what was expected, what has become of it, and whether that balances. */
export function DayEndPage(props: PageProps): ReactNode {
  const { isActive, openTab } = props
  const { today } = useAppState()
  const [chosenDay, setChosenDay] = useState<string | null>(null)
  const day = chosenDay ?? today
  const answer = useRequest('dayEnd.get', isActive ? { day } : undefined)
  useSettledChanges(isActive, answer.reload)
  const [place, setPlace] = useState({ row: 0, column: 1 })
  const [listed, setListed] = useState<Listed | null>(null)
  const [isAsked, setIsAsked] = useState(false)
  const [message, setMessage] = useState('')
  const root = useRef<HTMLDivElement>(null)
  const dayEnd = answer.output?.day === day ? answer.output : undefined
  const lines = dayEnd?.lines ?? []
  useArrivalFocus(root, dayEnd !== undefined)

  const focusCell = (next: { readonly row: number; readonly column: number }): void => {
    setPlace(next)
    root.current?.querySelector<HTMLElement>(`[data-cell="${next.row}:${next.column}"]`)?.focus()
  }
  const goToDay = (step: 1 | -1): void => {
    const next = addDays(day, step)
    if (next > today) return
    setChosenDay(next === today ? null : next)
    setListed(null)
    setMessage('')
    setIsAsked(false)
  }
  const list = async (line: DayEndLine, columnIndex: number): Promise<void> => {
    const column = dayEndColumns[columnIndex]
    if (!column || column.column === null) return
    setMessage('')
    try {
      const sheets = await call('dayEnd.sheets', { day, batchId: line.batchId, column: column.column })
      setListed({ title: `${line.title} · ${column.label}`, sheets })
      if (sheets.length === 0) setMessage(`「${column.label}」没有可列出的表。`)
      else requestAnimationFrame(() => root.current?.querySelector<HTMLElement>('[data-sheet]')?.focus())
    } catch (error) {
      setMessage(messageOf(error))
    }
  }
  const open = async (sheet: DayEndSheet): Promise<void> => {
    if (sheet.recordId !== null) {
      openTab({ kind: 'details', register: sheet.register, recordId: sheet.recordId })
      return
    }
    try {
      const draft = await call('batch.resumeSheet', { id: sheet.id })
      setListed(null)
      openTab({
        kind: 'entry',
        register: draft.register,
        recordIds: [],
        draftId: draft.id,
        restored: [draft],
      })
    } catch (error) {
      setMessage(messageOf(error))
    }
  }
  const confirm = async (reason: string): Promise<void> => {
    await call('dayEnd.confirm', { day, reason })
    setIsAsked(false)
    setMessage('')
    answer.reload()
    focusCell(place)
  }
  const askToConfirm = (): void => {
    if (!dayEnd || lines.length === 0) return
    if (dayEnd.isBalanced) confirm('').catch((error: unknown) => setMessage(messageOf(error)))
    else setIsAsked(true)
  }
  const copy = (): void => {
    if (!dayEnd) return
    call('clipboard.write', { text: toTabbedText(dayEnd) }).then(
      () => setMessage(`已复制 ${dayEnd.lines.length} 行,可粘贴到表格。`),
      (error: unknown) => setMessage(messageOf(error)),
    )
  }
  usePageActions(props.offerActions, () => [
    ...(lines.length === 0
      ? []
      : [
          { label: dayEndKeys.confirm.does, shortcut: keysText(dayEndKeys.confirm), run: askToConfirm },
          { label: dayEndKeys.copy.does, shortcut: keysText(dayEndKeys.copy), run: copy },
        ]),
    { label: dayEndKeys.dayBefore.does, shortcut: keysText(dayEndKeys.dayBefore), run: () => goToDay(-1) },
    ...(day === today
      ? []
      : [
          { label: dayEndKeys.dayAfter.does, shortcut: keysText(dayEndKeys.dayAfter), run: () => goToDay(1) },
        ]),
  ])
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return
    const pressed = findPressed(event.nativeEvent, dayEndKeys)
    if (pressed === 'confirm') askToConfirm()
    else if (pressed === 'dayBefore') goToDay(-1)
    else if (pressed === 'dayAfter') goToDay(1)
    else if (pressed === 'copy' && (getSelection()?.isCollapsed ?? true)) copy()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      ref={root}
      className="day-end-page"
      tabIndex={-1}
      {...(dayEnd ? {} : { 'data-initial-focus': '' })}
      onKeyDown={onKeyDown}
    >
      <header className="day-end-head">
        <h2>日结 {day}</h2>
        <span className="button-row">
          <Button onClick={() => goToDay(-1)}>
            前一天<kbd aria-hidden="true">Ctrl+←</kbd>
          </Button>
          <Button disabled={day === today} onClick={() => goToDay(1)}>
            后一天<kbd aria-hidden="true">Ctrl+→</kbd>
          </Button>
          <Button autoInsertSpace={false} disabled={lines.length === 0} onClick={copy}>
            复制<kbd aria-hidden="true">Ctrl+C</kbd>
          </Button>
          <Button
            type="primary"
            disabled={lines.length === 0}
            aria-keyshortcuts={ariaKeys(dayEndKeys.confirm)}
            {...(lines.length === 0 ? {} : { 'data-confirm': '' })}
            onClick={askToConfirm}
          >
            确认日结<kbd aria-hidden="true">Ctrl+Enter</kbd>
          </Button>
        </span>
        <Verdict dayEnd={dayEnd} today={today} />
      </header>
      {answer.problem === undefined ? null : <p className="problem">{answer.problem}</p>}
      {dayEnd && lines.length === 0 ? (
        <p className="query-empty" tabIndex={-1} data-initial-focus="">
          这一天没有录入。按 Ctrl+Shift+B 开一批,或按 Ctrl+← 看前一天。
        </p>
      ) : null}
      {lines.length === 0 ? null : (
        <table className="home-table day-end-table" role="grid" aria-label="日结表">
          <thead>
            <tr>
              <th scope="col">批次</th>
              {dayEndColumns.map(({ label }) => (
                <th key={label} scope="col" className="number">
                  {label}
                </th>
              ))}
              <th scope="col">说明</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line, row) => (
              <tr key={line.batchId ?? ''}>
                <th scope="row">{line.title}</th>
                {dayEndColumns.map(({ label, column, textOf }, index) => (
                  <td key={label} role="gridcell" className="number">
                    {column === null ? (
                      textOf(line)
                    ) : (
                      <button
                        type="button"
                        className={`link-button${
                          column === 'different'
                            ? line.differences.length === 0
                              ? ' good'
                              : ' attention'
                            : ''
                        }`}
                        aria-label={`${line.title} ${label} ${textOf(line)}`}
                        data-cell={`${row}:${index}`}
                        tabIndex={
                          row === Math.min(place.row, lines.length - 1) && index === place.column ? 0 : -1
                        }
                        {...(row === 0 && index === 1 ? { 'data-initial-focus': '' } : {})}
                        onFocus={() => setPlace({ row, column: index })}
                        onClick={() => void list(line, index)}
                        onKeyDown={(event) => {
                          const next = nextPlace(
                            event,
                            { row, column: index },
                            { rows: lines.length, columns: dayEndColumns.length },
                          )
                          if (!next) return
                          event.preventDefault()
                          focusCell({ ...next, column: Math.max(1, next.column) })
                        }}
                      >
                        {textOf(line)}
                      </button>
                    )}
                  </td>
                ))}
                <td className={line.differences.length > 0 ? 'attention' : ''}>{sentenceOf(line)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="day-end-message" role="status">
        {message}
      </p>
      {isAsked ? (
        <AskLine
          label="确认日结"
          reasonLabel="不平的原因"
          acceptLabel="确认日结"
          onAccept={confirm}
          onDecline={() => {
            setIsAsked(false)
            focusCell(place)
          }}
        >
          {`日结不平:${lines
            .filter((line) => line.differences.length > 0)
            .map((line) => `${line.title}:${line.differences.join(',')}`)
            .join(';')}。可先补齐再确认;仍要确认,请写明原因。`}
        </AskLine>
      ) : null}
      {listed && listed.sheets.length > 0 ? (
        <SheetList
          listed={listed}
          onOpen={(sheet) => void open(sheet)}
          onLeave={() => {
            setListed(null)
            focusCell(place)
          }}
        />
      ) : null}
      <OwnMeter isActive={isActive} />
    </div>
  )
}

/** Whether the day balances, and who confirmed it when. */
function Verdict(props: { readonly dayEnd: DayEnd | undefined; readonly today: string }): ReactNode {
  const { dayEnd, today } = props
  if (!dayEnd || dayEnd.lines.length === 0) return null
  const { confirmation } = dayEnd
  return (
    <span className="day-end-verdict" role="status">
      {dayEnd.isBalanced ? (
        <span className="good">已平</span>
      ) : (
        <span className="attention">不平,见差异</span>
      )}
      {confirmation === null ? ' · 未确认' : null}
      {confirmation ? (
        <>
          {` · ${confirmation.confirmedBy} ${formatInstant(confirmation.confirmedAt, today)} 已确认`}
          {confirmation.reason === '' ? '' : `(${confirmation.reason})`}
          {confirmation.isCurrent ? '' : <span className="attention">,此后数字有变动</span>}
        </>
      ) : null}
    </span>
  )
}

/** The sheets behind a number: ↑ ↓ along them, Enter opens, Esc goes back to the number. */
function SheetList(props: {
  readonly listed: Listed
  readonly onOpen: (sheet: DayEndSheet) => void
  readonly onLeave: () => void
}): ReactNode {
  const { listed, onOpen, onLeave } = props
  const [active, setActive] = useState(0)
  const list = useRef<HTMLUListElement>(null)
  return (
    <section className="day-end-sheets" aria-label={listed.title}>
      <h3>
        {`${listed.title} ${listed.sheets.length} 份`}
        <span className="hint">Enter 打开,搁置和作废的重新录入;Esc 返回</span>
      </h3>
      <ul ref={list}>
        {listed.sheets.map((sheet, index) => {
          const { title, remark } = sheetText(sheet)
          return (
            <li key={sheet.id}>
              <button
                type="button"
                className="link-button"
                data-sheet=""
                tabIndex={index === Math.min(active, listed.sheets.length - 1) ? 0 : -1}
                onFocus={() => setActive(index)}
                onClick={() => onOpen(sheet)}
                onKeyDown={(event) => {
                  const next = nextPlace(
                    event.nativeEvent,
                    { row: index, column: 0 },
                    { rows: listed.sheets.length, columns: 1 },
                  )
                  if (next) list.current?.querySelectorAll<HTMLElement>('[data-sheet]')[next.row]?.focus()
                  else if (isPressed(event.nativeEvent, dayEndKeys.leaveSheets)) onLeave()
                  else return
                  event.preventDefault()
                  event.stopPropagation()
                }}
              >
                <span className="day-end-time">{formatClock(sheet.at)}</span>
                <span className="day-end-title">{title}</span>
                <span className="day-end-remark">{remark}</span>
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
