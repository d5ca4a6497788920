import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
  type ReactNode,
  type Ref,
} from 'react'
import type { TodoKind, TodoPage, TodoRow } from '../../src-shared/contract/types.ts'
import type { PageProps } from '../app/tab.ts'
import { call, messageOf } from '../client/call.ts'
import { useSettledChanges } from '../client/use-settled-changes.ts'
import { Delayed } from '../components/delayed.tsx'
import { fitColumns, type GridColumn } from '../tables/field-column.ts'
import { measureText } from '../tables/measure-text.ts'
import { emptySelection, selectOnly, type Selection } from '../tables/selection.ts'
import { usePagedRows } from '../tables/use-paged-rows.ts'
import { VirtualGrid, type GridHandle } from '../tables/virtual-grid.tsx'
import { followId } from './follow-id.ts'
import { todoCellText, todoLabels, todoPage } from './todo-kinds.ts'

export type TodoListHandle = { readonly focus: () => void }

/** The lines of one kind of what is due, the earliest first. Enter opens what a line is about. */
export function TodoList(props: {
  readonly kind: TodoKind
  readonly withinDays: number
  readonly isActive: boolean
  readonly openTab: PageProps['openTab']
  /** Whether the focus is still on this kind in the list of kinds. */
  readonly isChosen: () => boolean
  /** Esc. */
  readonly onLeave: () => void
  readonly ref?: Ref<TodoListHandle>
}): ReactNode {
  const { kind, withinDays, isActive, openTab } = props
  const rows = usePagedRows<TodoRow, TodoPage>(`${kind} ${withinDays}`, (offset, limit) =>
    call('todo.list', { kind, withinDays, offset, limit }),
  )
  const { answer, version, reload, row, problem } = rows
  const [selection, setSelection] = useState<Selection>(emptySelection)
  const [message, setMessage] = useState('')
  const grid = useRef<GridHandle>(null)
  const total = answer?.total ?? 0

  // Lines come and go while others work: the highlight stays on its line.
  const followed = useRef<string>(undefined)
  const choose = (next: Selection): void => {
    const one = selectOnly(next.active)
    followed.current = row(one.active)?.id
    setSelection(one)
  }
  useSettledChanges(isActive, reload)
  useEffect(() => {
    if (answer === undefined) return
    setSelection((previous) => followId(previous, answer.total, followed.current, (index) => row(index)?.id))
  }, [answer, version, row])
  useEffect(() => {
    followed.current = row(selection.active)?.id ?? followed.current
  }, [row, selection.active, version])

  const isEntryAsked = useRef(false)
  useImperativeHandle(props.ref, () => ({
    focus: () => {
      if (grid.current) grid.current.focus()
      else isEntryAsked.current = answer === undefined
    },
  }))
  // Enter came before the lines: it is done when they are there, unless the clerk is elsewhere by then.
  useEffect(() => {
    if (answer === undefined || !isEntryAsked.current) return
    isEntryAsked.current = false
    if (props.isChosen()) grid.current?.focus()
  })
  const open = async (): Promise<void> => {
    const line = row(selection.active)
    if (!line) return
    setMessage('')
    const page = todoPage(kind, line, kind === 'draft' ? await call('draft.list', {}) : [])
    if (page) openTab(page)
  }
  const { day } = todoLabels[kind]
  const columns = useMemo((): readonly GridColumn[] => {
    const shown = Array.from({ length: 50 }, (_, index) => row(index)).filter((each) => each !== undefined)
    const column = (key: string, label: string, width: number): GridColumn => ({
      key,
      label,
      width,
      align: 'left',
      isSortable: false,
    })
    const known = [column('day', day, 110), column('title', '事项', 200), column('detail', '说明', 220)]
    return shown.length === 0
      ? known
      : fitColumns(known, (each) => shown.map((line) => todoCellText(line, each.key)), measureText)
    // `version` says that `row` answers anew.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [row, version, day])
  const textOf = useCallback((line: TodoRow, column: string) => todoCellText(line, column), [])

  if (answer === undefined) {
    return problem === undefined ? (
      <Delayed>
        <p className="hint">正在读取…</p>
      </Delayed>
    ) : (
      <p className="problem">{problem}</p>
    )
  }
  return total === 0 ? (
    <p className="hint">没有到期的事项。</p>
  ) : (
    <>
      <VirtualGrid
        ref={grid}
        label={todoLabels[kind].label}
        columns={columns}
        total={total}
        row={row}
        textOf={textOf}
        version={version}
        onVisible={rows.want}
        sort={null}
        selection={selection}
        onSelection={choose}
        onOpen={() => {
          open().catch((error: unknown) => setMessage(messageOf(error)))
        }}
        onCopy={() => undefined}
        onMenu={() => undefined}
        onLeave={props.onLeave}
      />
      <p className="todo-foot hint">
        <span role="status">{message || problem}</span>
        <span aria-hidden="true">{`Enter ${todoLabels[kind].opens} · Esc 回到左栏`}</span>
      </p>
    </>
  )
}
