import { emptyMessage } from '../../src-shared/fields/check.ts'
import {
  isEmptyValue,
  isRequired,
  type Field,
  type FieldValue,
  type RecordValues,
} from '../../src-shared/fields/field.ts'
import { areEqualValues } from '../../src-shared/fields/merge.ts'
import { isTypedField, parseTyped } from '../../src-shared/fields/parse.ts'
import type { Provenance, RecordProvenance } from '../../src-shared/values/provenance.ts'
import type { DraftInput } from '../../src-shared/contract/types.ts'
import type { Rule, RuleBreach } from '../../src-shared/registers/register.ts'
import { findNextField, findNextMarked } from './focus-order.ts'
import { findRowsProblem } from './list-rows.ts'
import { storedText } from './stored-text.ts'
import { createKeyQueue, pageKeys, type KeyQueue, type KeyTarget } from './key-queue.ts'

/** What one field shows. A new object whenever anything of it changes, and only then. */
export type FieldState = {
  /** The characters in the box. */
  readonly text: string
  /** The stored value the text stands for; null while it stands for none. */
  readonly value: FieldValue
  /** The sentence of the red question mark, or null: no mark. */
  readonly reason: string | null
  readonly isRequired: boolean
  /** False: the field has no meaning for this record, is greyed and left out by the focus. */
  readonly applies: boolean
  readonly isPinned: boolean
  /** How the value came; null where nobody knows. */
  readonly provenance: Provenance | null
  /** Text of the values shown beside a reference, by field of the referenced record. */
  readonly shown: Readonly<Record<string, string>>
  /** What a card says here, while it differs and nobody has chosen; else null. */
  readonly cardText: string | null
}

/** What may have the focus for a field: the element, and what to do when the focus comes by key. */
export type FocusTarget = {
  readonly focus: () => void
  /** Brings what is being typed to an end (takes the highlighted entry): before a save. */
  readonly settle?: () => Promise<void>
}

export type FormStoreOptions = {
  readonly fields: Readonly<Record<string, Field>>
  /** `YYYY-MM-DD`; what 今天 means. */
  readonly today: string
  /** The order of the focus; the order of the declaration when absent. Fields left out never get the focus. */
  readonly order?: readonly string[]
  readonly rules?: readonly Rule[]
  /** Where the focus goes after the last field (`next`) or before the first (`previous`). */
  readonly onEnd?: (direction: 'next' | 'previous') => void
  /** Replaces the page's keys in tests. */
  readonly keyTarget?: KeyTarget
}

/** Everything typed into one form, outside React: one subscription a field, so that a key renders one field. */
export type FormStore = {
  readonly fields: Readonly<Record<string, Field>>
  readonly keys: KeyQueue
  readonly today: () => string
  readonly setToday: (today: string) => void
  readonly order: readonly string[]
  readonly read: (name: string) => FieldState
  readonly subscribe: (name: string, listener: () => void) => () => void
  /** Called after every change of a field's text, value or pin by anyone, with its name. */
  readonly onChange: (listener: (name: string) => void) => () => void

  /** A key changed the text of a typed field, or the filter text of a look-up: nothing is judged yet. */
  readonly setText: (name: string, text: string) => void
  /**
   * Sets text and value together: an entry was taken, a value restored or filled in. What an input says itself of its
   * provenance does not count.
   */
  readonly setInput: (name: string, input: DraftInput, provenance: Provenance | null) => void
  /** Puts back the text of the field's value: the filter text of a look-up goes. */
  readonly restoreText: (name: string) => void
  /** The text that stands for the field's value, also while something else is typed. */
  readonly settledText: (name: string) => string
  /** Says what stands for the field's value, and leaves what is being typed as it is. */
  readonly setSettledText: (name: string, text: string) => void
  /**
   * Gives fields that nobody has touched what an empty form starts with; counts as unchanged. Answers which it gave: a
   * field that was typed into while the value was being read keeps what was typed.
   */
  readonly offerDefaults: (inputs: Readonly<Record<string, DraftInput>>) => readonly string[]
  /** Puts a card's text beside the field's own, or takes it away. */
  readonly setCardText: (name: string, text: string | null) => void
  readonly setShown: (name: string, shown: Readonly<Record<string, string>>) => void
  /** Asks the rules across fields again: one of them has learnt something. */
  readonly judgeTogether: () => void
  /** The focus left the field: its text is put into its stored form and judged, the rules across fields are asked. */
  readonly leave: (name: string) => void
  /** Judges a field that has its last character, before it is left. */
  readonly judgeNow: (name: string) => void
  /** A mark that stays until the field's text changes (an unmatched text, an answer of the backend). */
  readonly setNote: (name: string, note: string | null) => void
  readonly hasNote: (name: string) => boolean
  /** Which marks a refused save sets. Judges every field; the breaches in the order of the focus. */
  readonly check: () => readonly RuleBreach[]
  readonly values: () => RecordValues
  readonly inputs: () => Readonly<Record<string, DraftInput>>
  /** What the form started with, field by field. */
  readonly baseline: () => Readonly<Record<string, DraftInput>>
  /** What counts as unchanged from here on: the record was stored anew by someone else. */
  readonly setBaseline: (inputs: Readonly<Record<string, DraftInput>>) => void
  /** How the field's value came; null: nobody has touched it, or nobody knows. */
  readonly provenanceOf: (name: string) => Provenance | null
  /** Provenance of all values that are known to have one, for a save. */
  readonly provenances: () => RecordProvenance
  /** Starts over with these inputs, each with its own provenance: marks go, and what is here now counts as unchanged. */
  readonly reset: (inputs: Readonly<Record<string, DraftInput>>) => void
  /** Whether anything differs from what the form started with. */
  readonly isDirty: () => boolean
  readonly setPinned: (name: string, isPinned: boolean) => void
  readonly pinned: () => readonly string[]

  readonly attach: (name: string, target: FocusTarget) => () => void
  readonly focus: (name: string) => boolean
  /** Enter, Tab and their opposites. */
  readonly moveOn: (from: string, direction: 'next' | 'previous') => void
  readonly focusFirst: () => void
  /** Brings the typing in every field to an end, one that waits for its list included. */
  readonly settle: () => Promise<void>
  /**
   * F8, and after a refused save: goes to the first (or next) field that stops the save, whether its mark shows yet or not.
   * So F8 also passes over the rest of the fields that may stay empty. False when nothing stops the save.
   */
  readonly focusNextMark: (from: string | undefined) => boolean
}

type Cell = {
  text: string
  settledText: string
  value: FieldValue
  /** The sentence for the text as it stands, shown only once the field was left. */
  problem: string | undefined
  wasLeft: boolean
  note: string | null
  breach: string | undefined
  /** Of the value: what is being typed into a look-up is no value yet. */
  provenance: Provenance | null
  isPinned: boolean
  shown: Readonly<Record<string, string>>
  cardText: string | null
}

const NOTHING_SHOWN: Readonly<Record<string, string>> = {}

function emptyCell(): Cell {
  return {
    text: '',
    settledText: '',
    value: null,
    problem: undefined,
    wasLeft: false,
    note: null,
    breach: undefined,
    provenance: null,
    isPinned: false,
    shown: NOTHING_SHOWN,
    cardText: null,
  }
}

/** Makes the store of one form. */
export function createFormStore(options: FormStoreOptions): FormStore {
  const { fields } = options
  const order = options.order ?? Object.keys(fields)
  const names = Object.keys(fields)
  const cells = new Map<string, Cell>(names.map((name) => [name, emptyCell()]))
  const states = new Map<string, FieldState>()
  const listeners = new Map<string, Set<() => void>>()
  const changeListeners = new Set<(name: string) => void>()
  const targets = new Map<string, FocusTarget>()
  const conditional = names.filter((name) => fields[name]?.requiredWhen ?? fields[name]?.appliesWhen)
  let baseline: Readonly<Record<string, DraftInput>> = {}
  let today = options.today

  function cellOf(name: string): Cell {
    const cell = cells.get(name)
    if (!cell) throw new Error(`the form has no field ${name}`)
    return cell
  }
  function fieldOf(name: string): Field {
    const field = fields[name]
    if (!field) throw new Error(`the form has no field ${name}`)
    return field
  }

  /** Values as typed, also of fields that do not apply: only these decide what applies. */
  function typedValues(): RecordValues {
    const values: Record<string, FieldValue> = {}
    for (const name of names) values[name] = cellOf(name).value
    return values
  }
  function values(): RecordValues {
    const typed = typedValues()
    const result: Record<string, FieldValue> = {}
    for (const name of names) {
      const field = fieldOf(name)
      result[name] = field.appliesWhen && !field.appliesWhen(typed) ? null : (typed[name] ?? null)
    }
    return result
  }

  function computeState(name: string, typed: RecordValues): FieldState {
    const cell = cellOf(name)
    const field = fieldOf(name)
    const applies = field.appliesWhen?.(typed) ?? true
    const required = !field.isAutomatic && isRequired(field, typed)
    let reason: string | null = null
    if (applies) {
      if (cell.note !== null) reason = cell.note
      else if (cell.wasLeft && cell.problem !== undefined) reason = `${field.label}:${cell.problem}`
      else if (cell.wasLeft && required && isEmptyValue(cell.value)) reason = emptyMessage(field.label)
      else reason = cell.breach ?? null
    }
    return {
      text: cell.text,
      value: cell.value,
      reason,
      isRequired: required,
      applies,
      isPinned: cell.isPinned,
      provenance: cell.provenance,
      shown: cell.shown,
      cardText: cell.cardText,
    }
  }
  function isSameState(a: FieldState, b: FieldState): boolean {
    return (
      a.text === b.text &&
      a.value === b.value &&
      a.reason === b.reason &&
      a.isRequired === b.isRequired &&
      a.applies === b.applies &&
      a.isPinned === b.isPinned &&
      a.provenance === b.provenance &&
      a.shown === b.shown &&
      a.cardText === b.cardText
    )
  }
  function refresh(which: readonly string[]): void {
    const typed = typedValues()
    for (const name of which) {
      const next = computeState(name, typed)
      const before = states.get(name)
      if (before && isSameState(before, next)) continue
      states.set(name, next)
      for (const listener of listeners.get(name) ?? []) listener()
    }
  }
  /** One field changed: it and those whose being required or applying hangs on others. */
  function refreshAfter(name: string): void {
    refresh(conditional.includes(name) ? conditional : [name, ...conditional])
  }
  function tell(name: string): void {
    for (const listener of changeListeners) listener(name)
  }

  function judge(name: string): void {
    const cell = cellOf(name)
    const field = fieldOf(name)
    if (!isTypedField(field)) {
      cell.problem =
        field.kind === 'list' ? findRowsProblem(field, cell.text, today, baseline[name]?.text) : undefined
      return
    }
    const parsed = parseTyped(field, cell.text, today)
    cell.problem = parsed.ok ? undefined : parsed.message
    const value = parsed.ok ? parsed.value : null
    if (!areEqualValues(cell.value, value)) cell.value = value
  }
  /** Asks the rules across fields. A field whose own text is no value is left to its own mark. */
  function judgeTogether(): void {
    const current = values()
    const breaches = new Map<string, string>()
    for (const rule of options.rules ?? []) {
      for (const breach of rule.check(current, { today })) {
        if (!breaches.has(breach.field)) breaches.set(breach.field, breach.message)
      }
    }
    for (const name of names) cellOf(name).breach = breaches.get(name)
  }

  function setText(name: string, text: string): void {
    const cell = cellOf(name)
    if (cell.text === text) return
    cell.text = text
    cell.note = null
    if (isTypedField(fieldOf(name))) cell.provenance = 'typed'
    judge(name)
    cell.breach = undefined
    refreshAfter(name)
    tell(name)
  }
  function setInput(name: string, input: DraftInput, provenance: Provenance | null): void {
    const cell = cellOf(name)
    cell.text = input.text
    cell.settledText = input.text
    cell.value = input.value
    cell.note = null
    cell.provenance = provenance
    judge(name)
    judgeTogether()
    refresh(names)
    tell(name)
  }
  function leave(name: string): void {
    const cell = cellOf(name)
    const field = fieldOf(name)
    cell.wasLeft = true
    judge(name)
    let isRewritten = false
    if (isTypedField(field) && cell.problem === undefined) {
      const text = storedText(field, cell.value)
      isRewritten = text !== cell.text
      cell.text = text
    }
    judgeTogether()
    refresh(names)
    if (isRewritten) tell(name)
  }
  function check(): readonly RuleBreach[] {
    for (const name of names) {
      cellOf(name).wasLeft = true
      judge(name)
    }
    judgeTogether()
    refresh(names)
    const breaches: RuleBreach[] = []
    for (const name of new Set([...order, ...names])) {
      const reason = read(name).reason
      if (reason !== null && !fieldOf(name).isAutomatic) breaches.push({ field: name, message: reason })
    }
    return breaches
  }
  function reset(inputs: Readonly<Record<string, DraftInput>>): void {
    for (const name of names) {
      const cell = cellOf(name)
      const input = inputs[name]
      // What is shown beside a reference belongs to its value: a pinned one keeps it.
      const shown = areEqualValues(cell.value, input?.value) ? cell.shown : NOTHING_SHOWN
      const { isPinned } = cell
      Object.assign(cell, emptyCell(), { isPinned, shown, provenance: input?.provenance ?? null })
      if (input) {
        cell.text = input.text
        cell.settledText = input.text
        cell.value = input.value
        judge(name)
      }
    }
    baseline = allInputs()
    refresh(names)
  }

  function read(name: string): FieldState {
    const state = states.get(name)
    if (!state) throw new Error(`the form has no field ${name}`)
    return state
  }
  function allInputs(): Readonly<Record<string, DraftInput>> {
    return Object.fromEntries(
      names.map((name) => {
        const { text, value, provenance } = cellOf(name)
        return [name, provenance === null ? { text, value } : { text, value, provenance }]
      }),
    )
  }
  function mayHaveFocus(name: string): boolean {
    return targets.has(name) && read(name).applies
  }
  /** Marked already, or would be by a refused save because it is required and still empty. */
  function stopsTheSave(name: string): boolean {
    const state = read(name)
    return state.reason !== null || (state.isRequired && state.text === '' && isEmptyValue(state.value))
  }
  function focus(name: string): boolean {
    if (!mayHaveFocus(name)) return false
    targets.get(name)?.focus()
    return true
  }

  refresh(names)
  baseline = allInputs()

  return {
    fields,
    keys: createKeyQueue(options.keyTarget ?? pageKeys),
    today: () => today,
    setToday(next) {
      today = next
    },
    order,
    read,
    subscribe(name, listener) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set)
      set.add(listener)
      return () => set.delete(listener)
    },
    onChange(listener) {
      changeListeners.add(listener)
      return () => changeListeners.delete(listener)
    },
    setText,
    setInput,
    restoreText(name) {
      const cell = cellOf(name)
      if (cell.text === cell.settledText) return
      cell.text = cell.settledText
      refreshAfter(name)
      tell(name)
    },
    settledText: (name) => cellOf(name).settledText,
    setSettledText(name, text) {
      cellOf(name).settledText = text
    },
    offerDefaults(inputs) {
      const given = Object.keys(inputs).filter((name) => {
        const { text, value, provenance } = cellOf(name)
        return text === '' && isEmptyValue(value) && provenance === null
      })
      for (const name of given) setInput(name, inputs[name] ?? { text: '', value: null }, 'default')
      const now = allInputs()
      baseline = {
        ...baseline,
        ...Object.fromEntries(given.flatMap((name) => (now[name] ? [[name, now[name]]] : []))),
      }
      return given
    },
    setCardText(name, text) {
      if (cellOf(name).cardText === text) return
      cellOf(name).cardText = text
      refresh([name])
    },
    setShown(name, shown) {
      cellOf(name).shown = shown
      refresh([name])
    },
    judgeTogether() {
      judgeTogether()
      refresh(names)
    },
    leave,
    judgeNow(name) {
      cellOf(name).wasLeft = true
      judge(name)
      judgeTogether()
      refresh(names)
    },
    setNote(name, note) {
      cellOf(name).note = note
      refresh([name])
    },
    hasNote: (name) => cellOf(name).note !== null,
    check,
    values,
    inputs: allInputs,
    baseline: () => baseline,
    setBaseline(inputs) {
      baseline = inputs
    },
    provenanceOf: (name) => cellOf(name).provenance,
    provenances: () =>
      Object.fromEntries(
        names.flatMap((name) => {
          const { provenance } = cellOf(name)
          return provenance === null ? [] : [[name, provenance] as const]
        }),
      ),
    reset,
    isDirty() {
      return names.some((name) => {
        const cell = cellOf(name)
        const start = baseline[name]
        return cell.text !== (start?.text ?? '') || !areEqualValues(cell.value, start?.value)
      })
    },
    setPinned(name, isPinned) {
      cellOf(name).isPinned = isPinned
      refresh([name])
      tell(name)
    },
    pinned: () => names.filter((name) => cellOf(name).isPinned),
    attach(name, target) {
      targets.set(name, target)
      return () => {
        if (targets.get(name) === target) targets.delete(name)
      }
    },
    focus,
    moveOn(from, direction) {
      const next = findNextField(order, from, direction, mayHaveFocus)
      if (next === undefined) options.onEnd?.(direction)
      else focus(next)
    },
    focusFirst() {
      const first = order.find(mayHaveFocus)
      if (first !== undefined) focus(first)
    },
    async settle() {
      for (const target of targets.values()) await target.settle?.()
    },
    focusNextMark(from) {
      const marked = findNextMarked(order, from, (name) => mayHaveFocus(name) && stopsTheSave(name))
      return marked !== undefined && focus(marked)
    },
  }
}
