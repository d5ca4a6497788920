import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
  type ReactNode,
} from 'react'
import type { LookupEntry } from '../../src-shared/contract/types.ts'
import { holdsSeveral, type FieldValue } from '../../src-shared/fields/field.ts'
import { call, messageOf } from '../client/call.ts'
import { isGoingAside } from './aside.ts'
import { fieldIds, useRenderCount, type FieldInputProps } from './field-input.tsx'
import { createImeGuard, filterTextOf } from './ime.ts'
import { createLookupList, type Taken } from './lookup-list.ts'
import { LookupPanel } from './lookup-panel.tsx'
import {
  lookupSearchOf,
  lookupSourceOf,
  noteTaken,
  readLabels,
  readShown,
  type ListedField,
} from './lookup-source.ts'
import { useFieldState } from './use-field.ts'
import { lookupKeys } from '../keys/bindings.ts'
import { findPressed, isPressed, moveOf } from '../keys/press.ts'

/** Keys of the box itself: while the list is open its moves come first. */
const { open, openBySpace, take: takeKey, giveUp: giveUpKey, removeLast, repeatField } = lookupKeys
const boxKeys = { open, openBySpace, take: takeKey, giveUp: giveUpKey, removeLast, repeatField }

type Direction = 'next' | 'previous'

/** A field that is filled from a list: a code, several codes, or a record of another register. */
export function LookupInput(props: FieldInputProps & { readonly field: ListedField }): ReactNode {
  const { store, name, idPrefix, field, parentField, preferredParent, onCreate } = props
  const state = useFieldState(store, name)
  const box = useRef<HTMLInputElement>(null)
  const frame = useRef<HTMLSpanElement>(null)
  const [ime] = useState(createImeGuard)
  const [list] = useState(() =>
    createLookupList({ search: lookupSearchOf(store, field, parentField, preferredParent), messageOf }),
  )
  const isOpen = useSyncExternalStore(list.subscribe, () => list.read().isOpen)
  const highlighted = useSyncExternalStore(list.subscribe, () =>
    list.read().isOpen ? list.read().highlighted : -1,
  )
  /** An unmatched text was given up since the focus came: its mark outlives this leaving, and goes with the next. */
  const gaveUp = useRef(false)
  const createHere = field.kind === 'codes' || field.kind === 'boolean' ? undefined : onCreate
  const ids = fieldIds(idPrefix, name)
  const source = lookupSourceOf(field)
  const isSeveral = holdsSeveral(field)
  const chosen = isSeveral ? asCodes(state.value) : undefined
  const labels = useLabels(field, chosen)
  useRenderCount(box)
  useShown(props)

  useLayoutEffect(() => {
    const element = box.current
    if (element && element.value !== state.text && !ime.isComposing()) element.value = state.text
  })
  useEffect(
    () =>
      store.attach(name, {
        focus() {
          const element = box.current
          if (!element) return
          // The store knows that the field applies before the page does.
          element.disabled = false
          element.focus()
          element.select()
        },
        settle: () =>
          new Promise((resolve) => {
            if (document.activeElement === box.current && hasPendingText()) take(resolve)
            else {
              list.close()
              resolve()
            }
          }),
      }),
    // The functions read the store and the list, which stay the same as long as the component.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [store, name],
  )

  /** Something was typed that has not become a value yet. */
  function hasPendingText(): boolean {
    return store.read(name).text !== store.settledText(name)
  }
  /** What a narrow box cannot show: the whole text, and what the entry stands below (武昌区 of which city). */
  async function tellPath(): Promise<void> {
    const { value, text } = store.read(name)
    const element = frame.current
    if (!element) return
    element.title = text
    if (!source || typeof value !== 'string') return
    const [entry] = await call('lookup.entries', { source, codes: [value] }).catch(() => [])
    if (!entry || store.read(name).value !== value) return
    element.title = entry.parentPath === '' ? entry.name : `${entry.parentPath}/${entry.name}`
  }
  function queryText(): string {
    return filterTextOf(box.current?.value ?? '', ime.isComposing())
  }
  function openWhole(): void {
    list.open('')
  }

  function setValue(value: FieldValue, text: string): void {
    store.setInput(name, { text, value }, 'typed')
  }
  function takeEntry(entry: LookupEntry, closes: boolean): void {
    noteTaken(source, entry.code)
    if (isSeveral) {
      labels.remember(entry)
      const codes = asCodes(store.read(name).value)
      const next = codes.includes(entry.code)
        ? codes.filter((code) => code !== entry.code)
        : [...codes, entry.code].sort()
      setValue(next.length === 0 ? null : next, '')
      if (box.current) box.current.value = ''
      if (closes) list.close()
      return
    }
    setValue(field.kind === 'boolean' ? entry.code === '1' : entry.code, entry.name)
    list.close()
  }
  /** The text stands for no entry: the value from before comes back and the mark says what was typed. */
  function giveUp(reason: string): void {
    list.close()
    store.restoreText(name)
    if (box.current) box.current.value = store.read(name).text
    store.setNote(name, reason)
    gaveUp.current = true
  }
  function unmatchedReason(): string {
    const restored = store.settledText(name) === '' ? '' : ',已恢复原来的内容'
    return `${field.label}:「${(box.current?.value ?? '').trim()}」不在列表中${restored},请从列表中选择!`
  }

  /** Takes what the text stands for, waiting for its answer where it is not there yet, then calls `done`. */
  function take(done: () => void): void {
    const text = queryText()
    if (text === '' && hasPendingText()) {
      if (!isSeveral) setValue(null, '')
      else store.restoreText(name)
      list.close()
      done()
      return
    }
    if (!list.read().isOpen) list.open(text)
    let isOver = false
    const finish = (taken: Taken): void => {
      isOver = true
      if (taken.kind === 'entry') takeEntry(taken.entry, true)
      else if (taken.kind === 'failed') giveUp(`${field.label}:${taken.message}`)
      else if (hasPendingText()) giveUp(unmatchedReason())
      else list.close()
    }
    let isHeld = false
    list.take((taken) => {
      finish(taken)
      done()
      if (isHeld) store.keys.release()
    })
    // The answer is on its way: keys typed from here on belong to wherever the focus goes then.
    if (!isOver) {
      isHeld = true
      store.keys.hold()
    }
  }

  function onInput(): void {
    const element = box.current
    if (!element) return
    store.setText(name, element.value)
    const text = queryText()
    // An emptied box is an emptied field: the whole list would offer an entry nobody asked for.
    if (text === '') list.close()
    else list.open(text)
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    const native = event.nativeEvent
    if (ime.isTaken(native)) {
      if (native.keyCode !== 229) event.preventDefault()
      event.stopPropagation()
      return
    }
    if (isPressed(native, lookupKeys.create) && createHere) {
      event.preventDefault()
      create()
      return
    }
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const view = list.read()
    const move = isPressed(native, lookupKeys.move) ? moveOf(native) : undefined
    if (view.isOpen && move) {
      event.preventDefault()
      list.move(move)
      return
    }
    switch (findPressed(native, boxKeys)) {
      case 'open':
        event.preventDefault()
        if (hasPendingText() && queryText() !== '') list.open(queryText())
        else openWhole()
        return
      case 'openBySpace':
        if (isAllSelected() && !view.isOpen) {
          event.preventDefault()
          openWhole()
        } else if (view.isOpen && box.current?.value === '') event.preventDefault()
        return
      case 'take':
        leaveByKey(event)
        return
      case 'giveUp':
        if (!view.isOpen && !hasPendingText()) return
        event.preventDefault()
        list.close()
        store.restoreText(name)
        if (box.current) box.current.value = store.read(name).text
        box.current?.select()
        return
      case 'removeLast':
        if (isSeveral && box.current?.value === '') {
          const codes = asCodes(state.value)
          if (codes.length === 0) return
          event.preventDefault()
          setValue(codes.length === 1 ? null : codes.slice(0, -1), '')
        }
        return
      case 'repeatField':
        // The previous record's value takes the place of what was being looked for.
        list.close()
        return
      case undefined:
    }
  }

  function leaveByKey(event: KeyboardEvent): void {
    const direction: Direction = event.shiftKey ? 'previous' : 'next'
    const view = list.read()
    if (isSeveral) {
      const isFiltered = queryText() !== ''
      if (isPressed(event.nativeEvent, lookupKeys.takeOne) && (isFiltered || view.isOpen)) {
        event.preventDefault()
        if (isFiltered) take(() => undefined)
        // The whole list stays open, so that several can be ticked in a row.
        else list.take((taken) => taken.kind === 'entry' && takeEntry(taken.entry, false))
        return
      }
      if (isFiltered) {
        event.preventDefault()
        take(() => store.moveOn(name, direction))
        return
      }
      list.close()
      return
    }
    if (!view.isOpen && !hasPendingText()) return
    event.preventDefault()
    take(() => store.moveOn(name, direction))
  }

  function isAllSelected(): boolean {
    const element = box.current
    if (!element) return false
    return element.selectionStart === 0 && element.selectionEnd === element.value.length
  }

  function create(): void {
    const typed = hasPendingText() ? (box.current?.value ?? '').trim() : ''
    list.close()
    store.restoreText(name)
    createHere?.(name, typed)
  }

  function onBlur(goesTo: EventTarget | null): void {
    const element = box.current
    if (isGoingAside(goesTo)) return
    // The window lost the focus, not the field: the list stays as it is.
    if (!element || document.activeElement === element) return
    if (hasPendingText()) {
      const text = element.value.trim()
      const exact = list
        .read()
        .rows.find((entry) => list.read().isAnswered && (entry?.name === text || entry?.code === text))
      if (text === '') setValue(isSeveral ? state.value : null, '')
      else if (exact) takeEntry(exact, true)
      else giveUp(unmatchedReason())
    } else if (!gaveUp.current) store.setNote(name, null)
    list.close()
    store.leave(name)
  }

  return (
    <>
      <span
        ref={frame}
        className={`box box-lookup${isSeveral ? ' box-several' : ''}`}
        onClick={() => box.current?.focus()}
        onMouseEnter={() => void tellPath()}
      >
        {chosen?.map((code) => (
          <span key={code} className="chip">
            {labels.of(code)}
          </span>
        ))}
        <input
          ref={box}
          id={ids.control}
          type="text"
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={isOpen}
          aria-controls={ids.list}
          aria-activedescendant={highlighted >= 0 ? `${ids.list}-${highlighted}` : undefined}
          aria-required={state.isRequired}
          aria-invalid={state.reason !== null}
          aria-describedby={state.reason === null ? undefined : ids.reason}
          autoComplete="off"
          spellCheck={false}
          disabled={!state.applies}
          defaultValue={state.text}
          onKeyDown={onKeyDown}
          onKeyUp={(event) => ime.keyUp(event)}
          onCompositionStart={() => ime.compositionStart()}
          onCompositionEnd={(event) => {
            ime.compositionEnd(event)
            onInput()
          }}
          onInput={onInput}
          onFocus={(event) => {
            gaveUp.current = false
            list.warmUp()
            // The text of an entry is replaced as a whole: however the focus came, the next key begins a new search.
            if (!hasPendingText()) event.target.select()
          }}
          onClick={(event) => {
            if (!hasPendingText()) event.currentTarget.select()
          }}
          onBlur={(event) => onBlur(event.relatedTarget)}
        />
      </span>
      <LookupPanel
        list={list}
        id={ids.list}
        labelledBy={ids.label}
        anchor={frame}
        showsCode={field.kind === 'code' || field.kind === 'codes'}
        typedText={isOpen ? queryText() : ''}
        chosen={chosen}
        onTake={(index) => {
          list.highlight(index)
          if (isSeveral)
            list.take((taken) => taken.kind === 'entry' && takeEntry(taken.entry, queryText() !== ''))
          else take(() => store.moveOn(name, 'next'))
        }}
        onCreate={createHere ? create : undefined}
      />
    </>
  )
}

function asCodes(value: FieldValue): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

type Labels = {
  readonly of: (code: string) => string
  readonly remember: (entry: LookupEntry) => void
}

/** The names of the chosen codes of a field of several; asked for once each. */
function useLabels(field: ListedField, codes: readonly string[] | undefined): Labels {
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map())
  const missing = codes?.filter((code) => !names.has(code)).join(' ') ?? ''
  useEffect(() => {
    const source = lookupSourceOf(field)
    if (missing === '' || !source) return
    let isCurrent = true
    readLabels(source, missing.split(' ')).then(
      (found) => isCurrent && setNames((before) => new Map([...before, ...found])),
      // The code itself stays on screen: it is right, only less readable.
      () => undefined,
    )
    return () => {
      isCurrent = false
    }
  }, [field, missing])
  return {
    of: (code) => names.get(code) ?? code,
    remember: (entry) => setNames((before) => new Map(before).set(entry.code, entry.name)),
  }
}

/** Keeps the texts beside a reference those of the record it names. */
function useShown(props: FieldInputProps & { readonly field: ListedField }): void {
  const { store, name, field } = props
  const { value } = useFieldState(store, name)
  useEffect(() => {
    if (field.kind !== 'reference' || field.shows.length === 0) return
    if (typeof value !== 'string') {
      store.setShown(name, {})
      return
    }
    let isCurrent = true
    readShown(field, value).then(
      (shown) => isCurrent && store.setShown(name, shown),
      () => isCurrent && store.setShown(name, {}),
    )
    return () => {
      isCurrent = false
    }
  }, [store, name, field, value])
}
