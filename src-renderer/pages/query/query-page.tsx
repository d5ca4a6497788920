import { Button } from 'antd'
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { DwellingOccupancy, Occupant, Query, QueryRow } from '../../../src-shared/contract/types.ts'
import type { FlowStep } from '../../../src-shared/registers/flow.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { MoveHouseholdDialog } from '../../acts/move-household-dialog.tsx'
import { OccupiedDwellingDialog } from '../../acts/occupied-dwelling-dialog.tsx'
import { StepDialog } from '../../acts/step-dialog.tsx'
import { asFlowRegister, fitsStep, listStepActions } from '../../acts/steps.ts'
import type { CardReading } from '../../../src-shared/readers/card-reading.ts'
import { onCard } from '../../app/card-seam.ts'
import { usePageActions, type GivenQuery, type PageProps, type TabPage } from '../../app/tab.ts'
import { entryTitleOf } from '../../app/tabs.ts'
import { permitPage } from '../../app/permit-page.ts'
import { mayWrite, useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useEvent } from '../../client/use-request.ts'
import { Delayed } from '../../components/delayed.tsx'
import { formatMinute } from '../../components/format-time.ts'
import { PopupMenu } from '../../components/popup-menu.tsx'
import { createKeyQueue, pageKeys } from '../../forms/key-queue.ts'
import { fitColumns, type GridColumn } from '../../tables/field-column.ts'
import { measureText } from '../../tables/measure-text.ts'
import {
  clampSelection,
  countSelected,
  emptySelection,
  isSelected,
  listSelected,
  selectOnly,
  type Selection,
} from '../../tables/selection.ts'
import { pageSize } from '../../tables/page-cache.ts'
import { queryInput, useResult } from '../../tables/use-result.ts'
import { VirtualGrid, type GridHandle, type GridSort } from '../../tables/virtual-grid.tsx'
import { AssignDialog, CancelDialog, RestoreDialog, type CancelFacts } from './act-dialogs.tsx'
import { listActions, type Action, type Selected } from './actions.ts'
import { ColumnDialog } from './column-dialog.tsx'
import { cellTexts, chosenColumns, isFieldColumn, rowName } from './columns.ts'
import { isComposing } from '../../forms/composing.ts'
import { conditionOfCard, takesCards } from './card-query.ts'
import {
  ConditionsForm,
  createConditions,
  readConditions,
  writeConditions,
  type Scope,
} from './conditions-form.tsx'
import { readSelectedRows, selectionLimit } from './selected-rows.ts'
import { queryKeys } from '../../keys/bindings.ts'
import { isPressed, isShortcut } from '../../keys/press.ts'

/** Records changed one after another in one go. */
const modifyLimit = 200
const ownStation: Scope = { statuses: ['active'], isOwnStation: true }
const allStations: Scope = { statuses: ['active'], isOwnStation: false }

/** Rows put on the clipboard at once (contract). */
const copyLimit = 100_000
/** So many selected rows are looked at to say what can be done with all of them. */
const knownLimit = 200

const firstSort: GridSort = { field: 'updatedAt', direction: 'descending' }

type OpenDialog =
  | {
      readonly kind: 'restore' | 'restoreLetting' | 'assignCoordinator'
      readonly rows: readonly QueryRow[]
    }
  | {
      readonly kind: 'step'
      readonly step: FlowStep
      readonly rows: readonly QueryRow[]
      /** Rows that come after these, each asked for by itself. */
      readonly later: readonly QueryRow[]
      /** How many have made the step already. */
      readonly done: number
    }
  | { readonly kind: 'cancel'; readonly rows: readonly QueryRow[]; readonly facts: CancelFacts }
  | { readonly kind: 'occupied'; readonly dwelling: DwellingOccupancy }
  | { readonly kind: 'moveHousehold'; readonly people: readonly Occupant[] }
  | { readonly kind: 'columns' }

/** The query tab of a register: conditions above, the result below, and what can be done with the selected records. */
export function QueryPage(props: PageProps<Extract<TabPage, { kind: 'query' }>>): ReactNode {
  const { page, isActive, openTab } = props
  const register = getRegister(page.register)
  const flowRegister = asFlowRegister(page.register)
  const { today, account } = useAppState()
  const hasStation = account !== null
  const [scope, setScope] = useState<Scope>(
    page.given
      ? { statuses: page.given.statuses, isOwnStation: false }
      : page.conditions
        ? allStations
        : ownStation,
  )
  const [given, setGiven] = useState(page.given)
  const [sort, setSort] = useState<GridSort>(firstSort)
  const [run, setRun] = useState<{ readonly query: Query }>()
  const [selection, setSelection] = useState<Selection>(emptySelection)
  const [columns, setColumns] = useState<readonly GridColumn[]>(() => chosenColumns(page.register, undefined))
  const [menuAt, setMenuAt] = useState<{ readonly x: number; readonly y: number }>()
  const [dialog, setDialog] = useState<OpenDialog>()
  const [message, setMessage] = useState('')
  const [isStale, setIsStale] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const grid = useRef<GridHandle>(null)
  const focusAfterRun = useRef<'grid' | 'none'>('none')
  /** Something was asked already: by the clerk, or when the tab was opened. */
  const hasAsked = useRef(false)

  const runButton = (): HTMLElement | null => box.current?.querySelector<HTMLElement>('[data-run]') ?? null
  const [store] = useState(() => createConditions(register, today, () => runButton()?.focus()))
  useEffect(() => store.setToday(today), [store, today])
  const result = useResult(run)
  const total = result?.total ?? result?.firstRows ?? 0

  const ask = useCallback(
    (next: {
      readonly sort: GridSort
      readonly goToGrid: boolean
      readonly scope: Scope
      readonly given: GivenQuery | undefined
    }): void => {
      hasAsked.current = true
      focusAfterRun.current = next.goToGrid ? 'grid' : 'none'
      setIsStale(false)
      setMessage('')
      void store.settle().then(() => {
        const [breach] = store.check()
        if (breach) {
          store.focusNextMark(undefined)
          setMessage(`查询条件有误。${breach.message}`)
          return
        }
        setRun({
          query: {
            register: register.name,
            conditions: [...(next.given?.conditions ?? []), ...readConditions(register, store)],
            statuses: next.scope.statuses,
            stationCode: next.scope.isOwnStation ? (account?.stationCode ?? null) : null,
            sort: next.sort,
          },
        })
      })
    },
    [store, register, account],
  )

  // What the tab was opened with is asked at once; else the account's own area and the valid records.
  const firstConditions = page.conditions
  const firstGiven = page.given
  useEffect(() => {
    const start = async (): Promise<void> => {
      const stored = await call('preference.read', { key: columnsKey(register.name) }).catch(() => undefined)
      setColumns(chosenColumns(register.name, stored))
      // The clerk was quicker: what was asked meanwhile stands, and the focus goes where that puts it.
      if (hasAsked.current) return
      if (firstConditions) await writeConditions(store, register, firstConditions).catch(() => undefined)
      if (hasAsked.current) return
      ask({
        sort: firstSort,
        goToGrid: firstConditions !== undefined || firstGiven !== undefined,
        // Who lives in a room lives there whichever station has registered it.
        scope: firstGiven
          ? { statuses: firstGiven.statuses, isOwnStation: false }
          : firstConditions
            ? allStations
            : ownStation,
        given: firstGiven,
      })
    }
    void start()
    // Once: later runs are the clerk's.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])

  /** The record that has the highlight: a change puts it first where the newest come first, and the highlight goes with it. */
  const followed = useRef<{ readonly index: number; readonly id: string | undefined }>(undefined)
  /** From an act to the list as it is after it: keys wait, for they are meant for the record as it will be. */
  const [isSettling, setIsSettling] = useState(false)
  const settlingKeys = useRef(createKeyQueue(pageKeys))
  useEffect(() => {
    if (!isSettling) return
    const keys = settlingKeys.current
    const timer = window.setTimeout(() => setIsSettling(false), longestSettling)
    return () => {
      window.clearTimeout(timer)
      keys.release()
    }
  }, [isSettling])

  // A new result starts at its first row; a repeated one stays at its record, or where that was.
  const shownQuery = useRef<Query>(undefined)
  const shownFirst = useRef(false)
  useEffect(() => {
    if (!result || result.query === shownQuery.current) return
    const isRepeated = JSON.stringify(result.query) === JSON.stringify(shownQuery.current)
    shownQuery.current = result.query
    const hasRows = result.row(0) !== undefined
    // Read now: by the time the selection is worked out, what is followed is the new list's.
    const { index: followedIndex, id: followedId } = followed.current ?? {}
    setSelection((previous) => {
      if (!hasRows) return emptySelection
      if (!isRepeated) return selectOnly(0)
      const id = followedIndex === previous.active ? followedId : undefined
      const moved = id === undefined ? -1 : findInFirstPage(result.row, id)
      return selectOnly(moved >= 0 ? moved : Math.max(previous.active, 0))
    })
    setIsSettling(false)
    if (!isRepeated) grid.current?.scrollToTop()
    if (!isRepeated || !shownFirst.current) {
      shownFirst.current = hasRows
      setColumns((previous) => fit(previous, result.row, cellTexts[register.name]))
    }
    if (focusAfterRun.current === 'grid' && hasRows) grid.current?.focus()
    focusAfterRun.current = 'none'
  }, [result, register.name])
  useEffect(() => {
    const index = selection.active
    const id = result?.row(index)?.id
    if (id !== undefined || followed.current?.index !== index) followed.current = { index, id }
  }, [result, selection.active])
  const knownTotal = result?.total
  useEffect(() => {
    if (knownTotal !== undefined) setSelection((previous) => clampIfBeyond(previous, knownTotal))
  }, [knownTotal])

  const runAgain = useCallback(() => {
    setIsStale(false)
    setRun((previous) => (previous ? { query: { ...previous.query } } : previous))
  }, [])
  const isActiveNow = useRef(isActive)
  useEffect(() => {
    isActiveNow.current = isActive
  })
  const staleLocally = useRef(false)
  useEvent('records.changed', (change) => {
    if (change.register !== register.name) return
    // Rows must not move under the clerk's hand: what others changed is only announced.
    setIsStale(true)
    if (change.source === 'local') staleLocally.current = true
    // The mark of an own record turns with its receipt; the row stays where it is.
    else result?.renewMarks(change.ids)
  })
  useEffect(() => {
    if (!isActive || !staleLocally.current) return
    staleLocally.current = false
    runAgain()
  }, [isActive, runAgain])

  const reset = (): void => {
    store.reset({})
    setGiven(undefined)
    setScope(ownStation)
    setMessage('')
    store.focusFirst()
  }

  // A card asks for its owner, and nothing else: what was asked before would hide him. The focus stays.
  const askByCard = async (reading: CardReading): Promise<void> => {
    const condition = await conditionOfCard(register.name, reading)
    if (typeof condition === 'string') {
      setMessage(condition)
      return
    }
    store.reset({})
    setGiven(undefined)
    await writeConditions(store, register, [condition])
    ask({ sort, goToGrid: false, scope, given: undefined })
  }
  const newestAsk = useRef(askByCard)
  useEffect(() => {
    newestAsk.current = askByCard
  })
  const { tabKey } = props
  useEffect(
    () =>
      onCard(tabKey, (reading) => {
        if (!isActiveNow.current || !takesCards(register.name) || isComposing()) return false
        newestAsk.current(reading).catch((error: unknown) => setMessage(messageOf(error)))
        return true
      }),
    [tabKey, register.name],
  )

  /** Of a few selected rows each is looked at; of many, and of rows that were not read yet, everything may be. */
  const describeSelected = (): Selected => {
    const shown = result?.query.statuses ?? scope.statuses
    const count = countSelected(selection)
    const rows = listSelected(selection, knownLimit).flatMap((index) => result?.row(index) ?? [])
    const isKnown = count > 0 && count <= knownLimit && rows.length === count
    return {
      mayWrite: mayWrite({ account }),
      statuses: isKnown ? [...new Set(rows.map((row) => row.status))] : shown,
      stages: isKnown
        ? [...new Set(rows.flatMap((row) => (row.status === 'active' ? [row.stage] : [])))]
        : null,
    }
  }
  const actions = selection.active < 0 ? [] : listActions(register.name, describeSelected())

  const openDetails = (): void => {
    const row = result?.row(selection.active)
    if (row) openTab({ kind: 'details', register: register.name, recordId: row.id })
  }
  const copy = async (): Promise<void> => {
    if (!result || countSelected(selection) === 0) return
    const count = countSelected(selection)
    if (count > copyLimit) {
      setMessage(`已选 ${count} 条,一次最多复制 ${copyLimit} 条,请缩小选择。`)
      return
    }
    const fields = columns.filter((column) => isFieldColumn(register, column.key)).map((column) => column.key)
    const copied = await call('record.copy', {
      query: queryInput(result.query),
      columns: fields,
      ranges: selection.ranges.map(([first, last]): [number, number] => [first, last]),
    })
    await call('clipboard.write', { text: copied.text })
    setMessage(`已复制 ${copied.count} 条,可粘贴到表格中`)
  }
  const withRows = async (
    limit: number,
    act: (rows: readonly QueryRow[]) => void | Promise<void>,
  ): Promise<void> => {
    if (!result || countSelected(selection) === 0) return
    const count = countSelected(selection)
    if (count > limit) {
      setMessage(`已选 ${count} 条,一次最多处理 ${limit} 条,请缩小选择。`)
      return
    }
    await act(await readSelectedRows(result.query, selection))
  }

  /** Dwellings where people live are told apart first: they do not simply go. */
  const openCancel = async (rows: readonly QueryRow[]): Promise<void> => {
    const ids = rows.map((row) => row.id)
    const occupied =
      register.name === 'dwelling'
        ? (await call('dwelling.occupancy', { dwellingIds: ids })).filter(({ people }) => people.length > 0)
        : []
    const [only] = occupied
    if (only && rows.length === 1) {
      setDialog({ kind: 'occupied', dwelling: only })
      return
    }
    const [first] = ids
    const holdings =
      register.name === 'coordinator' && rows.length === 1 && first !== undefined
        ? await call('coordinator.holdings', { id: first })
        : null
    const empty = rows.filter((row) => !occupied.some(({ dwellingId }) => dwellingId === row.id))
    setDialog({ kind: 'cancel', rows: empty, facts: { occupied, holdings } })
  }
  const openMove = async (rows: readonly QueryRow[]): Promise<void> => {
    const ids = rows.filter((row) => row.status === 'active').map((row) => row.id)
    const [first] = ids
    if (first === undefined) {
      setMessage('所选记录都已注销,不能迁移。')
      return
    }
    if (register.name === 'resident') {
      const { people } = await call('household.list', { residentIds: ids })
      setDialog({ kind: 'moveHousehold', people })
      return
    }
    if (ids.length > 1) {
      setMessage('一次迁移一套房屋的住户,请只选一套房屋。')
      return
    }
    const [found] = await call('dwelling.occupancy', { dwellingIds: [first] })
    if (found && found.people.length > 0) setDialog({ kind: 'moveHousehold', people: found.people })
    else setMessage('该房屋没有在住人员,无人可迁。')
  }

  const act = async (action: Action): Promise<void> => {
    switch (action.kind) {
      case 'details':
        openDetails()
        return
      case 'modify':
        await withRows(modifyLimit, (rows) => {
          const ids = rows.filter((row) => row.status === 'active').map((row) => row.id)
          if (ids.length === 0) setMessage('已注销的记录不能修改,请先恢复。')
          else
            openTab({ kind: 'entry', register: register.name, recordIds: ids, draftId: crypto.randomUUID() })
        })
        return
      case 'cancel':
      case 'restore':
      case 'restoreLetting':
      case 'assignCoordinator': {
        const { kind } = action
        const wanted = kind === 'restore' ? 'cancelled' : 'active'
        await withRows(selectionLimit, async (rows) => {
          const fitting = rows.filter((row) => row.status === wanted)
          if (fitting.length > 0) {
            if (kind === 'cancel') await openCancel(fitting)
            else setDialog({ kind, rows: fitting })
          } else setMessage(wanted === 'active' ? '所选记录都已注销。' : '所选记录都没有注销,不用恢复。')
        })
        return
      }
      case 'step': {
        const step = listStepActions(register.name).find((each) => each.step.name === action.step)?.step
        if (!step) return
        await withRows(selectionLimit, (rows) => {
          const other = rows.find((row) => !fitsStep(step, row))
          if (other)
            setMessage(`所选记录中「${rowName(register, other)}」不能办理「${step.label}」,请不选它再办。`)
          // A number that each record has of its own is asked one record after another.
          else if (step.own)
            setDialog({ kind: 'step', step, rows: rows.slice(0, 1), later: rows.slice(1), done: 0 })
          else setDialog({ kind: 'step', step, rows, later: [], done: 0 })
        })
        return
      }
      case 'moveHousehold':
        await withRows(selectionLimit, openMove)
        return
      case 'residents':
      case 'minors': {
        const row = result?.row(selection.active)
        if (row) {
          openTab({
            kind: 'query',
            register: action.kind === 'minors' ? 'minor' : 'resident',
            conditions: [{ field: 'dwellingId', operator: 'equals', value: row.id }],
          })
        }
        return
      }
      case 'applyPermit':
      case 'endorsePermit': {
        const row = result?.row(selection.active)
        if (row?.status === 'active')
          openTab(permitPage(action.kind, { id: row.id, name: row.cells['name'] ?? '' }))
        else if (row) setMessage('已注销的人员不能申领居住证,请先恢复。')
        return
      }
      case 'buildingMap': {
        const row = result?.row(selection.active)
        if (row && (register.name === 'estate' || register.name === 'dwelling'))
          openTab({ kind: 'buildingMap', at: { register: register.name, id: row.id } })
        return
      }
      case 'copy':
        await copy()
        return
      case 'sortAscending':
      case 'sortDescending':
        grid.current?.sort(action.kind === 'sortAscending' ? 'ascending' : 'descending')
        return
      case 'columns':
        setDialog({ kind: 'columns' })
    }
  }
  const perform = (action: Action): void => {
    setMessage('')
    act(action).catch((error: unknown) => setMessage(messageOf(error)))
  }

  usePageActions(props.offerActions, () =>
    actions.map((action) => ({
      label: action.label,
      shortcut: action.shortcut,
      run: () => perform(action),
    })),
  )

  const onGridKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return
    const action = actions.find((each) => isShortcut(event.nativeEvent, each.shortcut))
    if (!action) return
    event.preventDefault()
    perform(action)
  }
  const onPageKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || !isPressed(event.nativeEvent, queryKeys.runAgain)) return
    event.preventDefault()
    if (result) runAgain()
    else ask({ sort, goToGrid: false, scope, given })
  }

  const finishAct = (text: string): void => {
    setDialog(undefined)
    setMessage(text)
    staleLocally.current = false
    if (!settlingKeys.current.isHeld()) settlingKeys.current.hold()
    setIsSettling(true)
    runAgain()
    grid.current?.focus()
  }
  const onVisible = result?.want
  const isCounting = result !== undefined && result.total === undefined
  const selectedCount = countSelected(selection)
  const titleColumn = useMemo(() => cellTexts[register.name], [register.name])

  return (
    <div ref={box} className="query" onKeyDown={onPageKeyDown}>
      <ConditionsForm
        register={register}
        store={store}
        scope={scope}
        onScope={setScope}
        hasStation={hasStation}
        onRun={() => ask({ sort, goToGrid: true, scope, given })}
        onReset={reset}
        isGiven={given !== undefined}
      />
      {given ? (
        <p className="query-given">
          {`只列:${given.label}`}
          <Button
            autoInsertSpace={false}
            onClick={() => {
              setGiven(undefined)
              ask({ sort, goToGrid: true, scope, given: undefined })
            }}
          >
            取消此条件
          </Button>
        </p>
      ) : null}
      <div className="query-result" onKeyDown={onGridKeyDown}>
        {result && onVisible && total > 0 ? (
          <VirtualGrid
            ref={grid}
            label={`${register.label}查询结果`}
            columns={columns}
            total={total}
            row={result.row}
            textOf={titleColumn}
            version={result.version}
            onVisible={onVisible}
            sort={sort}
            onSort={(next) => {
              setSort(next)
              focusAfterRun.current = 'none'
              setRun({ query: { ...result.query, sort: next } })
            }}
            selection={selection}
            onSelection={setSelection}
            onOpen={openDetails}
            onCopy={() => void copy().catch((error: unknown) => setMessage(messageOf(error)))}
            onMenu={setMenuAt}
            onLeave={() => store.focusFirst()}
          />
        ) : (
          <EmptyResult
            isAsked={result !== undefined}
            problem={result?.problem}
            enterLabel={entryTitleOf(register.name)}
          />
        )}
      </div>
      <div className="query-foot">
        <span>
          {result === undefined || isCounting ? (
            <Delayed>正在统计…</Delayed>
          ) : (
            `共 ${total.toLocaleString('zh-CN')} 条`
          )}
        </span>
        <span>{selectedCount > 0 ? `已选 ${selectedCount.toLocaleString('zh-CN')} 条` : null}</span>
        {isStale ? <span className="attention">数据已有变化,按 F5 重新查询</span> : null}
        <span className="query-message" role="status">
          {message || (result && total > 0 ? result.problem : '')}
        </span>
        <span className="query-keys">详细信息 Enter · 右键菜单 Shift+F10 · 回到条件 Esc</span>
      </div>
      {menuAt ? (
        <PopupMenu
          label={`${register.label}操作`}
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
      {dialog?.kind === 'columns' ? (
        <ColumnDialog
          register={register.name}
          chosen={columns.map((column) => column.key)}
          onClose={() => setDialog(undefined)}
          onChoose={(keys) => {
            setDialog(undefined)
            const chosen = chosenColumns(register.name, keys)
            setColumns(result ? fit(chosen, result.row, cellTexts[register.name]) : chosen)
            call('preference.write', { key: columnsKey(register.name), value: [...keys] }).catch(
              (error: unknown) => setMessage(messageOf(error)),
            )
          }}
        />
      ) : null}
      {dialog?.kind === 'cancel' ? (
        <CancelDialog
          register={register}
          rows={dialog.rows}
          facts={dialog.facts}
          onOccupied={(dwelling) => setDialog({ kind: 'occupied', dwelling })}
          onClose={() => setDialog(undefined)}
          onDone={(count, savedAt) => finishAct(`已注销 ${count} 条 ${formatMinute(savedAt)}`)}
        />
      ) : null}
      {dialog?.kind === 'occupied' ? (
        <OccupiedDwellingDialog
          dwelling={dialog.dwelling}
          onClose={() => setDialog(undefined)}
          onDone={finishAct}
          onOpen={(person) => {
            setDialog(undefined)
            openTab({ kind: 'details', register: person.register, recordId: person.id })
          }}
        />
      ) : null}
      {dialog?.kind === 'moveHousehold' ? (
        <MoveHouseholdDialog people={dialog.people} onClose={() => setDialog(undefined)} onDone={finishAct} />
      ) : null}
      {dialog?.kind === 'restore' || dialog?.kind === 'restoreLetting' ? (
        <RestoreDialog
          register={register}
          isLetting={dialog.kind === 'restoreLetting'}
          rows={dialog.rows}
          onClose={() => setDialog(undefined)}
          onDone={(count, savedAt) =>
            finishAct(
              `${dialog.kind === 'restore' ? '已恢复' : '已恢复出租'} ${count} 条 ${formatMinute(savedAt)}`,
            )
          }
        />
      ) : null}
      {dialog?.kind === 'step' && flowRegister ? (
        <StepDialog
          key={dialog.rows[0]?.id ?? ''}
          register={flowRegister}
          step={dialog.step}
          records={dialog.rows.map((row) => ({
            id: row.id,
            name: rowName(register, row),
            texts: row.cells,
          }))}
          onClose={() => {
            if (dialog.done > 0) finishAct(`已办理「${dialog.step.label}」${dialog.done} 条,其余未办`)
            else setDialog(undefined)
          }}
          onDone={(count, savedAt) => {
            const done = dialog.done + count
            const [next, ...later] = dialog.later
            if (next) setDialog({ ...dialog, rows: [next], later, done })
            else finishAct(`已办理「${dialog.step.label}」${done} 条 ${formatMinute(savedAt)}`)
          }}
        />
      ) : null}
      {dialog?.kind === 'assignCoordinator' ? (
        <AssignDialog
          register={register}
          rows={dialog.rows}
          onClose={() => setDialog(undefined)}
          onDone={(count, savedAt) => finishAct(`已分配 ${count} 条 ${formatMinute(savedAt)}`)}
        />
      ) : null}
    </div>
  )
}

function columnsKey(register: string): string {
  return `query.columns.${register}`
}

/** Keeps the keyboard's row within a result that became shorter. */
function clampIfBeyond(selection: Selection, total: number): Selection {
  if (selection.active < total && selection.ranges.every(([, last]) => last < total)) return selection
  const clamped = clampSelection(selection, total)
  return clamped.active >= 0 && !isSelected(clamped, clamped.active) ? selectOnly(clamped.active) : clamped
}

/** Milliseconds keys wait at most for the list after an act. */
const longestSettling = 3_000

/** The place of a record among the rows that are there when a result is shown anew; -1 where it is not among them. */
function findInFirstPage(row: (index: number) => QueryRow | undefined, id: string): number {
  for (let index = 0; index < pageSize; index += 1) if (row(index)?.id === id) return index
  return -1
}

/** Rows of the first page that columns are measured by. */
const measuredRows = 60

function fit(
  columns: readonly GridColumn[],
  row: (index: number) => QueryRow | undefined,
  textOf: (row: QueryRow, column: string) => string,
): readonly GridColumn[] {
  const rows = Array.from({ length: measuredRows }, (_, index) => row(index)).filter(
    (each) => each !== undefined,
  )
  if (rows.length === 0) return columns
  return fitColumns(columns, (column) => rows.map((each) => textOf(each, column.key)), measureText)
}

function EmptyResult(props: {
  readonly isAsked: boolean
  readonly problem: string | undefined
  readonly enterLabel: string
}): ReactNode {
  if (props.problem !== undefined) return <p className="query-empty problem">{props.problem}</p>
  if (!props.isAsked) return null
  return (
    <p className="query-empty">
      没有符合条件的记录。请修改条件后按 Enter 再查;要登记,请从菜单选「{props.enterLabel}」。
    </p>
  )
}
