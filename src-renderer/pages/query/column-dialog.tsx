import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { Dialog } from '../../components/dialog.tsx'
import { defaultColumns, listColumns } from './columns.ts'
import { columnListKeys } from '../../keys/bindings.ts'
import { findPressed } from '../../keys/press.ts'

type Entry = { readonly key: string; readonly label: string; readonly isShown: boolean }

function entriesOf(register: RegisterName, shown: readonly string[]): readonly Entry[] {
  const all = listColumns(register)
  const labelOf = new Map(all.map((column) => [column.key, column.label]))
  const rest = all.map((column) => column.key).filter((key) => !shown.includes(key))
  return [...shown, ...rest].map((key) => ({
    key,
    label: labelOf.get(key) ?? key,
    isShown: shown.includes(key),
  }))
}

/** Which columns a result shows, and in which order: ↑ ↓ go, space ticks, Alt with ↑ ↓ moves the column. */
export function ColumnDialog(props: {
  readonly register: RegisterName
  readonly chosen: readonly string[]
  readonly onChoose: (keys: readonly string[]) => void
  readonly onClose: () => void
}): ReactNode {
  const [entries, setEntries] = useState(() => entriesOf(props.register, props.chosen))
  const [active, setActive] = useState(0)
  const [problem, setProblem] = useState('')
  const list = useRef<HTMLDivElement>(null)

  const goTo = (index: number): void => {
    const next = Math.min(Math.max(index, 0), entries.length - 1)
    setActive(next)
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }
  const turn = (index: number): void => {
    setEntries(entries.map((entry, at) => (at === index ? { ...entry, isShown: !entry.isShown } : entry)))
  }
  const shift = (step: 1 | -1): void => {
    const to = active + step
    const moved = entries[active]
    if (!moved || to < 0 || to >= entries.length) return
    const rest = entries.toSpliced(active, 1)
    setEntries(rest.toSpliced(to, 0, moved))
    goTo(to)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    switch (findPressed(event.nativeEvent, columnListKeys)) {
      case 'down':
        goTo(active + 1)
        break
      case 'up':
        goTo(active - 1)
        break
      case 'shiftDown':
        shift(1)
        break
      case 'shiftUp':
        shift(-1)
        break
      case 'first':
        goTo(0)
        break
      case 'last':
        goTo(entries.length - 1)
        break
      case 'turn':
        turn(active)
        break
      case 'choose':
        choose()
        break
      case undefined:
        return
    }
    event.preventDefault()
  }
  const choose = (): void => {
    const keys = entries.filter((entry) => entry.isShown).map((entry) => entry.key)
    if (keys.length === 0) setProblem('请至少选一列。')
    else props.onChoose(keys)
  }

  return (
    <Dialog
      title="选择列"
      initialFocus="[role=listbox]"
      message={problem}
      acts={[
        {
          label: '恢复默认',
          onSelect: () => setEntries(entriesOf(props.register, defaultColumns(props.register))),
        },
        { label: '确定', isPrimary: true, onSelect: choose },
        { label: '取消', isSafe: true, onSelect: props.onClose },
      ]}
    >
      <p className="hint">空格 选中或取消,Alt+↑、Alt+↓ 调整次序,Enter 确定。</p>
      <div
        ref={list}
        role="listbox"
        aria-label="列"
        aria-multiselectable="true"
        aria-activedescendant={`column-${entries[active]?.key ?? ''}`}
        tabIndex={0}
        className="column-list"
        onKeyDown={onKeyDown}
      >
        {entries.map((entry, index) => (
          <div
            key={entry.key}
            id={`column-${entry.key}`}
            role="option"
            aria-selected={entry.isShown}
            className={index === active ? 'column-entry column-entry-active' : 'column-entry'}
            onClick={() => {
              setActive(index)
              turn(index)
            }}
          >
            <span className="column-tick" aria-hidden="true">
              {entry.isShown ? '✓' : ''}
            </span>
            {entry.label}
          </div>
        ))}
      </div>
    </Dialog>
  )
}
