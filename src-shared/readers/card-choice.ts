import type { FieldValue } from '../fields/field.ts'

/** What became of a field where a card and the clerk said different things: whose value is stored, and what the other one was. */
export type CardChoice = {
  readonly took: 'card' | 'typed'
  /** The value that is not stored; characters that were no value of the field yet stand as they were typed. */
  readonly other: FieldValue
}

/** By field; only fields where the two differed. */
export type CardChoices = Readonly<Record<string, CardChoice>>

/** A line of the history about one field: 读卡值 …,保留录入, or the other way round. `other` as it may be shown. */
export function describeCardChoice(took: CardChoice['took'], other: string): string {
  return took === 'card' ? `采用读卡,原录入 ${other}` : `读卡值 ${other},保留录入`
}

/** The choices that a stored line says about these fields. */
export function readCardChoices(stored: unknown, fields: readonly string[]): CardChoices {
  if (typeof stored !== 'object' || stored === null) return {}
  const known = stored as Readonly<Record<string, Partial<CardChoice> | null | undefined>>
  return Object.fromEntries(
    fields.flatMap((name) => {
      const choice = Object.hasOwn(known, name) ? known[name] : undefined
      if (choice?.took !== 'card' && choice?.took !== 'typed') return []
      return [[name, { took: choice.took, other: choice.other ?? null }] as const]
    }),
  )
}
