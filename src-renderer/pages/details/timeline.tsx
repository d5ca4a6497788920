import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { HistoryLine } from '../../../src-shared/contract/types.ts'
import { changeKindLabels } from '../../../src-shared/sync/change-kind.ts'
import { describeCardChoice } from '../../../src-shared/readers/card-choice.ts'
import { provenanceLabels } from '../../../src-shared/values/provenance.ts'
import { timelineKeys } from '../../keys/bindings.ts'
import { isPressed } from '../../keys/press.ts'
import { nextPlace } from '../../tables/roving.ts'
import { formatDay, formatMinute } from '../../components/format-time.ts'

const actLabels: Readonly<Record<HistoryLine['act'], string>> = {
  created: '登记',
  changed: '修改',
  cancelled: '注销',
  restored: '恢复',
  assigned: '分配协管员',
  resolved: '冲突处理',
  merged: '合并',
  unmerged: '取消合并',
  deleted: '删除',
}

/** What a line is called: a modification that was asked what it is by that, an undone registration by both. */
export function lineTitle(line: HistoryLine): string {
  if (line.changeKind === null) return actLabels[line.act]
  const kind = changeKindLabels[line.changeKind]
  return line.act === 'changed' ? kind : `${actLabels[line.act]} · ${kind}`
}

/** Who did it, where and when. */
export function lineOrigin(line: HistoryLine): string {
  return [`${formatDay(line.at)} ${formatMinute(line.at)}`, line.station, line.by]
    .filter((text) => text !== '')
    .join(' ')
}

/** The lines of a record's history, newest first: one tab stop, ↑ ↓ in it, Enter or V shows the record as it was after that line. */
export function Timeline(props: {
  readonly lines: readonly HistoryLine[] | undefined
  readonly problem: string | undefined
  /** The version that is looked at, or null: the present one. */
  readonly shownVersion: number | null
  readonly onShow: (line: HistoryLine) => void
}): ReactNode {
  const { lines } = props
  const list = useRef<HTMLOListElement>(null)
  const [at, setAt] = useState<number | null>(null)
  if (props.problem !== undefined) return <p className="problem">{props.problem}</p>
  if (!lines) return null
  if (lines.length === 0) return <p className="hint">没有变更记录。</p>
  const stop = lines.some((line) => line.version === at) ? at : lines[0]?.version

  const onKeyDown = (event: KeyboardEvent): void => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-version]') ?? [])]
    const index = rows.findIndex((row) => row === document.activeElement)
    const line = lines[index]
    if (!line) return
    const target = nextPlace(event.nativeEvent, { row: index, column: 0 }, { rows: rows.length, columns: 1 })
    if (target) rows[target.row]?.focus()
    else if (isPressed(event.nativeEvent, timelineKeys.show)) props.onShow(line)
    else return
    event.preventDefault()
  }

  return (
    <>
      <ol ref={list} className="history" onKeyDown={onKeyDown}>
        {lines.map((line) => (
          <li key={line.version} className={line.version === props.shownVersion ? 'history-shown' : ''}>
            <button
              type="button"
              className="history-line"
              data-version={line.version}
              tabIndex={line.version === stop ? 0 : -1}
              aria-current={line.version === props.shownVersion}
              onFocus={() => setAt(line.version)}
              onClick={() => props.onShow(line)}
            >
              <span className="history-head">
                <span className={line.changeKind === 'correction' ? 'history-act attention' : 'history-act'}>
                  {lineTitle(line)}
                </span>
                <span>{`${formatDay(line.at)} ${formatMinute(line.at)}`}</span>
                <span className="hint">
                  {[line.station, line.by].filter((text) => text !== '').join(' ')}
                </span>
              </span>
              {line.effectiveDate === null ? null : (
                <span className="history-word">{`变更日期:${line.effectiveDate}`}</span>
              )}
              {line.reason === '' ? null : <span className="history-word">{`原因:${line.reason}`}</span>}
              {line.act === 'created' ? null : <Changes line={line} />}
              {line.cardChoices.map(({ label, took, other }) => (
                <span key={label} className="history-change">
                  {`${label}:${describeCardChoice(took, other === '' ? '(空)' : other)}`}
                </span>
              ))}
            </button>
          </li>
        ))}
      </ol>
      <p className="hint">按 ↑ ↓ 选择,Enter 或 V 查看当时的内容。</p>
    </>
  )
}

function Changes(props: { readonly line: HistoryLine }): ReactNode {
  return props.line.changes.map((change) => (
    <span key={change.label} className="history-change">
      {`${change.label}:${change.from === '' ? '(空)' : change.from} → ${change.to === '' ? '(空)' : change.to}`}
      {change.provenance === null ? null : (
        <span className="history-source">{provenanceLabels[change.provenance]}</span>
      )}
    </span>
  ))
}
