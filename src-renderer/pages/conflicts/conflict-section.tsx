import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { ConflictSide } from '../../../src-shared/contract/sync-types.ts'
import type { Account } from '../../../src-shared/contract/types.ts'
import type { ServerStatus } from '../../../src-shared/sync/op.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useRequest } from '../../client/use-request.ts'
import { useSettledChanges } from '../../client/use-settled-changes.ts'
import { Delayed } from '../../components/delayed.tsx'
import { formatInstant } from '../../components/format-time.ts'
import { useListFocus } from '../../components/section-tabs.tsx'
import { StoredPhoto } from '../../components/stored-photo.tsx'
import { stationLabel, writerLabel } from '../../components/writer-label.ts'
import { targetRow } from '../../tables/grid-keys.ts'
import {
  groupConflicts,
  resolveInput,
  sideText,
  unitLabel,
  type ConflictUnit,
  type Decision,
  type RecordConflicts,
} from './conflict-units.ts'
import { OtherValue } from './other-value.tsx'
import { conflictKeys, conflictListKeys } from '../../keys/bindings.ts'
import { findPressed, moveOf } from '../../keys/press.ts'

/** Conflicts read at once (contract: 500); the rest comes up as these are decided. */
const listed = 200
/** Rows PgDn goes over: about a window. */
const pageRows = 8

type Done = { readonly text: string; readonly unit: ConflictUnit }

/** 冲突: what two people wrote without knowing of each other, side by side, one key each. */
export function ConflictSection(props: {
  readonly isActive: boolean
  readonly openTab: PageProps['openTab']
  readonly panelId: string
  readonly onLeave: () => void
}): ReactNode {
  const { openTab } = props
  const { today, sync } = useAppState()
  const list = useRequest('conflict.list', { offset: 0, limit: listed })
  const [decided, setDecided] = useState<ReadonlySet<string>>(new Set())
  const [activeIndex, setActiveIndex] = useState(0)
  const [typing, setTyping] = useState<ConflictUnit>()
  const [done, setDone] = useState<Done>()
  const [problem, setProblem] = useState('')
  const grid = useRef<HTMLDivElement>(null)
  const id = useId()
  const { reload } = list
  useSettledChanges(props.isActive, reload)

  const records = groupConflicts(list.output?.rows ?? [], decided)
  const units = records.flatMap((record) => record.units)
  const index = Math.min(activeIndex, units.length - 1)
  const active = units[index]
  const activeKey = active?.key

  // Rows of others may come before: the keyboard stays on its own.
  const keptKey = useRef<string>(undefined)
  const unitKeys = units.map(({ key }) => key).join('\n')
  useEffect(() => {
    const at = keptKey.current === undefined ? -1 : unitKeys.split('\n').indexOf(keptKey.current)
    if (at >= 0) setActiveIndex(at)
  }, [unitKeys])
  useEffect(() => {
    keptKey.current = activeKey
    const view = grid.current
    if (activeKey === undefined || !view) return
    const line = view.querySelector<HTMLElement>('.conflict-active')
    if (!line) return
    // The record's head belongs to its first line.
    const head = line.previousElementSibling
    if (head?.classList.contains('conflict-record')) head.scrollIntoView({ block: 'nearest' })
    line.scrollIntoView({ block: 'nearest' })
  }, [activeKey])
  const isEmpty = list.output !== undefined && units.length === 0
  useListFocus(props.panelId, props.isActive, units.length > 0)

  const decide = async (unit: ConflictUnit, decision: Decision): Promise<void> => {
    const ids = unit.rows.map((row) => row.id)
    setDecided((previous) => new Set([...previous, ...ids]))
    setTyping(undefined)
    setProblem('')
    const value =
      decision.choice === 'other'
        ? '已改为新录入的值'
        : `${decision.choice === 'kept' ? '已保留' : '已采用'}「${sideText(unit, decision.choice)}」`
    setDone({ text: `${unit.title} ${unitLabel(unit)}:${value}`, unit })
    try {
      await call('conflict.resolve', resolveInput(unit, decision))
    } catch (error) {
      setDecided((previous) => new Set([...previous].filter((each) => !ids.includes(each))))
      setDone(undefined)
      setProblem(messageOf(error))
      reload()
    }
  }
  const type = (unit: ConflictUnit): void => {
    if (unit.isStatus) setProblem('状态只能从两种中选择,请按 1 或 2。')
    else {
      setProblem('')
      setTyping(unit)
    }
  }
  const modify = (unit: ConflictUnit): void => {
    openTab(
      unit.recordStatus === 'active' && !unit.isStatus
        ? { kind: 'entry', register: unit.register, recordIds: [unit.recordId], draftId: crypto.randomUUID() }
        : { kind: 'details', register: unit.register, recordId: unit.recordId },
    )
  }
  const showDetails = (of: Pick<ConflictUnit, 'register' | 'recordId'>): void =>
    openTab({ kind: 'details', register: of.register, recordId: of.recordId })

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || typing) return
    const press = event.nativeEvent
    const pressed = findPressed(press, conflictKeys)
    if (pressed === 'reload') reload()
    else if (pressed === 'openLast') {
      if (done) modify(done.unit)
    } else return
    event.preventDefault()
  }
  const onGridKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || !active) return
    const press = event.nativeEvent
    const pressed = findPressed(press, conflictListKeys)
    const move = pressed === 'move' ? moveOf(press) : undefined
    if (move) {
      setProblem('')
      setActiveIndex(targetRow(move, { active: index, total: units.length, pageRows }) ?? 0)
    } else if (pressed === 'details') showDetails(active)
    else if (pressed === 'modify') modify(active)
    // A key held down decides once.
    else if (press.repeat) return
    else if (pressed === 'keep') void decide(active, { choice: 'kept' })
    else if (pressed === 'take') void decide(active, { choice: 'lost' })
    else if (pressed === 'type') type(active)
    else if (pressed === 'leave') props.onLeave()
    else return
    event.preventDefault()
  }

  if (list.output === undefined) {
    return list.problem === undefined ? (
      <Delayed>
        <p className="query-empty">正在读取…</p>
      </Delayed>
    ) : (
      <p className="query-empty problem">{list.problem}</p>
    )
  }
  const total = Math.max(sync.conflictCount, units.length)
  const parts = { id, today, activeKey, onDecide: decide, onType: type, onDetails: showDetails }
  return (
    <div className="conflicts" tabIndex={-1} data-section="" onKeyDown={onKeyDown}>
      {isEmpty ? (
        <p className="query-empty">没有待处理的冲突。两处同时修改同一项时,会在这里并列显示,由人选定。</p>
      ) : (
        <>
          <div className="conflict-columns" aria-hidden="true">
            <span>项目</span>
            <span>现在的值</span>
            <span>另一值</span>
            <span />
          </div>
          <div
            ref={grid}
            role="grid"
            aria-label="待处理的冲突"
            aria-activedescendant={activeKey === undefined ? undefined : `${id}-${index}`}
            tabIndex={0}
            className="conflict-list"
            onKeyDown={onGridKeyDown}
          >
            {records.map((record) => (
              <RecordLines
                key={`${record.register}/${record.recordId}`}
                record={record}
                firstIndex={units.findIndex((unit) => unit === record.units[0])}
                onChoose={(at) => {
                  setActiveIndex(at)
                  grid.current?.focus({ preventScroll: true })
                }}
                {...parts}
              />
            ))}
          </div>
        </>
      )}
      {typing ? (
        <OtherValue
          key={typing.key}
          unit={typing}
          onDecide={(values) => {
            void decide(typing, { choice: 'other', values })
            grid.current?.focus({ preventScroll: true })
          }}
          onLeave={() => {
            setTyping(undefined)
            grid.current?.focus({ preventScroll: true })
          }}
        />
      ) : null}
      <div className="query-foot">
        <span>{`共 ${total.toLocaleString('zh-CN')} 项`}</span>
        {list.output.total > listed ? <span>{`先列 ${listed} 项`}</span> : null}
        <span className={problem === '' ? 'query-message' : 'query-message problem'} role="status">
          {problem === '' && done ? `${done.text}。按错了?Ctrl+Z 打开该记录改正` : problem}
        </span>
        <span className="query-keys">保留现值 ←/1 · 采用另一值 →/2 · 其他 3 · 详细信息 Ctrl+O</span>
      </div>
    </div>
  )
}

function statusText(register: RecordConflicts['register'], status: ServerStatus): string {
  if (status === 'merged') return '已合并'
  if (status === 'deleted') return '已删除'
  return getRegister(register).statusLabels[status]
}

type LineParts = {
  readonly id: string
  readonly today: string
  readonly activeKey: string | undefined
  readonly onDecide: (unit: ConflictUnit, decision: Decision) => Promise<void>
  readonly onType: (unit: ConflictUnit) => void
}

function RecordLines(
  props: LineParts & {
    readonly record: RecordConflicts
    readonly firstIndex: number
    readonly onChoose: (index: number) => void
    readonly onDetails: (of: RecordConflicts) => void
  },
): ReactNode {
  const { record, firstIndex } = props
  return (
    <>
      <div role="row" className="conflict-record">
        <div role="gridcell" aria-colspan={4}>
          <button type="button" tabIndex={-1} className="link-button" onClick={() => props.onDetails(record)}>
            {record.title}
          </button>
          <span className="hint">{getRegister(record.register).label}</span>
          {record.recordStatus === 'active' ? null : (
            <span className="attention">{statusText(record.register, record.recordStatus)}</span>
          )}
          <span className="hint">{`${record.units.length} 处`}</span>
        </div>
      </div>
      {record.units.map((unit, offset) => (
        <UnitLine
          key={unit.key}
          unit={unit}
          index={firstIndex + offset}
          idPrefix={props.id}
          today={props.today}
          isActive={unit.key === props.activeKey}
          onDecide={props.onDecide}
          onType={props.onType}
          onChoose={props.onChoose}
        />
      ))}
    </>
  )
}

function UnitLine(props: {
  readonly unit: ConflictUnit
  readonly index: number
  readonly idPrefix: string
  readonly today: string
  readonly isActive: boolean
  readonly onDecide: (unit: ConflictUnit, decision: Decision) => Promise<void>
  readonly onType: (unit: ConflictUnit) => void
  readonly onChoose: (index: number) => void
}): ReactNode {
  const { unit, index, today } = props
  const act = (label: string, digit: string, perform: () => void): ReactNode => (
    <button
      type="button"
      tabIndex={-1}
      className="choice-button"
      aria-keyshortcuts={digit}
      onClick={(event) => {
        event.stopPropagation()
        props.onChoose(index)
        perform()
      }}
    >
      <kbd aria-hidden="true">{digit}</kbd>
      {label}
    </button>
  )
  return (
    <div
      role="row"
      id={`${props.idPrefix}-${index}`}
      aria-selected={props.isActive}
      className={props.isActive ? 'conflict-line conflict-active' : 'conflict-line'}
      onClick={() => props.onChoose(index)}
    >
      <div role="rowheader" className="conflict-label">
        {unit.rows.map((row) => (
          <span key={row.id}>{row.label}</span>
        ))}
      </div>
      <div role="gridcell">
        <SideValues unit={unit} side="kept" today={today} />
        {act('保留', '1', () => void props.onDecide(unit, { choice: 'kept' }))}
      </div>
      <div role="gridcell">
        <SideValues unit={unit} side="lost" today={today} />
        {act('采用', '2', () => void props.onDecide(unit, { choice: 'lost' }))}
      </div>
      <div role="gridcell" className="conflict-other">
        {unit.isStatus ? null : act('其他', '3', () => props.onType(unit))}
      </div>
    </div>
  )
}

/** Values of one side with who wrote them. */
function SideValues(props: {
  readonly unit: ConflictUnit
  readonly side: 'kept' | 'lost'
  readonly today: string
}): ReactNode {
  const { unit, side, today } = props
  const { fields } = getRegister(unit.register)
  const { account } = useAppState()
  const writers = [...new Set(unit.rows.map((row) => writerText(row[side], account, today)))]
  return (
    <div className="conflict-side">
      {unit.rows.map((row) => {
        const { text, value } = row[side]
        return (
          <div key={row.id} className="conflict-value selectable">
            {unit.rows.length > 1 ? <span className="hint">{`${row.label} `}</span> : null}
            {fields[row.field]?.kind === 'photo' && value !== null ? (
              <StoredPhoto className="conflict-photo" hash={value} label={row.label} />
            ) : text === '' ? (
              <span className="hint">(空)</span>
            ) : (
              text
            )}
          </div>
        )
      })}
      {writers.map((writer) => (
        <div key={writer} className="hint conflict-writer">
          {writer}
        </div>
      ))}
    </div>
  )
}

/** Who and when. */
function writerText(side: ConflictSide, account: Account | null, today: string): string {
  const who = [stationLabel(account, side.station), writerLabel(account, side.by)]
    .filter((text) => text !== '')
    .join(' ')
  const when = side.at === null ? '' : formatInstant(side.at, today)
  return [who === '' ? '录入人不详' : who, when].filter((text) => text !== '').join(' · ')
}
