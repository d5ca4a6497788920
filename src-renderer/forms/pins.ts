import type { Field } from '../../src-shared/fields/field.ts'
import type { EntryLayout } from './layouts.ts'

/** Registers of people: a reference to one of them stands for a person. */
const PERSON_REGISTERS: readonly string[] = ['resident', 'minor']

/** Formats that name or reach one person. */
const PERSONAL_FORMATS: readonly string[] = ['personName', 'citizenIdNumber', 'documentNumber', 'telephone']

/**
 * Whether a field may keep its value for the next form. What identifies one person never may: the next paper is another
 * person's. The one who collected the forms is no such person.
 */
export function isPinnable(field: Field): boolean {
  if (field.isAutomatic || field.isPersonal) return false
  switch (field.kind) {
    case 'text':
      return !PERSONAL_FORMATS.includes(field.format)
    case 'reference':
    case 'references':
      return !PERSON_REGISTERS.includes(field.register)
    case 'photo':
    case 'list':
      return false
    case 'code':
    case 'codes':
    case 'date':
    case 'integer':
    case 'decimal':
    case 'money':
    case 'boolean':
      return true
  }
}

/** The pins a form of the register begins with. */
export function firstPins(layout: EntryLayout, fields: Readonly<Record<string, Field>>): readonly string[] {
  return layout.pins.filter((name) => {
    const field = fields[name]
    return field !== undefined && isPinnable(field)
  })
}

/** The pinned fields that another value of `changed` lets go. */
export function listReleased(
  layout: EntryLayout,
  changed: string,
  pinned: readonly string[],
): readonly string[] {
  return (layout.pinsBelow?.[changed] ?? []).filter((name) => pinned.includes(name))
}
