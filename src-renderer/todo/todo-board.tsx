import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { TodoKind } from '../../src-shared/contract/types.ts'
import type { PageProps } from '../app/tab.ts'
import { useAppState } from '../client/app-state.tsx'
import { useRequest } from '../client/use-request.ts'
import { useSettledChanges } from '../client/use-settled-changes.ts'
import { todoKeys } from '../keys/bindings.ts'
import { findPressed, moveOf } from '../keys/press.ts'
import { targetRow } from '../tables/grid-keys.ts'
import { todoLabels } from './todo-kinds.ts'
import { TodoList, type TodoListHandle } from './todo-list.tsx'

/**
 * What is due: on the left the kinds with their counts, on the right the lines of the chosen one. ↑ ↓ along the kinds, Enter
 * or → into the lines, Esc back.
 */
export function TodoBoard(props: {
  readonly kinds: readonly TodoKind[]
  readonly withinDays: number
  readonly isActive: boolean
  readonly openTab: PageProps['openTab']
  /** Kinds of which nothing is due are left out. */
  readonly hidesEmpty: boolean
  /** Milliseconds the counting waits for: the page it stands on is drawn, and typed into, before. */
  readonly startsAfter: number
}): ReactNode {
  const { kinds, withinDays, isActive, openTab } = props
  const { today } = useAppState()
  const isDue = useDelay(props.startsAfter)
  const counts = useRequest('todo.counts', isDue ? { withinDays } : undefined)
  const { reload } = counts
  useSettledChanges(isActive && isDue, reload)
  useEffect(() => {
    reload()
  }, [today, reload])
  const [chosen, setChosen] = useState<TodoKind>()
  const list = useRef<HTMLDivElement>(null)
  const lines = useRef<TodoListHandle>(null)

  const countOf = (kind: TodoKind) => counts.output?.find((each) => each.kind === kind)
  const shown = props.hidesEmpty
    ? kinds.filter((kind) => kind === chosen || (countOf(kind)?.total ?? 0) > 0)
    : kinds
  const kind = chosen !== undefined && shown.includes(chosen) ? chosen : shown[0]
  if (counts.output === undefined) {
    return (
      <p className={counts.problem === undefined ? 'hint' : 'problem'}>{counts.problem ?? '正在统计…'}</p>
    )
  }
  if (kind === undefined) return <p className="hint">没有到期或待处理的事项。</p>

  const onKeyDown = (event: KeyboardEvent): void => {
    const pressed = findPressed(event.nativeEvent, todoKeys)
    const move = pressed === 'move' ? moveOf(event.nativeEvent) : undefined
    const next =
      move && targetRow(move, { active: shown.indexOf(kind), total: shown.length, pageRows: shown.length })
    if (next !== undefined) {
      setChosen(shown[next])
      list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
    } else if (pressed === 'enter') lines.current?.focus()
    else return
    event.preventDefault()
  }
  return (
    <div className="todo">
      <div
        ref={list}
        role="tablist"
        aria-orientation="vertical"
        aria-label="到期和待处理"
        className="todo-kinds"
        onKeyDown={onKeyDown}
      >
        {shown.map((each) => {
          const { total = 0, late = 0 } = countOf(each) ?? {}
          return (
            <div
              key={each}
              role="tab"
              aria-selected={each === kind}
              tabIndex={each === kind ? 0 : -1}
              className={each === kind ? 'todo-kind todo-kind-active' : 'todo-kind'}
              onClick={() => setChosen(each)}
              onDoubleClick={() => lines.current?.focus()}
            >
              <span>{todoLabels[each].label}</span>
              <span className="number">{countText(total)}</span>
              <span className="todo-late attention">{late > 0 ? `逾期 ${countText(late)}` : ''}</span>
            </div>
          )
        })}
      </div>
      <div role="tabpanel" aria-label={todoLabels[kind].label} className="todo-lines">
        <TodoList
          key={kind}
          ref={lines}
          kind={kind}
          withinDays={withinDays}
          isActive={isActive}
          openTab={openTab}
          isChosen={() => list.current?.contains(document.activeElement) ?? false}
          onLeave={() => list.current?.querySelector<HTMLElement>('[aria-selected=true]')?.focus()}
        />
      </div>
    </div>
  )
}

/** A list is counted up to this many lines (backend). */
const countLimit = 2_000

function countText(count: number): string {
  return count >= countLimit ? `${countLimit.toLocaleString('zh-CN')}+` : count.toLocaleString('zh-CN')
}

/** True once that many milliseconds have passed. */
function useDelay(milliseconds: number): boolean {
  const [isOver, setIsOver] = useState(milliseconds === 0)
  useEffect(() => {
    const timer = window.setTimeout(() => setIsOver(true), milliseconds)
    return () => window.clearTimeout(timer)
  }, [milliseconds])
  return isOver
}
