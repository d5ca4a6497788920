import { Button } from 'antd'
import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { countRemaining } from '../../../src-shared/batches/balance.ts'
import type { Batch } from '../../../src-shared/contract/batch-types.ts'
import { REGISTER_NAMES, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { batchListKeys, batchRegisterKeys } from '../../keys/bindings.ts'
import { isPressed, keysText } from '../../keys/press.ts'
import { usePageActions, type PageProps, type TabPage } from '../../app/tab.ts'
import { call, messageOf, RequestFailure } from '../../client/call.ts'
import { useRequest } from '../../client/use-request.ts'
import { AskLine } from '../../components/ask-line.tsx'
import { useArrivalFocus } from '../../components/use-arrival-focus.ts'
import { chooseBatch, findChosenBatch } from '../../forms/chosen-batch.ts'
import { nextPlace } from '../../tables/roving.ts'
import { HeadForm } from './head-form.tsx'

/**
 * 批量录入: goes on with a batch, or opens one by its head. Chosen in passing from a form (Ctrl+B), the way leads back to that
 * form; nothing typed there is touched.
 */
export function BatchesPage(props: PageProps<Extract<TabPage, { kind: 'batches' }>>): ReactNode {
  const { page, isActive, openTab, closeTab } = props
  const fixed = page.register
  const [register, setRegister] = useState<RegisterName>(fixed ?? 'resident')
  const [message, setMessage] = useState('')
  const [active, setActive] = useState(0)
  const registerId = useId()
  const root = useRef<HTMLDivElement>(null)
  const batches = useRequest('batch.list', isActive ? { register: fixed ?? null } : undefined)
  const rows = batches.output ?? []
  const isThere = batches.output !== undefined || batches.problem !== undefined
  useArrivalFocus(root, isThere)
  /** The batch whose number of sheets is being corrected. */
  const [counted, setCounted] = useState<Batch | null>(null)
  const isUnderWay = useRef(false)

  /** One act at a time: Enter held down opens no second batch. */
  const perform = (act: () => Promise<void>): void => {
    if (isUnderWay.current) return
    isUnderWay.current = true
    setMessage('')
    act()
      .catch((error: unknown) => setMessage(messageOf(error)))
      .finally(() => {
        isUnderWay.current = false
      })
  }
  const goToForm = (name: RegisterName, batch: Batch | null): void => {
    chooseBatch(name, batch)
    openTab({ kind: 'entry', register: name, recordIds: [], draftId: crypto.randomUUID() })
    closeTab()
  }
  const goOn = (batch: Batch): void =>
    perform(async () => goToForm(batch.register, await call('batch.continue', { id: batch.id })))
  const end = (batch: Batch): void =>
    perform(async () => {
      if (batch.closedDate !== null) {
        setMessage('该批次已结束。按 Enter 可在当天重新打开。')
        return
      }
      const closed = await call('batch.close', { id: batch.id })
      // Forms that are typed into it are told: they go on with the one that is open, or without.
      const present = await call('batch.present', { register: batch.register })
      chooseBatch(batch.register, present)
      const remaining = countRemaining(closed.expectedCount, closed.counts)
      setMessage(
        remaining === 0
          ? '批次已结束,份数已平。'
          : `批次已结束,份数不平(${remainingText(remaining)}),日结时请说明。`,
      )
      batches.reload()
    })
  const focusRow = (index: number): void => {
    setActive(index)
    root.current?.querySelectorAll<HTMLElement>('[data-batch]')[index]?.focus()
  }

  usePageActions(props.offerActions, () => {
    const batch = rows[Math.min(active, rows.length - 1)]
    if (!batch) return []
    const { goOn: going, end: ending, countAnew } = batchListKeys
    return [
      { label: going.does, shortcut: keysText(going), run: () => goOn(batch) },
      { label: ending.does, shortcut: keysText(ending), run: () => end(batch) },
      { label: countAnew.does, shortcut: keysText(countAnew), run: () => setCounted(batch) },
    ]
  })

  return (
    <div
      ref={root}
      className="batches-page"
      tabIndex={-1}
      {...(isThere ? {} : { 'data-initial-focus': '' })}
      onKeyDown={(event: KeyboardEvent) => {
        if (!isPressed(event.nativeEvent, batchListKeys.leave) || event.defaultPrevented) return
        event.preventDefault()
        closeTab()
      }}
    >
      <section aria-labelledby={`${registerId}-open`}>
        <h2 id={`${registerId}-open`}>继续录入</h2>
        {rows.length === 0 ? (
          <p className="hint">没有未结束的批次。请在下面开一批。</p>
        ) : (
          <table className="home-table batches-table" role="grid" aria-label="未结束的批次">
            <thead>
              <tr>
                {[
                  '登记簿',
                  '社区',
                  '采集人',
                  '采集日期',
                  '应录',
                  '已录',
                  '作废',
                  '搁置',
                  '还差',
                  '开批日期',
                  '状态',
                ].map((label) => (
                  <th key={label} scope="col" className={NUMBERS.has(label) ? 'number' : ''}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((batch, index) => (
                <tr
                  key={batch.id}
                  role="row"
                  data-batch=""
                  tabIndex={index === Math.min(active, rows.length - 1) ? 0 : -1}
                  {...(index === 0 ? { 'data-initial-focus': '' } : {})}
                  onFocus={() => setActive(index)}
                  onDoubleClick={() => goOn(batch)}
                  onKeyDown={(event) => {
                    const next = nextPlace(
                      event.nativeEvent,
                      { row: index, column: 0 },
                      { rows: rows.length, columns: 1 },
                    )
                    if (next) focusRow(next.row)
                    else if (isPressed(event.nativeEvent, batchListKeys.goOn)) goOn(batch)
                    else if (isPressed(event.nativeEvent, batchListKeys.end)) end(batch)
                    else if (isPressed(event.nativeEvent, batchListKeys.countAnew)) setCounted(batch)
                    else return
                    event.preventDefault()
                    event.stopPropagation()
                  }}
                >
                  <td role="gridcell">{getRegister(batch.register).label}</td>
                  <td role="gridcell">{batch.communityName}</td>
                  <td role="gridcell">{batch.collectorName}</td>
                  <td role="gridcell">{batch.collectionDate}</td>
                  {[
                    batch.expectedCount,
                    batch.counts.savedCount,
                    batch.counts.voidCount,
                    batch.counts.deferredCount,
                    countRemaining(batch.expectedCount, batch.counts),
                  ].map((count, at) => (
                    // The columns never change their places.
                    <td key={at} role="gridcell" className="number">
                      {count}
                    </td>
                  ))}
                  <td role="gridcell">{batch.openedDate}</td>
                  <td role="gridcell">{batch.closedDate === null ? '录入中' : '今日已结束'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {rows.length === 0 ? null : (
          <p className="hint">
            <kbd>Enter</kbd> 继续录入,今日已结束的重新打开;<kbd>Ctrl+E</kbd> 结束批次;<kbd>F4</kbd>{' '}
            更正应录份数。
          </p>
        )}
        {counted === null ? null : (
          <AskLine
            label="更正应录份数"
            reasonLabel="应录份数"
            acceptLabel="更正"
            onAccept={async (text) => {
              await setExpectedCount(counted, text)
              setCounted(null)
              batches.reload()
              focusRow(active)
            }}
            onDecline={() => {
              setCounted(null)
              focusRow(active)
            }}
          >
            {`原来是 ${counted.expectedCount} 份。纸表重新点过后,填写实际份数。`}
          </AskLine>
        )}
        <p className="attention" role="status">
          {message || batches.problem}
        </p>
      </section>
      <section aria-labelledby={`${registerId}-new`}>
        <h2 id={`${registerId}-new`}>{fixed ? `开一批 ${getRegister(fixed).label}` : '开一批'}</h2>
        {fixed ? null : (
          <p className="batches-register">
            <label htmlFor={registerId}>登记簿</label>
            <select
              id={registerId}
              value={register}
              {...(rows.length === 0 ? { 'data-initial-focus': '' } : {})}
              onChange={(event) => {
                const name = REGISTER_NAMES.find((each) => each === event.target.value)
                if (name) setRegister(name)
              }}
              onKeyDown={(event) => {
                if (!isPressed(event.nativeEvent, batchRegisterKeys.toForm)) return
                event.preventDefault()
                root.current?.querySelector<HTMLElement>('.batch-form input')?.focus()
              }}
            >
              {REGISTER_NAMES.map((name) => (
                <option key={name} value={name}>
                  {getRegister(name).label}
                </option>
              ))}
            </select>
          </p>
        )}
        {isThere ? (
          <HeadForm
            takesFocus={fixed !== undefined && rows.length === 0}
            onOpen={(head) =>
              perform(async () => goToForm(register, await call('batch.open', { register, ...head })))
            }
            onQuick={() => goToForm(register, null)}
          />
        ) : null}
      </section>
      <p className="batches-foot">
        <Button autoInsertSpace={false} onClick={() => openTab({ kind: 'dayEnd' })}>
          日结<kbd aria-hidden="true">Ctrl+Shift+J</kbd>
        </Button>
        <Button autoInsertSpace={false} onClick={closeTab}>
          返回<kbd aria-hidden="true">Esc</kbd>
        </Button>
      </p>
    </div>
  )
}

/** The pile was counted anew. Forms that are typed into the batch show the number at once. */
async function setExpectedCount(batch: Batch, text: string): Promise<void> {
  const expectedCount = Number(text)
  if (!/^\d{1,4}$/.test(text) || expectedCount === 0)
    throw new RequestFailure({ code: 'invalidInput', message: '应录份数,请录入 1 至 9999 的整数!' })
  const { register } = batch
  const changed = await call('batch.setExpected', { id: batch.id, expectedCount })
  const chosen = findChosenBatch(register)
  const present = chosen === undefined ? await call('batch.present', { register }) : chosen
  if (present?.id === batch.id) chooseBatch(register, changed)
}

const NUMBERS: ReadonlySet<string> = new Set(['应录', '已录', '作废', '搁置', '还差'])

function remainingText(remaining: number): string {
  return remaining > 0 ? `还差 ${remaining} 份` : `多 ${-remaining} 份`
}
