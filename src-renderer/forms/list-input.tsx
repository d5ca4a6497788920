import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { createPortal } from 'react-dom'
import { typedNamesOf, type ListField } from '../../src-shared/fields/field.ts'
import { isGoingAside } from './aside.ts'
import { fieldIds, useRenderCount, type FieldInputProps } from './field-input.tsx'
import { findFormCommand } from './form-keys.ts'
import { createFormStore, type FormStore } from './form-store.ts'
import { LabelledField } from './labelled-field.tsx'
import { isEmptyRow, readRows, rowValues, writeRows, type RowInputs } from './list-rows.ts'
import { lookupSourceOf, readLabels } from './lookup-source.ts'
import { useFieldState } from './use-field.ts'
import { rowsBoxKeys, rowsKeys } from '../keys/bindings.ts'
import { isCharacter, isPressed } from '../keys/press.ts'

type Row = { readonly key: number; readonly store: FormStore }

/** A sub-list: one line that says what it holds; Space (or any letter) opens its rows, which are typed like a form. */
export function ListInput(props: FieldInputProps & { readonly field: ListField }): ReactNode {
  const { store, name, idPrefix, field } = props
  const state = useFieldState(store, name)
  const control = useRef<HTMLDivElement>(null)
  const [isOpen, setOpen] = useState(false)
  const ids = fieldIds(idPrefix, name)
  useRenderCount(control)
  useEffect(() => store.attach(name, { focus: () => control.current?.focus() }), [store, name])
  const rows = readRows(field, state.text)

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target !== control.current) return
    if (isPressed(event.nativeEvent, rowsBoxKeys.open) || isCharacter(event.nativeEvent)) {
      event.preventDefault()
      setOpen(true)
    }
  }
  function close(then: 'stay' | 'next' | 'previous'): void {
    setOpen(false)
    control.current?.focus()
    if (then !== 'stay') store.moveOn(name, then)
  }

  return (
    <>
      <div
        ref={control}
        id={ids.control}
        className="box box-list"
        role="button"
        tabIndex={0}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-labelledby={`${ids.label} ${ids.control}-state`}
        aria-describedby={state.reason === null ? undefined : ids.reason}
        onKeyDown={onKeyDown}
        onClick={() => setOpen(true)}
        onBlur={() => store.leave(name)}
      >
        <span id={`${ids.control}-state`} className={rows.length === 0 ? 'box-hint' : ''}>
          {rows.length === 0
            ? '空格录入'
            : `${rows.length} ${field.fields['birthDate'] ? '人' : '行'}:${rows.map(rowSummary).join('、')}`}
        </span>
      </div>
      {isOpen ? <RowsPanel {...props} field={field} anchor={control} rows={rows} onClose={close} /> : null}
    </>
  )
}

function rowSummary(row: RowInputs): string {
  const first = Object.values(row).find((input) => input.text !== '')
  return first?.text ?? ''
}

function RowsPanel(
  props: FieldInputProps & {
    readonly field: ListField
    readonly anchor: { readonly current: HTMLElement | null }
    readonly rows: readonly RowInputs[]
    readonly onClose: (then: 'stay' | 'next' | 'previous') => void
  },
): ReactNode {
  const { store, name, field, idPrefix, anchor, onClose } = props
  const panel = useRef<HTMLDivElement>(null)
  const nextKey = useRef(0)
  // The refs are read by keys only, later.
  // oxlint-disable-next-line react/refs
  const [rows, setRows] = useState<readonly Row[]>(() =>
    (props.rows.length === 0 ? [{}] : props.rows).map((inputs) => makeRow(inputs)),
  )
  /** The rows as of the last key: what comes next may come before they are drawn. */
  const newest = useRef(rows)
  const names = typedNamesOf(field)

  function makeRow(inputs: RowInputs): Row {
    nextKey.current += 1
    const key = nextKey.current
    const rowStore = createFormStore({
      fields: field.fields,
      today: store.today(),
      onEnd: (direction) => goOn(key, direction),
    })
    rowStore.reset(inputs)
    fillLabels(field, rowStore)
    rowStore.onChange(write)
    return { key, store: rowStore }
  }
  function show(next: readonly Row[]): void {
    newest.current = next
    setRows(next)
  }
  function write(): void {
    const inputs = newest.current.map((row) => row.store.inputs())
    store.setInput(name, { text: writeRows(field, inputs), value: rowValues(field, inputs) }, 'typed')
  }
  /** Enter in the last box: the next row, a new one, or (from an empty row) the next field of the form. */
  function goOn(key: number, direction: 'next' | 'previous'): void {
    const at = newest.current.findIndex((row) => row.key === key)
    const current = newest.current[at]
    if (direction === 'previous') {
      const before = newest.current[at - 1]
      if (before) before.store.focus(names.at(-1) ?? '')
      else onClose('stay')
      return
    }
    const after = newest.current[at + 1]
    if (after) after.store.focusFirst()
    else if (
      !current ||
      isEmptyRow(field, current.store.inputs()) ||
      newest.current.length >= field.maximumRows
    )
      onClose('next')
    else show([...newest.current, makeRow({})])
  }
  function removeRow(key: number): void {
    const at = newest.current.findIndex((row) => row.key === key)
    const left = newest.current.filter((row) => row.key !== key)
    show(left)
    write()
    if (left.length === 0) onClose('stay')
    else (left[at] ?? left[at - 1])?.store.focusFirst()
  }

  useLayoutEffect(() => {
    const at = anchor.current?.getBoundingClientRect()
    const element = panel.current
    if (!at || !element) return
    element.style.left = `${Math.max(4, Math.min(at.left, window.innerWidth - element.offsetWidth - 4))}px`
    const isRoomBelow = at.bottom + element.offsetHeight + 4 <= window.innerHeight
    element.style.top = isRoomBelow ? `${at.bottom + 2}px` : `${at.top - element.offsetHeight - 2}px`
  }, [anchor, rows.length])
  const lastKey = rows.at(-1)?.key
  useEffect(() => {
    newest.current.at(-1)?.store.focusFirst()
  }, [lastKey])

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const native = event.nativeEvent
    if (isPressed(native, rowsKeys.save)) {
      // The rows are in the form already; the save itself is the form's.
      onClose('stay')
      return
    }
    event.stopPropagation()
    if (event.defaultPrevented || native.isComposing || native.keyCode === 229) return
    const at = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-row]') : null
    const key = Number(at?.dataset['row'])
    const rowStore = newest.current.find((row) => row.key === key)?.store
    const fieldName =
      event.target instanceof Element
        ? event.target.closest<HTMLElement>('[data-field]')?.dataset['field']
        : undefined
    if (isPressed(native, rowsKeys.removeRow)) {
      event.preventDefault()
      removeRow(key)
      return
    }
    const command = findFormCommand(native)
    if (command === 'leave') {
      event.preventDefault()
      onClose('stay')
    } else if ((command === 'next' || command === 'previous') && rowStore && fieldName !== undefined) {
      event.preventDefault()
      rowStore.moveOn(fieldName, command)
    }
  }

  return createPortal(
    <div
      ref={panel}
      className="rows-panel"
      role="dialog"
      aria-label={field.label}
      onKeyDown={onKeyDown}
      onFocus={(event) => event.stopPropagation()}
      onBlur={(event) => {
        event.stopPropagation()
        const goes = event.relatedTarget
        if (isGoingAside(goes)) return
        if (goes instanceof Node && (panel.current?.contains(goes) || goes === anchor.current)) return
        // The window lost the focus, not the panel.
        if (goes === null && panel.current?.contains(document.activeElement)) return
        if (goes !== null) onClose('stay')
      }}
    >
      <div className="rows-panel-title">
        {field.label}
        <span>Enter 到下一项、下一行 · Ctrl+Delete 删去一行 · Esc 返回</span>
      </div>
      {rows.map((row, index) => (
        <div
          key={row.key}
          className={names.length > 4 ? 'rows-panel-row rows-panel-row-tall' : 'rows-panel-row'}
          data-row={row.key}
          role="group"
          aria-label={`第${index + 1}行`}
        >
          {names.map((each) => (
            <LabelledField
              key={each}
              store={row.store}
              name={each}
              idPrefix={`${fieldIds(idPrefix, name).control}-${row.key}`}
            />
          ))}
        </div>
      ))}
    </div>,
    document.body,
  )
}

/** Rows that come from a stored record know their codes and ids only: their names are asked for. */
function fillLabels(field: ListField, rowStore: FormStore): void {
  for (const [name, item] of Object.entries(field.fields)) {
    if (item.kind !== 'code' && item.kind !== 'reference') continue
    const source = lookupSourceOf(item)
    const { text, value } = rowStore.read(name)
    if (!source || typeof value !== 'string' || text !== value) continue
    readLabels(source, [value]).then(
      (labels) => {
        const label = labels.get(value)
        if (label !== undefined && rowStore.read(name).value === value)
          rowStore.setInput(name, { text: label, value }, rowStore.provenanceOf(name))
      },
      () => undefined,
    )
  }
}
