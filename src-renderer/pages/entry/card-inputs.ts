import type { DraftInput, LookupSource } from '../../../src-shared/contract/types.ts'
import type { FieldValue } from '../../../src-shared/fields/field.ts'
import { isTypedField, parseTyped, type TypedField } from '../../../src-shared/fields/parse.ts'
import type { CardFields } from '../../../src-shared/readers/card-reading.ts'
import { listCardValues } from '../../../src-shared/readers/card-values.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { inputOf } from '../../forms/input-of.ts'
import { lookupSourceOf, readLabels } from '../../forms/lookup-source.ts'

/** Names of codes that cards had before, by table and code: the next card waits for nothing. */
const knownLabels = new Map<string, string>()

function keyOf(source: LookupSource, code: string): string {
  return `${source.name} ${code}`
}

/** What a card puts into the fields of a register, each as its box shows it. A code that no table has is left out, and named. */
export async function inputsOfCard(
  register: Register,
  card: CardFields,
  today: string,
): Promise<{ readonly inputs: Readonly<Record<string, DraftInput>>; readonly unknown: readonly string[] }> {
  const wanted = Object.entries(listCardValues(register.name, card)).flatMap(([name, value]) => {
    const field = register.fields[name]
    return field ? [{ name, field, value, source: sourceOf(field) }] : []
  })
  await Promise.all(
    wanted.map(async ({ value, source }) => {
      const code = String(value)
      if (!source || knownLabels.has(keyOf(source, code))) return
      const label = (await readLabels(source, [code])).get(code)
      if (label !== undefined) knownLabels.set(keyOf(source, code), label)
    }),
  )
  const inputs: Record<string, DraftInput> = {}
  const unknown: string[] = []
  for (const { name, field, value, source } of wanted) {
    const label = source ? knownLabels.get(keyOf(source, String(value))) : undefined
    if (source && label === undefined)
      unknown.push(`「${field.label}」代码 ${String(value)} 不在字典中,请核对后录入。`)
    else inputs[name] = isTypedField(field) ? readAsTyped(field, value, today) : inputOf(field, value, label)
  }
  return { inputs, unknown }

  function sourceOf(field: Register['fields'][string]): LookupSource | null {
    return field.kind === 'code' ? lookupSourceOf(field) : null
  }
}

/**
 * A text of the card as if it had been typed: blanks and forms of characters become those that are stored, so that the same text is
 * the same value. One that is no value stays as the card has it, and is marked like a typed one.
 */
function readAsTyped(field: TypedField, value: FieldValue, today: string): DraftInput {
  const text = String(value)
  const parsed = parseTyped(field, text, today)
  return parsed.ok ? inputOf(field, parsed.value, undefined) : { text, value }
}

/** The field of a form that a card's number goes into; undefined where the form is about no person of its own. */
export function cardNumberFieldOf(register: RegisterName): string | undefined {
  switch (register) {
    case 'resident':
    case 'minor':
      return 'documentNumber'
    case 'coordinator':
      return 'citizenIdNumber'
    case 'residencePermit':
    case 'dwelling':
    case 'employer':
    case 'school':
    case 'estate':
    case 'lease':
    case 'inspection':
    case 'serviceRequest':
      return undefined
  }
}
