import { useCallback, useState, type ReactNode } from 'react'
import type { BatchRow, RoundPage, RoundRow } from '../../../src-shared/contract/sync-types.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call } from '../../client/call.ts'
import { useSettledChanges } from '../../client/use-settled-changes.ts'
import { Delayed } from '../../components/delayed.tsx'
import { formatClock } from '../../components/format-time.ts'
import type { GridColumn } from '../../tables/field-column.ts'
import { emptySelection, selectOnly } from '../../tables/selection.ts'
import { usePagedRows } from '../../tables/use-paged-rows.ts'
import { VirtualGrid } from '../../tables/virtual-grid.tsx'
import { batchDifference, roundCellText, roundSentence } from './sync-text.ts'

const columns: readonly GridColumn[] = (
  [
    ['startedAt', '开始', 130],
    ['duration', '用时', 104],
    ['outcome', '结果', 72],
    ['pushed', '上传', 72],
    ['pulled', '下载', 72],
    ['conflicts', '冲突', 64],
    ['setAside', '被退回', 72],
    ['bytes', '发送 / 接收', 150],
    ['sentence', '说明', 560],
  ] as const
).map(([key, label, width]) => ({
  key,
  label,
  width,
  align: ['pushed', 'pulled', 'conflicts', 'setAside', 'bytes'].includes(key)
    ? ('right' as const)
    : ('left' as const),
  isSortable: false,
}))

/** Rounds that may have come since the list was looked at. */
const newRounds = 50

type RoundGridRow = Omit<RoundRow, 'id'> & { readonly id: string; readonly number: number }
type RoundAnswer = { readonly rows: readonly RoundGridRow[]; readonly total: number }

async function askRounds(offset: number, limit: number): Promise<RoundAnswer> {
  const page: RoundPage = await call('sync.rounds', { offset, limit })
  return { ...page, rows: page.rows.map((round) => ({ ...round, id: String(round.id), number: round.id })) }
}

/** 同步记录: what each round did, and below it whether each of its batches adds up. */
export function RoundsSection(props: {
  readonly isActive: boolean
  readonly onLeave: () => void
}): ReactNode {
  const { today } = useAppState()
  const rounds = usePagedRows<RoundGridRow, RoundAnswer>('rounds', askRounds)
  const [chosen, setChosen] = useState<{ readonly place: number; readonly id: string | undefined }>({
    place: 0,
    id: undefined,
  })
  const { answer, version, row, reload } = rounds
  useSettledChanges(props.isActive, reload)
  const total = answer?.total ?? 0
  // New rounds come before: the keyboard stays on its own, and on the newest where it stands there.
  let place = Math.min(chosen.place, total - 1)
  for (let index = chosen.place; chosen.place > 0 && index < chosen.place + newRounds; index += 1) {
    if (row(index)?.id === chosen.id) place = index
  }
  const selection = total === 0 ? emptySelection : selectOnly(place)
  const textOf = useCallback(
    (round: RoundGridRow, column: string) => roundCellText({ ...round, id: round.number }, column, today),
    [today],
  )

  if (!answer) {
    return rounds.problem === undefined ? (
      <Delayed>
        <p className="query-empty">正在读取…</p>
      </Delayed>
    ) : (
      <p className="query-empty problem">{rounds.problem}</p>
    )
  }
  if (answer.total === 0) return <p className="query-empty">还没有同步过。</p>
  const round = row(selection.active)
  return (
    <div className="rounds">
      <div className="rounds-list">
        <VirtualGrid
          label="同步记录"
          columns={columns}
          total={answer.total}
          row={row}
          textOf={textOf}
          version={version}
          onVisible={rounds.want}
          sort={null}
          selection={selection}
          onSelection={(next) => setChosen({ place: next.active, id: row(next.active)?.id })}
          onOpen={() => undefined}
          onCopy={() => {
            if (!round) return
            const text = columns.map(({ key }) => textOf(round, key)).join('\t')
            call('clipboard.write', { text }).catch(() => undefined)
          }}
          onMenu={() => undefined}
          onLeave={props.onLeave}
        />
      </div>
      <section className="batches" aria-label="批次核对">
        {round ? <Batches round={{ ...round, id: round.number }} /> : null}
      </section>
    </div>
  )
}

/** 已发送 = 已接收 + 冲突 + 被退回 + 未答复, with what is missing. */
function Batches(props: { readonly round: RoundRow }): ReactNode {
  const { round } = props
  if (round.batches.length === 0)
    return <p className="hint">{`${roundSentence(round)}。本次没有上传批次。`}</p>
  return (
    <table className="batch-table">
      <caption>
        {round.error === null ? null : <span className="problem">{round.error} </span>}
        已发送 = 已接收 + 冲突 + 被退回 + 未答复
      </caption>
      <thead>
        <tr>
          {['批次', '时间', '已发送', '已接收', '冲突', '被退回', '未答复', '差额'].map((label) => (
            <th key={label} scope="col" className={label === '批次' || label === '时间' ? '' : 'number'}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {round.batches.map((batch) => (
          <BatchLine key={batch.batchId} batch={batch} />
        ))}
      </tbody>
    </table>
  )
}

function BatchLine(props: { readonly batch: BatchRow }): ReactNode {
  const { batch } = props
  const difference = batchDifference(batch)
  return (
    <tr>
      <td className="selectable">{batch.batchId.slice(-12)}</td>
      <td>{formatClock(batch.sentAt)}</td>
      <td className="number">{batch.sent}</td>
      <td className="number">{batch.accepted}</td>
      <td className={batch.conflicts > 0 ? 'number attention' : 'number'}>{batch.conflicts}</td>
      <td className={batch.setAside > 0 ? 'number attention' : 'number'}>{batch.setAside}</td>
      <td className={batch.unanswered > 0 ? 'number attention' : 'number'}>{batch.unanswered}</td>
      <td className={difference === 0 ? 'number good' : 'number problem'}>{difference}</td>
    </tr>
  )
}
