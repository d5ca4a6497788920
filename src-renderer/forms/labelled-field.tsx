import { useEffect, useRef, useState, type ReactNode } from 'react'
import { FieldInput, fieldIds, type FieldInputProps } from './field-input.tsx'
import { useFieldState } from './use-field.ts'
import { holdsSeveral, isEmptyValue, type Field } from '../../src-shared/fields/field.ts'
import { provenanceLabels } from '../../src-shared/values/provenance.ts'
import { formKeys } from '../keys/bindings.ts'
import { isPressed } from '../keys/press.ts'

/** Says what the yellow bulb is for; verbatim from product.md §2. */
const BULB_TEXT = '该项有快速完成录入助手,可以按任意键,从下拉列表中选择!'

/** Whether the field is filled from a list, which the yellow bulb says. */
function hasList(field: Field): boolean {
  return field.kind === 'code' || field.kind === 'reference' || holdsSeveral(field)
}

/**
 * Label, input and mark of one field. The gutter right of the input is always there, so that a mark never shifts anything.
 * Usable alone: in a query's conditions and in dialogs.
 */
export function LabelledField(
  props: FieldInputProps & {
    /** Columns of the form's grid; 12 make a row. */
    readonly span?: number | undefined
    /** Replaces the declared label where two fields of one screen would read alike. */
    readonly label?: string | undefined
  },
): ReactNode {
  const { store, name, idPrefix, span, label } = props
  const state = useFieldState(store, name)
  const field = store.fields[name]
  const ids = fieldIds(idPrefix, name)
  const [isExplained, setExplained] = useState(false)
  const control = useRef<HTMLSpanElement>(null)
  if (!field) return null
  // Of an empty box there is nothing to say, nor of a value whose way nobody has noted.
  const source =
    state.provenance === null || isEmptyValue(state.value)
      ? null
      : `来源:${provenanceLabels[state.provenance]}`
  const labelText =
    label ?? (field.kind === 'decimal' && field.unit ? `${field.label}(${field.unit})` : field.label)
  return (
    <div
      className={`field${state.applies ? '' : ' field-off'}${state.reason === null ? '' : ' field-marked'}${state.cardText === null ? '' : ' field-differs'}`}
      style={span === undefined ? undefined : { gridColumn: `span ${span}` }}
      data-field={name}
      onKeyDown={(event) => {
        if (isPressed(event.nativeEvent, formKeys.explain) && (state.reason !== null || source !== null)) {
          event.preventDefault()
          setExplained((shown) => !shown)
        } else if (isExplained) setExplained(false)
      }}
      onBlur={() => setExplained(false)}
    >
      <span className="field-label">
        {state.isRequired ? (
          <span className="field-star" aria-hidden="true">
            *
          </span>
        ) : null}
        <label
          id={ids.label}
          htmlFor={ids.control}
          title={source === null ? labelText : `${labelText}\n${source}`}
        >
          {labelText}
        </label>
      </span>
      <span ref={control} className="field-control" title={source ?? undefined}>
        <FieldInput {...props} />
        {source !== null && state.provenance !== 'typed' ? (
          <span className="field-source" aria-hidden="true">
            {source.slice('来源:'.length)}
          </span>
        ) : null}
        {state.isPinned ? <PinMark /> : null}
        {state.reason === null && source !== null ? (
          <Tip text={source} isShown={isExplained} anchor={control} className="field-hint" />
        ) : null}
      </span>
      <span className="field-gutter">
        {state.reason === null ? (
          state.cardText !== null ? (
            <CardMark text={state.cardText} />
          ) : hasList(field) ? (
            <Bulb />
          ) : null
        ) : (
          <Mark id={ids.reason} reason={state.reason} source={source} isExplained={isExplained} />
        )}
      </span>
    </div>
  )
}

/** The red question mark. Hover, focus or F1 in the field shows its sentence. */
function Mark(props: {
  readonly id: string
  readonly reason: string
  readonly source: string | null
  readonly isExplained: boolean
}): ReactNode {
  const [isNear, setNear] = useState(false)
  const mark = useRef<HTMLButtonElement>(null)
  const isShown = isNear || props.isExplained
  return (
    <>
      <button
        ref={mark}
        type="button"
        tabIndex={-1}
        className="field-mark"
        aria-label={props.reason}
        onMouseEnter={() => setNear(true)}
        onMouseLeave={() => setNear(false)}
        onFocus={() => setNear(true)}
        onBlur={() => setNear(false)}
      >
        ?
      </button>
      <Tip
        id={props.id}
        text={props.reason}
        note={props.isExplained ? props.source : null}
        isShown={isShown}
        anchor={mark}
        className="field-reason"
      />
    </>
  )
}

/** A card says something else: hover shows what. */
function CardMark(props: { readonly text: string }): ReactNode {
  const [isNear, setNear] = useState(false)
  const mark = useRef<HTMLSpanElement>(null)
  const sentence = `读卡:${props.text}`
  return (
    <>
      <span
        ref={mark}
        className="field-card"
        role="img"
        aria-label={sentence}
        onMouseEnter={() => setNear(true)}
        onMouseLeave={() => setNear(false)}
      >
        ≠
      </span>
      <Tip text={sentence} isShown={isNear} anchor={mark} className="field-hint" />
    </>
  )
}

function Bulb(): ReactNode {
  const [isNear, setNear] = useState(false)
  const bulb = useRef<HTMLSpanElement>(null)
  return (
    <>
      <span
        ref={bulb}
        className="field-bulb"
        role="img"
        aria-label={BULB_TEXT}
        onMouseEnter={() => setNear(true)}
        onMouseLeave={() => setNear(false)}
      >
        <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
          <path
            d="M8 1a5 5 0 0 0-3 9c.6.5.9 1 1 1.7V12h4v-.3c.1-.7.4-1.2 1-1.7a5 5 0 0 0-3-9z"
            fill="#ffc928"
            stroke="#a87900"
            strokeWidth=".8"
          />
          <path d="M6 13h4v1H6zM6.6 14.6h2.8v.8H6.6z" fill="#7a7a7a" />
        </svg>
      </span>
      <Tip text={BULB_TEXT} isShown={isNear} anchor={bulb} className="field-hint" />
    </>
  )
}

function PinMark(): ReactNode {
  return (
    <span className="field-pin" role="img" aria-label="已固定" title="已固定:保存并新增后保留(Ctrl+P 放开)">
      <svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true">
        <path d="M9.8 1.2 14.8 6.2 13.6 7 12.9 6.6 10 9.5 9.8 12.2 8.8 13 5.9 10.1 2 14 1.6 13.6 5.5 9.7 3 7.2 3.8 6.2 6.5 6 9.4 3.1 9 2.4z" />
      </svg>
    </span>
  )
}

/** A sentence beside its mark, placed in the window so that no scrolled box cuts it off. */
function Tip(props: {
  readonly id?: string
  readonly text: string
  /** A quiet second line. */
  readonly note?: string | null
  readonly isShown: boolean
  readonly anchor: { readonly current: HTMLElement | null }
  readonly className: string
}): ReactNode {
  const tip = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    const at = props.anchor.current?.getBoundingClientRect()
    const element = tip.current
    if (!props.isShown || !at || !element) return
    const width = element.offsetWidth
    const isRoomBelow = at.bottom + 4 + element.offsetHeight < window.innerHeight
    element.style.left = `${Math.max(4, Math.min(at.left - 8, window.innerWidth - width - 8))}px`
    element.style.top = isRoomBelow ? `${at.bottom + 4}px` : `${at.top - element.offsetHeight - 4}px`
  })
  return (
    <span
      ref={tip}
      id={props.id}
      role="tooltip"
      className={`field-tip ${props.className}${props.isShown ? ' field-tip-shown' : ''}`}
    >
      {props.text}
      {props.note == null ? null : <span className="field-tip-note">{props.note}</span>}
    </span>
  )
}
