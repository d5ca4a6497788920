import { Button } from 'antd'
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { MergeLine } from '../../../src-shared/contract/sync-types.ts'
import type {
  HistoryLine,
  LabelledRecord,
  LinkedRecords,
  Occupant,
} from '../../../src-shared/contract/types.ts'
import { describeProvenance } from '../../../src-shared/values/provenance.ts'
import { displayValue } from '../../../src-shared/fields/display.ts'
import { holdsSeveral, isEmptyValue, type Field } from '../../../src-shared/fields/field.ts'
import { isFilledByStep, type FlowStep } from '../../../src-shared/registers/flow.ts'
import { getField, stageOf } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { StepDialog } from '../../acts/step-dialog.tsx'
import { asFlowRegister, fitsStep, listStepActions } from '../../acts/steps.ts'
import { MoveHouseholdDialog } from '../../acts/move-household-dialog.tsx'
import { usePageActions, type PageProps, type TabPage } from '../../app/tab.ts'
import { PERMIT_STAGE } from '../../../src-shared/registers/residence-permit-flow.ts'
import { permitPage } from '../../app/permit-page.ts'
import { mayWrite, useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useEvent, useRequest } from '../../client/use-request.ts'
import { AskLine } from '../../components/ask-line.tsx'
import { Delayed } from '../../components/delayed.tsx'
import { formatDay, formatMinute } from '../../components/format-time.ts'
import { StoredPhoto } from '../../components/stored-photo.tsx'
import { uploadLabel } from '../../components/upload-label.ts'
import { getLayout, type LayoutItem } from '../../forms/layouts.ts'
import { lineOrigin, lineTitle, Timeline } from './timeline.tsx'
import { detailsKeys, linkedKeys } from '../../keys/bindings.ts'
import { ariaKeys, findPressed, isPressed, isShortcut, keysText, stepOf } from '../../keys/press.ts'

type DetailsProps = PageProps<Extract<TabPage, { kind: 'details' }>>

/** 详细信息: the record as on paper, what it is linked with, and its history. */
export function DetailsPage(props: DetailsProps): ReactNode {
  const { register: name, recordId } = props.page
  const { setTab, openTab } = props
  const register = getRegister(name)
  const record = useRequest('record.get', { register: name, id: recordId, purpose: 'view' })
  const linked = useRequest('record.linked', { register: name, id: recordId })
  const history = useRequest('record.history', { register: name, id: recordId })
  const reload = (): void => {
    record.reload()
    linked.reload()
    history.reload()
  }
  useEvent('records.changed', (change) => {
    if (change.register === name && (change.ids.length === 0 || change.ids.includes(recordId))) reload()
  })

  const title = record.output?.title
  useEffect(() => {
    if (title !== undefined) setTab({ title: `${register.label} ${title}` })
  }, [title, register.label, setTab])

  const [looked, setLooked] = useState<HistoryLine | null>(null)
  const version = useRequest(
    'record.version',
    looked === null ? undefined : { register: name, id: recordId, version: looked.version },
  )
  /** The record as it was, with the line that made it so; the one looked at before stays until the next is read. */
  const past = looked === null ? null : (version.output ?? null)
  const [showsSources, setShowsSources] = useState(false)

  const { account } = useAppState()
  const [isDeleting, setIsDeleting] = useState(false)
  const mayDelete = account?.role === 'administrator'
  const waits = useWaiting(name, recordId)
  const merged = useRequest(
    'merge.list',
    record.problem === undefined ? undefined : { offset: 0, limit: 500 },
  )
  const mergedInto = merged.output?.rows.find((line) => line.register === name && line.loserId === recordId)

  /** It was read once and cannot be read now: merged into another one, or deleted. What was shown stays to be read. */
  const isGone = record.output !== undefined && record.problem !== undefined

  const modify = (): void => {
    if (record.output?.status !== 'active' || isGone || looked !== null) return
    openTab({ kind: 'entry', register: name, recordIds: [recordId], draftId: crypto.randomUUID() })
  }
  const applicant = record.output && !isGone && looked === null ? findApplicant(record.output) : undefined
  const permitActs = applicant ? permitActsOf(name) : []
  const flowRegister = asFlowRegister(name)
  const [openStep, setOpenStep] = useState<FlowStep>()
  const [message, setMessage] = useState('')
  const now = record.output
  const steps =
    now && !isGone && looked === null && mayWrite({ account })
      ? listStepActions(name).filter(({ step }) =>
          fitsStep(step, { status: now.status, stage: stageOf(register, now.values) }),
        )
      : []
  // ---- 整户迁移 -------------------------------------------------------------------------------------------------
  const [moving, setMoving] = useState<readonly Occupant[]>()
  const [moveMessage, setMoveMessage] = useState('')
  const mayMove =
    mayWrite({ account }) &&
    name === 'dwelling' &&
    record.output?.status === 'active' &&
    !isGone &&
    looked === null
  const openMove = async (): Promise<void> => {
    if (!mayMove) return
    setMoveMessage('')
    try {
      const [found] = await call('dwelling.occupancy', { dwellingIds: [recordId] })
      if (found && found.people.length > 0) setMoving(found.people)
      else setMoveMessage('该房屋没有在住人员,无人可迁。')
    } catch (error) {
      setMoveMessage(messageOf(error))
    }
  }

  const openMap =
    name === 'estate' || name === 'dwelling'
      ? () => openTab({ kind: 'buildingMap', at: { register: name, id: recordId } })
      : undefined
  const openAuditLog = (): void => openTab({ kind: 'auditLog', record: { register: name, recordId } })
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return
    const pressed = findPressed(event.nativeEvent, detailsKeys)
    const permitAct = permitActs.find(({ act }) => act === pressed)
    const step = steps.find((each) => isShortcut(event.nativeEvent, each.shortcut))?.step
    if (permitAct && applicant) openTab(permitPage(permitAct.act, applicant))
    else if (pressed === 'modify') modify()
    else if (step) setOpenStep(step)
    else if (pressed === 'moveHousehold' && mayMove) void openMove()
    else if (pressed === 'remove' && mayDelete && record.output && !isGone) setIsDeleting(true)
    else if (pressed === 'map' && openMap) openMap()
    else if (pressed === 'auditLog') openAuditLog()
    else if (pressed === 'reload') reload()
    else if (pressed === 'sources') setShowsSources((shown) => !shown)
    else if (pressed === 'close') {
      if (looked === null) props.closeTab()
      else setLooked(null)
    } else return
    event.preventDefault()
  }

  usePageActions(props.offerActions, () => [
    ...(record.output?.status === 'active' && !isGone
      ? [{ label: `${register.label}修改`, shortcut: keysText(detailsKeys.modify), run: modify }]
      : []),
    ...steps.map(({ step, shortcut }) => ({ label: step.label, shortcut, run: () => setOpenStep(step) })),
    ...(mayDelete && record.output && !isGone
      ? [
          {
            label: '删除误登记记录',
            shortcut: keysText(detailsKeys.remove),
            run: () => setIsDeleting(true),
          },
        ]
      : []),
    ...permitActs.map(({ act, label }) => ({
      label,
      shortcut: keysText(detailsKeys[act]),
      run: () => {
        if (applicant) openTab(permitPage(act, applicant))
      },
    })),
    ...(openMap && !isGone
      ? [{ label: '房屋示意图', shortcut: keysText(detailsKeys.map), run: openMap }]
      : []),
    { label: '该记录的操作日志', shortcut: keysText(detailsKeys.auditLog), run: openAuditLog },
    { label: '重新读取', shortcut: keysText(detailsKeys.reload), run: reload },
  ])

  // The tab has the focus before the record is read; then its text gets it, which ↑ ↓ scroll.
  const root = useRef<HTMLDivElement>(null)
  const fields = useRef<HTMLDivElement>(null)
  const isRead = record.output !== undefined
  useEffect(() => {
    if (isRead && document.activeElement === root.current) fields.current?.focus()
  }, [isRead])

  const value = record.output
  const shown = past?.record ?? value
  if (!value || !shown) {
    return (
      <div ref={root} className="details" tabIndex={-1} data-initial-focus="" onKeyDown={onKeyDown}>
        {record.problem === undefined ? (
          <Delayed>
            <p className="page-loading">正在读取…</p>
          </Delayed>
        ) : (
          <div className="page-loading">
            <Gone problem={record.problem} mergedInto={mergedInto} openTab={openTab} />
          </div>
        )}
      </div>
    )
  }
  return (
    <div ref={root} className="details" tabIndex={-1} onKeyDown={onKeyDown}>
      <header className="details-head">
        <h2>{value.title}</h2>
        <span className={value.status === 'active' ? 'details-status' : 'details-status attention'}>
          {register.statusLabels[value.status]}
        </span>
        <span className={value.uploadState === 'uploaded' ? 'good' : 'attention'}>
          {uploadLabel(value.uploadState)}
        </span>
        <span className="hint">{`最近修改 ${formatDay(value.updatedAt)} ${formatMinute(value.updatedAt)}`}</span>
        <span className="hint" role="status">
          {message}
        </span>
        <span className="details-acts">
          <Button
            onClick={() => setShowsSources((shown) => !shown)}
            aria-pressed={showsSources}
            aria-keyshortcuts={ariaKeys(detailsKeys.sources)}
          >
            {showsSources ? '隐藏来源' : '显示来源'}
            <kbd aria-hidden="true">Ctrl+I</kbd>
          </Button>
          {value.status === 'active' && !isGone && looked === null ? (
            <Button onClick={modify} aria-keyshortcuts={ariaKeys(detailsKeys.modify)}>
              {`${register.label}修改`}
              <kbd aria-hidden="true">Ctrl+E</kbd>
            </Button>
          ) : null}
          {permitActs.map(({ act, label }) => (
            <Button
              key={act}
              onClick={() => applicant && openTab(permitPage(act, applicant))}
              aria-keyshortcuts={ariaKeys(detailsKeys[act])}
            >
              {label}
              <kbd aria-hidden="true">{keysText(detailsKeys[act])}</kbd>
            </Button>
          ))}
          {steps.map(({ step, shortcut }) => (
            <Button
              key={step.name}
              autoInsertSpace={false}
              onClick={() => setOpenStep(step)}
              aria-keyshortcuts={shortcut}
            >
              {step.label}
              <kbd aria-hidden="true">{shortcut}</kbd>
            </Button>
          ))}
          {mayMove ? (
            <Button onClick={() => void openMove()} aria-keyshortcuts={ariaKeys(detailsKeys.moveHousehold)}>
              整户迁移
              <kbd aria-hidden="true">Ctrl+H</kbd>
            </Button>
          ) : null}
          {openMap && !isGone ? (
            <Button onClick={openMap} aria-keyshortcuts={ariaKeys(detailsKeys.map)}>
              房屋示意图
              <kbd aria-hidden="true">Ctrl+M</kbd>
            </Button>
          ) : null}
          {mayDelete && !isGone && looked === null ? (
            <Button onClick={() => setIsDeleting(true)} aria-keyshortcuts={ariaKeys(detailsKeys.remove)}>
              删除误登记记录
              <kbd aria-hidden="true">Ctrl+Delete</kbd>
            </Button>
          ) : null}
          {looked === null ? (
            <Button
              autoInsertSpace={false}
              onClick={props.closeTab}
              aria-keyshortcuts={ariaKeys(detailsKeys.close)}
            >
              关闭
              <kbd aria-hidden="true">Esc</kbd>
            </Button>
          ) : (
            <Button onClick={() => setLooked(null)} aria-keyshortcuts={ariaKeys(detailsKeys.close)}>
              返回现在的内容
              <kbd aria-hidden="true">Esc</kbd>
            </Button>
          )}
        </span>
      </header>
      {record.problem === undefined ? null : (
        <div className="details-waits">
          <Gone problem={record.problem} mergedInto={mergedInto} openTab={openTab} />
        </div>
      )}
      {openStep && flowRegister ? (
        <StepDialog
          register={flowRegister}
          step={openStep}
          records={[{ id: recordId, name: value.title, texts: textsOf(value) }]}
          onClose={() => {
            setOpenStep(undefined)
            fields.current?.focus()
          }}
          onDone={(_count, savedAt) => {
            setMessage(`已办理「${openStep.label}」 ${formatMinute(savedAt)}`)
            setOpenStep(undefined)
            reload()
            fields.current?.focus()
          }}
        />
      ) : null}
      {moveMessage === '' ? null : (
        <p className="details-waits" role="status">
          {moveMessage}
        </p>
      )}
      {moving ? (
        <MoveHouseholdDialog
          people={moving}
          onClose={() => setMoving(undefined)}
          onDone={(message) => {
            setMoving(undefined)
            setMoveMessage(message)
            reload()
          }}
        />
      ) : null}
      {isDeleting ? (
        <AskLine
          label="删除误登记记录"
          reasonLabel="删除原因"
          acceptLabel="删除"
          onDecline={() => {
            setIsDeleting(false)
            fields.current?.focus()
          }}
          onAccept={async (reason) => {
            await call('record.delete', { register: name, ids: [recordId], reason })
            props.closeTab()
          }}
        >
          {`删除「${value.title}」:只用于本不该登记的记录,人员离开请用注销。删除会同步到各站,变更记录保留。`}
        </AskLine>
      ) : null}
      {waits === '' ? null : (
        <p className="details-waits attention">
          {waits}
          <button type="button" className="link-button" onClick={() => openTab({ kind: 'conflicts' })}>
            冲突处理
            <kbd aria-hidden="true">Ctrl+Shift+F9</kbd>
          </button>
        </p>
      )}
      {looked === null ? null : (
        <p className="details-past" role="status">
          <strong>历史版本</strong>
          {past
            ? `${lineTitle(past.line)} · ${lineOrigin(past.line)}。当时的内容,只供查看,不是现在的登记。`
            : (version.problem ?? '')}
        </p>
      )}
      <div className="details-columns">
        <div
          ref={fields}
          className={past ? 'details-fields details-fields-past' : 'details-fields'}
          tabIndex={0}
          data-initial-focus=""
          role="region"
          aria-label={past ? '历史版本的登记内容' : '登记内容'}
        >
          {shown.cancellation ? (
            <FieldSection
              title="注销"
              fields={register.cancellation}
              items={Object.keys(register.cancellation).map((field) => ({ field, span: 3 }))}
              record={{ ...shown, values: shown.cancellation, labels: cancellationLabels(shown) }}
              changed={NOTHING_CHANGED}
              showsSources={false}
            />
          ) : null}
          {getLayout(name).sections.map((section) => (
            <FieldSection
              key={section.title}
              title={section.title}
              fields={register.fields}
              items={section.items}
              record={shown}
              changed={past && past.line.act !== 'created' ? past.changedFields : NOTHING_CHANGED}
              showsSources={showsSources}
            />
          ))}
        </div>
        <aside className="details-side" aria-label="关联记录和变更记录">
          <section aria-labelledby={`linked-${recordId}`}>
            <h3 id={`linked-${recordId}`}>关联记录</h3>
            <Linked groups={linked.output} problem={linked.problem} openTab={openTab} />
          </section>
          <section aria-labelledby={`history-${recordId}`}>
            <h3 id={`history-${recordId}`}>变更记录</h3>
            <Timeline
              lines={history.output}
              problem={history.problem}
              shownVersion={looked?.version ?? null}
              onShow={setLooked}
            />
          </section>
        </aside>
      </div>
    </div>
  )
}

const NOTHING_CHANGED: readonly string[] = []

/** Whose permit a record's page can begin: a resident's own, or that of a permit's holder. */
function findApplicant(record: LabelledRecord): { readonly id: string; readonly name: string } | undefined {
  if (record.status !== 'active') return undefined
  if (record.register === 'resident') return { id: record.id, name: record.title }
  const holder = record.values['applicantId']
  return record.register === 'residencePermit' &&
    record.values['stageCode'] === PERMIT_STAGE.issued &&
    typeof holder === 'string'
    ? { id: holder, name: record.labels['applicantId'] ?? '' }
    : undefined
}

const applyAct = { act: 'applyPermit', label: '申领居住证' } as const
const endorseAct = { act: 'endorsePermit', label: '居住证签注' } as const

function permitActsOf(register: LabelledRecord['register']) {
  return register === 'resident' ? [applyAct, endorseAct] : register === 'residencePermit' ? [endorseAct] : []
}

/** Why the record cannot be read, and where it is now. */
function Gone(props: {
  readonly problem: string
  readonly mergedInto: MergeLine | undefined
  readonly openTab: PageProps['openTab']
}): ReactNode {
  const { mergedInto } = props
  if (!mergedInto) {
    return (
      <p className="problem" role="alert">
        {props.problem}
      </p>
    )
  }
  return (
    <p className="attention" role="alert">
      这条记录已合并到
      <button
        type="button"
        className="link-button"
        onClick={() =>
          props.openTab({ kind: 'details', register: mergedInto.register, recordId: mergedInto.winnerId })
        }
      >
        {mergedInto.winnerTitle}
      </button>
      ,可在「冲突处理—已合并」中取消合并。
    </p>
  )
}

/** What of the record waits for a person to decide; asked only where anything waits at all. */
function useWaiting(register: LabelledRecord['register'], recordId: string): string {
  const { sync } = useAppState()
  const all = { offset: 0, limit: 500 }
  const conflicts = useRequest('conflict.list', sync.conflictCount > 0 ? all : undefined)
  const pairs = useRequest('duplicate.list', sync.duplicateCount > 0 ? all : undefined)
  const { reload: reloadConflicts } = conflicts
  const { reload: reloadPairs } = pairs
  useEffect(() => reloadConflicts(), [sync.conflictCount, reloadConflicts])
  useEffect(() => reloadPairs(), [sync.duplicateCount, reloadPairs])
  const fields =
    sync.conflictCount === 0
      ? []
      : (conflicts.output?.rows ?? []).filter(
          (row) => row.register === register && row.recordId === recordId && !row.isDecided,
        )
  const pairCount =
    sync.duplicateCount === 0
      ? 0
      : (pairs.output?.rows ?? []).filter(
          (pair) => pair.register === register && (pair.left.id === recordId || pair.right.id === recordId),
        ).length
  return [
    ...(fields.length > 0
      ? [`${[...new Set(fields.map(({ label }) => label))].join('、')} 有不同的值待选定`]
      : []),
    ...(pairCount > 0 ? ['有重复登记待处理'] : []),
  ].join(';')
}

function FieldSection(props: {
  readonly title: string
  readonly fields: Readonly<Record<string, Field>>
  readonly items: readonly LayoutItem[]
  readonly record: LabelledRecord
  /** Fields that the act which made this version changed. */
  readonly changed: readonly string[]
  readonly showsSources: boolean
}): ReactNode {
  const { record } = props
  return (
    <section className="details-section" aria-label={props.title}>
      <h3>{props.title}</h3>
      <dl>
        {props.items.map((item) => {
          if ('reference' in item) {
            return (
              <ShownField
                key={`${item.reference}.${item.of}`}
                item={item}
                field={props.fields[item.reference]}
                record={record}
              />
            )
          }
          const field = props.fields[item.field]
          const isShown =
            field &&
            (!isEmptyValue(record.values[item.field]) ||
              // A step that was not made has left nothing to read.
              (!isFilledByStep(getRegister(record.register), item.field) &&
                (field.appliesWhen?.(record.values) ?? true)))
          return isShown ? (
            <FieldText
              key={item.field}
              name={item.field}
              field={field}
              record={record}
              isChanged={props.changed.includes(item.field)}
              showsSource={props.showsSources}
            />
          ) : null
        })}
      </dl>
    </section>
  )
}

function isWide(field: Field): boolean {
  return field.kind === 'list' || holdsSeveral(field) || (field.kind === 'text' && field.maxLength >= 100)
}

function FieldText(props: {
  readonly name: string
  readonly field: Field
  readonly record: LabelledRecord
  readonly isChanged: boolean
  readonly showsSource: boolean
}): ReactNode {
  const { name, field, record } = props
  const provenance = record.provenance[name]
  const source = provenance === undefined ? undefined : describeProvenance(provenance)
  const label =
    field.kind === 'decimal' && field.unit !== undefined ? `${field.label}(${field.unit})` : field.label
  return (
    <div
      className={`details-field${isWide(field) ? ' details-wide' : ''}${props.isChanged ? ' details-changed' : ''}`}
    >
      <dt>{label}</dt>
      <dd className="selectable" title={source}>
        {field.kind === 'photo' ? (
          <StoredPhoto className="details-photo" hash={record.values[name]} label={label} />
        ) : (
          fieldText(name, field, record)
        )}
        {props.showsSource && source !== undefined ? (
          <span className="details-source">{source.slice('来源:'.length)}</span>
        ) : null}
      </dd>
    </div>
  )
}

/** What the paper form repeats of a referenced record. */
function ShownField(props: {
  readonly item: Extract<LayoutItem, { readonly reference: string }>
  readonly field: Field | undefined
  readonly record: LabelledRecord
}): ReactNode {
  const { item, field } = props
  const text = props.record.shown[`${item.reference}.${item.of}`] ?? ''
  if (field?.kind !== 'reference' || text === '') return null
  return (
    <div className={item.span > 3 ? 'details-field details-wide' : 'details-field'}>
      <dt>{item.label ?? getField(getRegister(field.register), item.of).label}</dt>
      <dd className="selectable">{text}</dd>
    </div>
  )
}

/** The labels of what 注销 asked, by its own fields. */
function cancellationLabels({ labels }: LabelledRecord): LabelledRecord['labels'] {
  const prefix = 'cancellation.'
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, text]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), text]] : [],
    ),
  )
}

function fieldText(name: string, field: Field, record: LabelledRecord): string {
  const value = record.values[name]
  const label = record.labels[name]
  // Labels come ready for the whole field; only a list's own codes have none of their own.
  if (label !== undefined && label !== '' && !isEmptyValue(value)) return label
  return displayValue(field, value, (_field, code) => code)
}

/** The record's own texts, which a step's dialog may start with. */
function textsOf(record: LabelledRecord): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(record.values).flatMap(([field, value]) =>
      typeof value === 'string' ? [[field, value]] : [],
    ),
  )
}

function Linked(props: {
  readonly groups: readonly LinkedRecords[] | undefined
  readonly problem: string | undefined
  readonly openTab: PageProps['openTab']
}): ReactNode {
  const { groups } = props
  const list = useRef<HTMLDivElement>(null)
  if (props.problem !== undefined) return <p className="problem">{props.problem}</p>
  if (!groups) return null
  const filled = groups.filter((group) => group.total > 0)
  if (filled.length === 0) return <p className="hint">没有关联记录。</p>

  // One tab stop, ↑ ↓ in it: a dwelling may have many residents.
  const onKeyDown = (event: KeyboardEvent): void => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])]
    const index = rows.findIndex((row) => row === document.activeElement)
    if (!isPressed(event.nativeEvent, linkedKeys.move) || index < 0) return
    event.preventDefault()
    rows[Math.min(Math.max(index + stepOf(event), 0), rows.length - 1)]?.focus()
  }
  const firstId = filled[0]?.rows[0]?.id
  return (
    <div ref={list} onKeyDown={onKeyDown}>
      {filled.map((group) => (
        <div key={`${group.register} ${group.label}`} className="linked-group">
          <h4>{`${group.label}(${group.total})`}</h4>
          <ul>
            {group.rows.map((row) => (
              <li key={row.id}>
                <button
                  type="button"
                  className="linked-row"
                  tabIndex={row.id === firstId ? 0 : -1}
                  onClick={() =>
                    props.openTab({ kind: 'details', register: group.register, recordId: row.id })
                  }
                >
                  <span className="linked-title">{row.title}</span>
                  <span className={row.status === 'cancelled' ? 'hint attention' : 'hint'}>{row.detail}</span>
                </button>
              </li>
            ))}
          </ul>
          {group.total > group.rows.length ? (
            <p className="hint">{`只列出前 ${group.rows.length} 条,其余请用查询。`}</p>
          ) : null}
        </div>
      ))}
    </div>
  )
}
