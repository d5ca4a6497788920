import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { QueuePage, QueueRow, QueueState } from '../../../src-shared/contract/sync-types.ts'
import { usePageActions, type PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf, RequestFailure } from '../../client/call.ts'
import { AskLine } from '../../components/ask-line.tsx'
import { BusyButton } from '../../components/busy-button.tsx'
import { Delayed } from '../../components/delayed.tsx'
import { PopupMenu } from '../../components/popup-menu.tsx'
import { useListFocus } from '../../components/section-tabs.tsx'
import { writerLabel } from '../../components/writer-label.ts'
import { fitColumns, type GridColumn } from '../../tables/field-column.ts'
import { followRow } from '../../tables/follow-row.ts'
import { measureText } from '../../tables/measure-text.ts'
import { countSelected, emptySelection, listSelected, type Selection } from '../../tables/selection.ts'
import { usePagedRows } from '../../tables/use-paged-rows.ts'
import { VirtualGrid, type GridHandle } from '../../tables/virtual-grid.tsx'
import { listQueueActions, packageFileName, type QueueAction } from './queue-actions.ts'
import { queueCellText, queueStateLabels } from './sync-text.ts'
import { useSettledChanges } from '../../client/use-settled-changes.ts'
import { queueKeys } from '../../keys/bindings.ts'
import { ariaKey, isPressed, isShortcut } from '../../keys/press.ts'

/** Ops one act takes (contract). */
const actLimit = 1_000
/** Ops one package takes (contract). */
const packageLimit = 100_000
const questionRows = 500

const columns: readonly GridColumn[] = (
  [
    ['title', '记录'],
    ['act', '操作'],
    ['createdAt', '时间'],
    ['by', '操作员'],
    ['state', '状态'],
    ['attempts', '次数'],
    ['reason', '原因'],
  ] as const
).map(([key, label]) => ({
  key,
  label,
  width: key === 'reason' ? 520 : key === 'title' ? 200 : 96,
  align: key === 'attempts' ? ('right' as const) : ('left' as const),
  isSortable: false,
}))

type QueueGridRow = QueueRow & { readonly id: string }
type QueueAnswer = QueuePage & { readonly rows: readonly QueueGridRow[] }

async function askQueue(state: QueueState | null, offset: number, limit: number): Promise<QueueAnswer> {
  const page = await call('sync.queue', { state, offset, limit })
  return { ...page, rows: page.rows.map((row) => ({ ...row, id: String(row.n) })) }
}

/** 队列: every op without a receipt, why it is still here, and what can be done about it. */
export function QueueSection(props: {
  readonly isActive: boolean
  readonly isServerSet: boolean
  readonly openTab: PageProps['openTab']
  readonly offerActions: PageProps['offerActions']
  readonly panelId: string
  readonly onLeave: () => void
}): ReactNode {
  const { isActive, isServerSet, openTab } = props
  const { today, sync, account } = useAppState()
  const [state, setState] = useState<QueueState | null>(null)
  const queue = usePagedRows<QueueGridRow, QueueAnswer>(state ?? 'all', (offset, limit) =>
    askQueue(state, offset, limit),
  )
  const [selection, setSelection] = useState<Selection>(emptySelection)
  const [menuAt, setMenuAt] = useState<{ readonly x: number; readonly y: number }>()
  const [withdrawing, setWithdrawing] = useState<readonly QueueGridRow[]>()
  const [message, setMessage] = useState<{ readonly text: string; readonly isProblem?: boolean }>()
  const [isBusy, setIsBusy] = useState(false)
  const grid = useRef<GridHandle>(null)
  const box = useRef<HTMLDivElement>(null)
  const { answer, version, reload, row } = queue
  const total = answer?.total ?? 0
  const selectedCount = countSelected(selection)

  // Rows leave while a round runs: the keyboard stays on its row. Several selected ones are not moved under the hand.
  const followed = useRef<number>(undefined)
  const choose = (next: Selection): void => {
    followed.current = row(next.active)?.n
    setSelection(next)
  }
  const isSeveral = selectedCount > 1
  const [isStale, setIsStale] = useState(false)
  const refresh = useCallback(() => {
    setIsStale(false)
    reload()
  }, [reload])
  useSettledChanges(isActive, () => {
    if (isSeveral) setIsStale(true)
    else refresh()
  })
  useEffect(() => {
    if (answer === undefined) return
    setSelection((previous) =>
      countSelected(previous) > 1 && previous.ranges.every(([, last]) => last < answer.total)
        ? previous
        : followRow(previous, answer.total, followed.current, (index) => row(index)?.n),
    )
  }, [answer, version, row])
  useEffect(() => {
    followed.current = row(selection.active)?.n ?? followed.current
  }, [row, selection.active])

  useListFocus(props.panelId, isActive, total > 0)
  const textOf = useCallback(
    (each: QueueGridRow, column: string) =>
      column === 'by' ? writerLabel(account, each.by) : queueCellText(each, column, today),
    [account, today],
  )
  const shownColumns = useMemo(() => {
    const rows = Array.from({ length: 50 }, (_, index) => row(index)).filter((each) => each !== undefined)
    if (rows.length === 0) return columns
    const last = columns.length - 1
    return [
      ...fitColumns(
        columns.slice(0, last),
        (column) => rows.map((each) => textOf(each, column.key)),
        measureText,
      ),
      ...columns.slice(last),
    ]
    // `version` says that `row` answers anew.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [row, version, textOf])
  const actions = listQueueActions(
    total === 0
      ? []
      : listSelected(selection, actLimit).flatMap((index) => {
          const found = row(index)
          return found ? [found.state] : []
        }),
    { send: isServerSet },
  )

  /** The selected ops; those that were never in sight are read for it. */
  const readSelected = async (limit: number): Promise<readonly QueueGridRow[] | undefined> => {
    if (selectedCount > limit) {
      setMessage({ text: `已选 ${selectedCount} 项,一次最多处理 ${limit} 项,请缩小选择。`, isProblem: true })
      return undefined
    }
    const rows: QueueGridRow[] = []
    for (const [first, last] of selection.ranges) {
      const here = listSelected({ ...selection, ranges: [[first, last]] }, last - first + 1).map(row)
      if (here.every((each) => each !== undefined)) rows.push(...here)
      else {
        for (let offset = first; offset <= last; offset += questionRows) {
          rows.push(...(await askQueue(state, offset, Math.min(questionRows, last - offset + 1))).rows)
        }
      }
    }
    return rows
  }
  const openRecord = async (op: QueueGridRow): Promise<void> => {
    const record = await call('record.get', { register: op.register, id: op.recordId, purpose: 'show' })
    // A cancelled one cannot be modified: its page says what it is, and how it comes back.
    openTab(
      record.status === 'active'
        ? { kind: 'entry', register: op.register, recordIds: [op.recordId], draftId: crypto.randomUUID() }
        : { kind: 'details', register: op.register, recordId: op.recordId },
    )
  }
  const exportPackage = async (numbers: readonly number[] | null, count: number): Promise<void> => {
    const target = await call('file.chooseTarget', {
      title: '导出同步包',
      suggestedName: packageFileName(account?.stationCode ?? '', Date.now()),
    })
    if (!target) return
    const result = await call('package.export', {
      path: target.path,
      numbers: numbers === null ? null : [...numbers],
    })
    setMessage({ text: result.message === '' ? `已导出 ${count} 项到 ${result.path}` : result.message })
  }
  const importPackage = async (): Promise<void> => {
    const source = await call('file.chooseSource', { title: '导入同步包', extension: 'jufutong-package' })
    if (!source) return
    const result = await call('package.import', { path: source.path })
    setMessage({ text: result.message === '' ? `已导入 ${result.count} 项` : result.message })
    refresh()
  }
  const act = async (action: QueueAction): Promise<void> => {
    const active = row(selection.active)
    switch (action.kind) {
      case 'open':
        if (active) await openRecord(active)
        return
      case 'details':
        if (active) openTab({ kind: 'details', register: active.register, recordId: active.recordId })
        return
      case 'sendOne':
        if (active) {
          setMessage({ text: `正在单独上传「${active.title}」…` })
          const status = await call('sync.sendOne', { n: active.n })
          setMessage(
            status.lastError === null
              ? { text: `「${active.title}」已单独上传` }
              : { text: status.lastError, isProblem: true },
          )
          refresh()
        }
        return
      case 'hold':
      case 'release': {
        const isHeld = action.kind === 'hold'
        const all = await readSelected(actLimit)
        const rows = all?.filter((op) => (op.state === 'held') !== isHeld) ?? []
        if (rows.length === 0) return
        const { count } = await call('sync.hold', { numbers: rows.map(({ n }) => n), isHeld })
        setMessage({
          text: isHeld
            ? `已搁置 ${count} 项,按 Ctrl+H 可取消搁置`
            : `已取消搁置 ${count} 项,将随下次同步上传`,
        })
        refresh()
        return
      }
      case 'withdraw': {
        const all = await readSelected(actLimit)
        // Only what the server has refused: the rest is on its way.
        const rows = all?.filter((op) => op.state === 'setAside') ?? []
        if (rows.length > 0) setWithdrawing(rows)
        return
      }
      case 'export': {
        if (selectedCount === total && state === null) {
          await exportPackage(null, total)
          return
        }
        const rows = await readSelected(packageLimit)
        if (rows && rows.length > 0)
          await exportPackage(
            rows.map(({ n }) => n),
            rows.length,
          )
        return
      }
      case 'exportAll':
        if ((answer?.counts.pending ?? 0) + (answer?.counts.held ?? 0) + (answer?.counts.setAside ?? 0) === 0)
          setMessage({ text: '队列是空的,没有可导出的内容。' })
        else await exportPackage(null, total)
        return
      case 'import':
        await importPackage()
    }
  }
  const isUnderWay = useRef(false)
  const perform = (action: QueueAction): void => {
    if (isUnderWay.current) return
    isUnderWay.current = true
    setIsBusy(true)
    setMessage(undefined)
    act(action)
      .catch((error: unknown) => {
        const isGone = error instanceof RequestFailure && error.detail.code === 'notFound'
        setMessage({
          text: isGone ? `${messageOf(error)}可在「冲突处理—已合并」中查看。` : messageOf(error),
          isProblem: true,
        })
      })
      .finally(() => {
        isUnderWay.current = false
        setIsBusy(false)
      })
  }

  usePageActions(props.offerActions, () =>
    actions.map((action) => ({
      label: action.label,
      shortcut: action.shortcut,
      run: () => perform(action),
    })),
  )

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return
    if (isPressed(event.nativeEvent, queueKeys.reload)) {
      event.preventDefault()
      setMessage(undefined)
      refresh()
      return
    }
    // The choice of the state is its own control.
    if (event.target instanceof HTMLSelectElement) return
    const action = actions.find(
      ({ kind, shortcut }) => kind !== 'open' && isShortcut(event.nativeEvent, shortcut),
    )
    if (!action) return
    event.preventDefault()
    perform(action)
  }
  const actionOf = (...kinds: readonly QueueAction['kind'][]): QueueAction | undefined =>
    actions.find(({ kind }) => kinds.includes(kind))
  const closeWithdraw = (): void => {
    setWithdrawing(undefined)
    focusList()
  }
  const focusList = (): void => {
    grid.current?.focus()
    if (!box.current?.contains(document.activeElement)) box.current?.querySelector('select')?.focus()
  }

  const isEmpty = answer !== undefined && total === 0
  return (
    <div ref={box} className="queue" tabIndex={-1} data-section="" onKeyDown={onKeyDown}>
      <div className="queue-bar">
        <select
          className="choice"
          aria-label="状态"
          value={state ?? ''}
          onChange={(event) => {
            followed.current = undefined
            setSelection(emptySelection)
            setMessage(undefined)
            setState(event.target.value === '' ? null : (event.target.value as QueueState))
          }}
        >
          <option value="">{`全部 ${sync.pendingCount + sync.heldCount + sync.setAsideCount}`}</option>
          {(['pending', 'held', 'setAside'] as const).map((each) => (
            <option key={each} value={each}>
              {`${queueStateLabels[each]}${answer ? ` ${answer.counts[each]}` : ''}`}
            </option>
          ))}
        </select>
        <ActionButton action={actionOf('sendOne')} fallback="单独上传" isBusy={isBusy} onPerform={perform} />
        <ActionButton
          action={actionOf('hold', 'release')}
          fallback="搁置"
          isBusy={isBusy}
          onPerform={perform}
        />
        <ActionButton action={actionOf('withdraw')} fallback="撤回" isBusy={isBusy} onPerform={perform} />
        <span className="toolbar-rule" />
        <ActionButton
          action={actionOf('export') ?? actionOf('exportAll')}
          fallback="导出同步包"
          isBusy={isBusy}
          onPerform={perform}
        />
        <ActionButton action={actionOf('import')} fallback="导入" isBusy={isBusy} onPerform={perform} />
      </div>
      <div className="queue-list">
        {answer && total > 0 ? (
          <VirtualGrid
            ref={grid}
            label="上传队列"
            columns={shownColumns}
            total={total}
            row={row}
            textOf={textOf}
            version={version}
            onVisible={queue.want}
            sort={null}
            selection={selection}
            onSelection={choose}
            onOpen={() => {
              const action = actionOf('open')
              if (action) perform(action)
            }}
            onCopy={() => {
              const active = row(selection.active)
              if (!active) return
              const text = columns.map(({ key }) => textOf(active, key)).join('\t')
              call('clipboard.write', { text }).then(
                () => setMessage({ text: '已复制当前行' }),
                (error: unknown) => setMessage({ text: messageOf(error), isProblem: true }),
              )
            }}
            onMenu={setMenuAt}
            onLeave={props.onLeave}
          />
        ) : isEmpty ? (
          <p className="query-empty">
            {state === null
              ? '没有等待上传的内容。新的登记保存后会出现在这里,收到服务器回执后离开。'
              : `没有「${queueStateLabels[state]}」的内容。`}
          </p>
        ) : queue.problem === undefined ? (
          <Delayed>
            <p className="query-empty">正在读取…</p>
          </Delayed>
        ) : (
          <p className="query-empty problem">{queue.problem}</p>
        )}
      </div>
      {withdrawing ? (
        <AskLine
          label="撤回"
          reasonLabel="撤回原因"
          acceptLabel="撤回"
          onDecline={closeWithdraw}
          onAccept={async (reason) => {
            const { count } = await call('sync.withdraw', { numbers: withdrawing.map(({ n }) => n), reason })
            setMessage({ text: `已撤回 ${count} 项,不再上传;内容仍保存在本机` })
            closeWithdraw()
            refresh()
          }}
        >
          {withdrawText(withdrawing)}
        </AskLine>
      ) : null}
      <div className="query-foot">
        <span>{answer ? `共 ${total.toLocaleString('zh-CN')} 项` : null}</span>
        <span>{isSeveral ? `已选 ${selectedCount.toLocaleString('zh-CN')} 项` : null}</span>
        {isStale ? <span className="attention">队列已有变化,按 F5 刷新</span> : null}
        <span className={message?.isProblem ? 'query-message problem' : 'query-message'} role="status">
          {message?.text ?? (answer ? (queue.problem ?? refusalOf(row(selection.active))) : '')}
        </span>
        <span className="query-keys">打开记录 Enter · 右键菜单 Shift+F10 · 刷新 F5</span>
      </div>
      {menuAt ? (
        <PopupMenu
          label="队列操作"
          at={menuAt}
          items={actions.map((action) => ({
            label: action.label,
            shortcut: action.shortcut,
            startsGroup: action.startsGroup ?? false,
            onSelect: () => perform(action),
          }))}
          onClose={() => {
            setMenuAt(undefined)
            grid.current?.focus()
          }}
        />
      ) : null}
    </div>
  )
}

/** Why the server set an op aside, whole: the column may be too narrow for it. */
function refusalOf(op: QueueGridRow | undefined): string {
  return op?.state === 'setAside' ? op.reason : ''
}

function withdrawText(rows: readonly QueueGridRow[]): string {
  const titles = rows.slice(0, 5).map(({ title, act }) => `${title}(${act})`)
  const rest = rows.length > 5 ? ` 等 ${rows.length} 项` : ''
  return `撤回「${titles.join('、')}${rest}」:不再上传,也不再显示这次改动;内容留在本机,可以导出。`
}

/** An act of the selection; it keeps its place when nothing it could do is selected. */
function ActionButton(props: {
  readonly action: QueueAction | undefined
  readonly fallback: string
  readonly isBusy: boolean
  readonly onPerform: (action: QueueAction) => void
}): ReactNode {
  const { action } = props
  return (
    <BusyButton
      isBusy={props.isBusy}
      disabled={action === undefined}
      aria-keyshortcuts={action && ariaKey(action.shortcut)}
      onClick={() => {
        if (action) props.onPerform(action)
      }}
    >
      {action?.label ?? props.fallback}
      {action ? <kbd aria-hidden="true">{action.shortcut}</kbd> : null}
    </BusyButton>
  )
}
