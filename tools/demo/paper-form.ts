import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { LOOKUP_REGISTER_NAMES } from '../../src-shared/fields/field.ts'

/** One invented paper form as test/fixtures/forms/README.md describes it. */

const reference = z.strictObject({
  register: z.enum(LOOKUP_REGISTER_NAMES),
  /** Id of the demo record, or null where the referenced record is the nested form's or becomes one of the pile. */
  demoId: z.string().nullable(),
  /** Title by which a person tells it apart. */
  title: z.string(),
  /** Number of the form whose record is meant. */
  formNumber: z.number().int().optional(),
})
const scalar = z.union([z.string(), z.number()])
const row = z.record(z.string(), scalar)

export const paperField = z.strictObject({
  field: z.string(),
  label: z.string(),
  kind: z.enum(['text', 'code', 'codes', 'reference', 'date', 'integer', 'decimal', 'list']),
  /** What stands on the paper. */
  paper: z.string(),
  /** What a practised clerk types; null where the program fills the field. */
  keys: z.string().nullable(),
  /** The stored value. */
  stored: z.union([scalar, z.array(z.string()), z.array(row), reference]),
  /** The field whose entry fills this one, or `default` for a value the empty form holds; absent where the clerk types. */
  filledBy: z.string().optional(),
  /** The stored value is that of the form before, so a pin or F4 brings it. */
  sameAsPrevious: z.boolean().optional(),
})

const nestedForm = z.strictObject({
  openedFrom: z.string(),
  register: z.literal('employer'),
  fields: z.array(paperField),
})

export const paperForm = z.strictObject({
  /** 1–40, the order on the pile. */
  number: z.number().int(),
  register: z.literal('resident'),
  situation: z.enum(['plain', 'newEmployer', 'duplicate', 'wrongCheckDigit', 'interrupted']),
  /** Letter of the household, or null for a person alone. */
  household: z.string().nullable(),
  isFurtherMember: z.boolean(),
  fields: z.array(paperField),
  nested: nestedForm.nullable(),
  /** The paper has a slip: what the clerk types first, and the sentence's rule; `fields` holds the corrected value. */
  slip: z
    .strictObject({ field: z.string(), keys: z.string(), problem: z.literal('checkCharacter') })
    .nullable(),
  /** Number of the form that registers the same person, for a duplicate: nothing is saved. */
  duplicateOf: z.number().int().nullable(),
  /** The client is killed right after this field was typed. */
  interruptedAfter: z.string().nullable(),
})

export type PaperField = z.infer<typeof paperField>
export type PaperForm = z.infer<typeof paperForm>

/** Reads all forms of a folder in the order of the pile. @throws when a file has another shape. */
export function readPaperForms(folder: string): readonly PaperForm[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => paperForm.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))))
    .toSorted((left, right) => left.number - right.number)
}
