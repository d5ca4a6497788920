import { useEffect, useRef, type ReactNode, type RefObject } from 'react'
import { unreachableKind } from '../../src-shared/fields/field.ts'
import type { FormStore } from './form-store.ts'
import { ListInput } from './list-input.tsx'
import { LookupInput } from './lookup-input.tsx'
import { PhotoInput } from './photo-input.tsx'
import { AutomaticText, TypedInput } from './typed-input.tsx'

/**
 * Asks for the form of a look-up register, or for a new entry of a kept dictionary, in place (新增…, Ctrl+N); `typedText` is
 * what was typed to find it.
 */
export type CreateInPlace = (field: string, typedText: string) => void

export type FieldInputProps = {
  readonly store: FormStore
  readonly name: string
  /** Begins the ids of this form's elements; different for every form on the page. */
  readonly idPrefix: string
  /** A field of the same store whose code the list's entries must stand below (streets of a community). */
  readonly parentField?: string | undefined
  /** The code below which the list's entries are looked for first (the community of a batch), or null. */
  readonly preferredParent?: (() => string | null) | undefined
  /** What an empty field that the program fills says; absent: that it is filled by the save. */
  readonly emptyText?: string | undefined
  /** Offers 新增… in the list; absent: not offered. */
  readonly onCreate?: CreateInPlace | undefined
}

/** The ids that tie a control, its label and the sentence of its mark together. */
export function fieldIds(idPrefix: string, name: string) {
  return {
    control: `${idPrefix}-${name}`,
    label: `${idPrefix}-${name}-label`,
    reason: `${idPrefix}-${name}-reason`,
    list: `${idPrefix}-${name}-list`,
  } as const
}

/** The input of one field: the one place that turns a kind into a control. */
export function FieldInput(props: FieldInputProps): ReactNode {
  const field = props.store.fields[props.name]
  if (!field) throw new Error(`the form has no field ${props.name}`)
  if (field.isAutomatic) return <AutomaticText {...props} />
  switch (field.kind) {
    case 'text':
    case 'date':
    case 'integer':
    case 'decimal':
    case 'money':
      return <TypedInput {...props} field={field} />
    case 'code':
    case 'codes':
    case 'reference':
    case 'references':
    case 'boolean':
      return <LookupInput {...props} field={field} />
    case 'photo':
      return <PhotoInput {...props} field={field} />
    case 'list':
      return <ListInput {...props} field={field} />
    default:
      return unreachableKind(field)
  }
}

/** Writes the number of renders to the element, where a test counts them: typing in one field renders no other. */
export function useRenderCount(element: RefObject<HTMLElement | null>): void {
  const count = useRef(0)
  useEffect(() => {
    count.current += 1
    if (element.current) element.current.dataset['renders'] = String(count.current)
  })
}
