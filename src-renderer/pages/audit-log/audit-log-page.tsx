import { Button } from 'antd'
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { AuditConditions, AuditPage, AuditState } from '../../../src-shared/contract/audit-types.ts'
import { usePageActions, type PageAction, type PageProps, type TabPage } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { Delayed } from '../../components/delayed.tsx'
import { formatClock } from '../../components/format-time.ts'
import { PopupMenu } from '../../components/popup-menu.tsx'
import { auditLogKeys, gridKeys } from '../../keys/bindings.ts'
import { findPressed, keysText } from '../../keys/press.ts'
import { fitColumns } from '../../tables/field-column.ts'
import { measureText } from '../../tables/measure-text.ts'
import { countSelected, emptySelection, selectOnly, type Selection } from '../../tables/selection.ts'
import { usePagedRows } from '../../tables/use-paged-rows.ts'
import { VirtualGrid, type GridHandle } from '../../tables/virtual-grid.tsx'
import { AuditConditionsForm, createDays, noChoice, readDays } from './audit-conditions.tsx'
import { auditCellText, auditColumns, whyNotOpened, type AuditGridRow } from './audit-text.ts'

type AuditLogProps = PageProps<Extract<TabPage, { kind: 'auditLog' }>>
type RecordKey = NonNullable<AuditGridRow['record']>

/** What is listed: fixed by its newest line, so that nothing moves while the log grows. */
type Listed = {
  readonly conditions: AuditConditions
  readonly state: AuditState
  readonly askedAt: number
}
type Answer = Omit<AuditPage, 'rows'> & { readonly rows: readonly AuditGridRow[] }

/** Lines put on the clipboard at once (contract). */
const copyLimit = 100_000
/** Lines that columns are measured by. */
const measuredRows = 60

const noConditions: AuditConditions = {
  from: null,
  to: null,
  accountName: null,
  group: null,
  register: null,
  recordId: null,
}

async function askLines({ conditions, state }: Listed, offset: number, limit: number): Promise<Answer> {
  const { rows, total } = await call('audit.list', { conditions, newest: state.newest, offset, limit })
  return { total, rows: rows.map((row) => ({ ...row, id: String(row.id) })) }
}

/** 工具—操作日志: who did what, when; it is looked at and copied, never changed. */
export function AuditLogPage(props: AuditLogProps): ReactNode {
  const { page, isActive } = props
  const { today } = useAppState()
  const [store] = useState(() => createDays(today))
  useEffect(() => store.setToday(today), [store, today])
  const [choice, setChoice] = useState(noChoice)
  const [record, setRecord] = useState<RecordKey | null>(
    page.record === undefined ? null : { register: page.record.register, id: page.record.recordId },
  )
  const [listed, setListed] = useState<Listed>()
  const [message, setMessage] = useState('')
  const root = useRef<HTMLDivElement>(null)

  const ask = useCallback(async (conditions: AuditConditions, only: RecordKey | null): Promise<void> => {
    try {
      const state = await call('audit.state', { record: only })
      setListed({
        conditions:
          only === null ? conditions : { ...conditions, register: only.register, recordId: only.id },
        state,
        askedAt: Date.now(),
      })
      setMessage('')
    } catch (error) {
      setMessage(messageOf(error))
    }
  }, [])
  useEffect(() => {
    void ask(noConditions, page.record ? { register: page.record.register, id: page.record.recordId } : null)
    // Once: later questions are the clerk's.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])

  const run = async (only: RecordKey | null = record): Promise<void> => {
    await store.settle()
    const [breach] = store.check()
    if (breach) {
      store.focusNextMark(undefined)
      setMessage(`查询条件有误。${breach.message}`)
      return
    }
    await ask({ ...noConditions, ...readDays(store), ...choice }, only)
  }
  const reset = (): void => {
    store.reset({})
    setChoice(noChoice)
    setRecord(null)
    void ask(noConditions, null)
  }
  const showOnly = (only: RecordKey | null): void => {
    setRecord(only)
    void run(only)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || findPressed(event.nativeEvent, auditLogKeys) !== 'reload') return
    event.preventDefault()
    void run()
  }

  return (
    <div ref={root} className="audit-log" tabIndex={-1} data-initial-focus="" onKeyDown={onKeyDown}>
      <AuditConditionsForm
        store={store}
        choice={choice}
        onChoice={setChoice}
        people={listed?.state.people ?? []}
        isNarrowed={store.isDirty() || choice !== noChoice || record !== null}
        onRun={() => void run()}
        onReset={reset}
      />
      {listed?.conditions.recordId == null ? null : (
        <p className="query-given">
          {`只列「${listed.state.title ?? '已不在本机的记录'}」的操作`}
          <Button autoInsertSpace={false} onClick={() => showOnly(null)}>
            全部记录
          </Button>
        </p>
      )}
      {listed ? (
        <AuditList
          listed={listed}
          isActive={isActive}
          root={root}
          message={message}
          onMessage={setMessage}
          onOnly={showOnly}
          onReload={() => void run()}
          onLeave={() => store.focusFirst()}
          openTab={props.openTab}
          offerActions={props.offerActions}
        />
      ) : (
        <Delayed>
          <p className={message === '' ? 'query-empty' : 'query-empty problem'}>{message || '正在读取…'}</p>
        </Delayed>
      )}
    </div>
  )
}

/** The lines with their foot. */
function AuditList(props: {
  readonly listed: Listed
  readonly isActive: boolean
  readonly root: React.RefObject<HTMLDivElement | null>
  readonly message: string
  readonly onMessage: (text: string) => void
  readonly onOnly: (record: RecordKey) => void
  readonly onReload: () => void
  readonly onLeave: () => void
  readonly openTab: PageProps['openTab']
  readonly offerActions: PageProps['offerActions']
}): ReactNode {
  const { listed, root, onMessage, openTab } = props
  const { conditions, state, askedAt } = listed
  const key = JSON.stringify([conditions, state.newest])
  const lines = usePagedRows<AuditGridRow, Answer>(key, (offset, limit) => askLines(listed, offset, limit))
  const { answer, version, row, want } = lines
  const [selection, setSelection] = useState<Selection>(emptySelection)
  const [menuAt, setMenuAt] = useState<{ readonly x: number; readonly y: number }>()
  const grid = useRef<GridHandle>(null)
  const total = answer?.total ?? 0

  // Another list begins at its newest line.
  const shownKey = useRef('')
  useEffect(() => {
    if (answer === undefined || shownKey.current === key) return
    shownKey.current = key
    setSelection(answer.total === 0 ? emptySelection : selectOnly(0))
    grid.current?.scrollToTop()
    if (document.activeElement !== root.current) return
    if (answer.total === 0) props.onLeave()
    else grid.current?.focus()
  }, [answer, key, root, props])
  const columns = useMemo(() => {
    const rows = Array.from({ length: measuredRows }, (_, index) => row(index)).filter(
      (each) => each !== undefined,
    )
    if (rows.length === 0) return auditColumns
    const last = auditColumns.length - 1
    return [
      ...fitColumns(
        auditColumns.slice(0, last),
        (column) => rows.map((each) => auditCellText(each, column.key)),
        measureText,
      ),
      ...auditColumns.slice(last),
    ]
    // Measured once a list: columns stand still while it is scrolled.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [key, total > 0])

  const active = row(selection.active)
  const selectedCount = countSelected(selection)
  const open = (): void => {
    if (!active) return
    if (active.record)
      openTab({ kind: 'details', register: active.record.register, recordId: active.record.id })
    else onMessage(whyNotOpened(active))
  }
  const showOnly = (): void => {
    if (active?.record) props.onOnly(active.record)
    else if (active) onMessage(whyNotOpened(active))
  }
  const copy = async (): Promise<void> => {
    if (selectedCount === 0) return
    if (selectedCount > copyLimit) {
      onMessage(`已选 ${selectedCount} 行,一次最多复制 ${copyLimit} 行,请缩小选择。`)
      return
    }
    const copied = await call('audit.copy', {
      conditions,
      newest: state.newest,
      ranges: selection.ranges.map(([first, last]): [number, number] => [first, last]),
    })
    await call('clipboard.write', { text: copied.text })
    onMessage(`已复制 ${copied.count} 行,可粘贴到表格中`)
  }
  const copyOrSay = (): void => {
    copy().catch((error: unknown) => onMessage(messageOf(error)))
  }
  const actions: readonly PageAction[] = [
    ...(active
      ? [
          { label: '打开该记录', shortcut: keysText(gridKeys.details), run: open },
          { label: '只看该记录的操作', shortcut: keysText(auditLogKeys.only), run: showOnly },
          { label: '复制', shortcut: keysText(gridKeys.copy), run: copyOrSay },
        ]
      : []),
    { label: '重新读取', shortcut: keysText(auditLogKeys.reload), run: props.onReload },
  ]
  usePageActions(props.offerActions, () => actions)
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || findPressed(event.nativeEvent, auditLogKeys) !== 'only') return
    event.preventDefault()
    showOnly()
  }

  return (
    <>
      <div className="query-result" onKeyDown={onKeyDown}>
        {answer && total > 0 ? (
          <VirtualGrid
            ref={grid}
            label="操作日志"
            columns={columns}
            total={total}
            row={row}
            textOf={auditCellText}
            version={version}
            onVisible={want}
            sort={null}
            selection={selection}
            onSelection={setSelection}
            onOpen={open}
            onCopy={copyOrSay}
            onMenu={setMenuAt}
            onLeave={props.onLeave}
          />
        ) : (
          <p className={lines.problem === undefined ? 'query-empty' : 'query-empty problem'}>
            {lines.problem ?? (answer ? '没有符合条件的操作。请修改条件后按 Enter 再查。' : '')}
          </p>
        )}
      </div>
      <div className="query-foot">
        <span>{answer ? `共 ${total.toLocaleString('zh-CN')} 行` : null}</span>
        <span>{selectedCount > 0 ? `已选 ${selectedCount.toLocaleString('zh-CN')} 行` : null}</span>
        <span>{`截至 ${formatClock(askedAt)}`}</span>
        <span className="query-message" role="status">
          {props.message || (total > 0 ? lines.problem : '')}
        </span>
        <span className="query-keys">打开记录 Enter · 复制 Ctrl+C · 重新读取 F5 · 回到条件 Esc</span>
      </div>
      {menuAt ? (
        <PopupMenu
          label="操作日志的操作"
          at={menuAt}
          items={actions.map(({ label, shortcut, run }) => ({
            label,
            ...(shortcut === undefined ? {} : { shortcut }),
            onSelect: run,
          }))}
          onClose={() => {
            setMenuAt(undefined)
            grid.current?.focus()
          }}
        />
      ) : null}
    </>
  )
}
