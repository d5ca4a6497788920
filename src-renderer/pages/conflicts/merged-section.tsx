import { useCallback, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { MergeLine } from '../../../src-shared/contract/sync-types.ts'
import type { Account } from '../../../src-shared/contract/types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call } from '../../client/call.ts'
import { useSettledChanges } from '../../client/use-settled-changes.ts'
import { AskLine } from '../../components/ask-line.tsx'
import { Delayed } from '../../components/delayed.tsx'
import { formatInstant } from '../../components/format-time.ts'
import { useListFocus } from '../../components/section-tabs.tsx'
import { writerLabel } from '../../components/writer-label.ts'
import type { GridColumn } from '../../tables/field-column.ts'
import { emptySelection, selectOnly } from '../../tables/selection.ts'
import { usePagedRows } from '../../tables/use-paged-rows.ts'
import { VirtualGrid, type GridHandle } from '../../tables/virtual-grid.tsx'
import { mergedKeys } from '../../keys/bindings.ts'
import { ariaKeys, findPressed } from '../../keys/press.ts'

const columns: readonly GridColumn[] = (
  [
    ['loser', '被合并的记录', 300],
    ['winner', '合并到', 300],
    ['register', '登记簿', 100],
    ['by', '操作员', 120],
    ['at', '时间', 140],
  ] as const
).map(([key, label, width]) => ({ key, label, width, align: 'left', isSortable: false }))

type MergedRow = MergeLine & { readonly id: string }

async function askMerged(offset: number, limit: number) {
  const page = await call('merge.list', { offset, limit })
  return { ...page, rows: page.rows.map((line): MergedRow => ({ ...line, id: line.loserId })) }
}

function cellText(line: MergedRow, column: string, account: Account | null, today: string): string {
  switch (column) {
    case 'loser':
      return line.loserTitle
    case 'winner':
      return line.winnerTitle
    case 'register':
      return getRegister(line.register).label
    case 'by':
      return writerLabel(account, line.by)
    default:
      return formatInstant(line.at, today)
  }
}

/** 已合并: records that are another name of one that stays, and the way to take them apart again. */
export function MergedSection(props: {
  readonly isActive: boolean
  readonly openTab: PageProps['openTab']
  readonly panelId: string
  readonly onLeave: () => void
}): ReactNode {
  const { today, account } = useAppState()
  const merged = usePagedRows<MergedRow, Awaited<ReturnType<typeof askMerged>>>('merged', askMerged)
  const [place, setPlace] = useState(0)
  const [asking, setAsking] = useState<MergedRow>()
  const [message, setMessage] = useState('')
  const grid = useRef<GridHandle>(null)
  const { answer, version, row, reload } = merged
  useSettledChanges(props.isActive, reload)
  const last = (answer?.total ?? 0) - 1
  const selection = last < 0 ? emptySelection : selectOnly(Math.min(place, last))
  useListFocus(props.panelId, props.isActive, (answer?.total ?? 0) > 0)
  const textOf = useCallback(
    (line: MergedRow, column: string) => cellText(line, column, account, today),
    [account, today],
  )

  const active = row(selection.active)
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return
    const pressed = findPressed(event.nativeEvent, mergedKeys)
    if (pressed === 'unmerge') setAsking(active)
    else if (pressed === 'reload') reload()
    else return
    event.preventDefault()
  }
  if (!answer) {
    return merged.problem === undefined ? (
      <Delayed>
        <p className="query-empty">正在读取…</p>
      </Delayed>
    ) : (
      <p className="query-empty problem">{merged.problem}</p>
    )
  }
  const leave = (): void => {
    setAsking(undefined)
    if (grid.current) grid.current.focus()
    else document.getElementById(props.panelId)?.focus()
  }
  return (
    <div className="merged" tabIndex={-1} data-section="" onKeyDown={onKeyDown}>
      <div className="queue-list">
        {answer.total === 0 ? (
          <p className="query-empty">没有合并过的记录。</p>
        ) : (
          <VirtualGrid
            ref={grid}
            label="已合并的记录"
            columns={columns}
            total={answer.total}
            row={row}
            textOf={textOf}
            version={version}
            onVisible={merged.want}
            sort={null}
            selection={selection}
            onSelection={(next) => setPlace(next.active)}
            onOpen={() => {
              if (active)
                props.openTab({ kind: 'details', register: active.register, recordId: active.winnerId })
            }}
            onCopy={() => undefined}
            onMenu={() => undefined}
            onLeave={props.onLeave}
          />
        )}
      </div>
      {asking ? (
        <AskLine
          key={asking.id}
          label="取消合并"
          reasonLabel="取消合并原因"
          acceptLabel="取消合并"
          onDecline={leave}
          onAccept={async (reason) => {
            await call('record.unmerge', { register: asking.register, loserId: asking.loserId, reason })
            setMessage(`已取消合并,「${asking.loserTitle}」恢复为单独的记录`)
            leave()
            reload()
          }}
        >
          {`「${asking.loserTitle}」将重新成为单独的记录,合并时取自它的值从「${asking.winnerTitle}」中退回(合并后又改过的除外)。`}
        </AskLine>
      ) : null}
      <div className="query-foot">
        <span>{`共 ${answer.total.toLocaleString('zh-CN')} 条`}</span>
        <span className="query-message" role="status">
          {message}
        </span>
        {active ? (
          <button
            type="button"
            className="link-button"
            aria-keyshortcuts={ariaKeys(mergedKeys.unmerge)}
            onClick={() => setAsking(active)}
          >
            取消合并
            <kbd aria-hidden="true">Ctrl+U</kbd>
          </button>
        ) : null}
        <span className="query-keys">保留的记录 Enter</span>
      </div>
    </div>
  )
}
