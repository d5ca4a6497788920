import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { paperField, paperForm } from './paper-form.ts'

/** A clerk's whole day as test/fixtures/day/README.md describes it. */

const step = z.strictObject({
  label: z.string(),
  /** The chord that a practised clerk strikes in the list of records. */
  chord: z.string(),
  asks: z.array(paperField),
})

const dayRecord = z.strictObject({
  number: z.number().int(),
  register: z.enum(['residencePermit', 'inspection', 'serviceRequest']),
  fields: z.array(paperField),
  /** Steps of the register's flow, in their order. */
  steps: z.array(step),
  /** Values that the program makes, and those of the steps. */
  after: z.record(z.string(), z.string()),
  /** The stage a person is shown at the end of the day. */
  shownStage: z.string(),
})

const modification = z.strictObject({
  form: z.number().int(),
  field: paperField,
  kind: z.enum(['correction', 'change']),
  /** 更正原因 and 更正说明 of a correction, 变更日期 of a change. */
  asks: z.array(paperField),
  /** What the history says of it. */
  reason: z.string(),
  effectiveDate: z.string().nullable(),
})

const move = z.strictObject({
  /** Forms of the household; the children named in them move along. */
  forms: z.array(z.number().int()),
  asks: z.array(paperField),
})

const person = z.strictObject({
  register: z.enum(['resident', 'minor']),
  form: z.number().int(),
  name: z.string(),
})
/** 注销 of a person or of a dwelling, 恢复 of a person. */
const cancellation = z.strictObject({ person, asks: z.array(paperField) })
const clearance = z.strictObject({
  /** The dwelling as a query asks for it. */
  conditions: z.array(paperField),
  dwellingId: z.string(),
  asks: z.array(paperField),
})

const dayActs = z.strictObject({
  batch: z.strictObject({ head: z.array(paperField), voidReason: z.string() }),
  modifications: z.array(modification),
  moves: z.array(move),
  cancellations: z.array(cancellation),
  clearance,
  restorations: z.array(cancellation),
})

const dayFiles = {
  forms: z.array(paperForm),
  permits: z.array(dayRecord),
  inspections: z.array(dayRecord),
  requests: z.array(dayRecord),
  acts: dayActs,
} as const

export type DayRecord = z.infer<typeof dayRecord>
export type DayActs = z.infer<typeof dayActs>
/** `forms` lie behind the thirty of test/fixtures/forms. */
export type Day = { readonly [Name in keyof typeof dayFiles]: z.infer<(typeof dayFiles)[Name]> }

/** Reads the day's files, `forms.json` to `acts.json`. @throws when a file has another shape. */
export function readDay(folder: string): Day {
  const read = (name: keyof Day): unknown => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
  return {
    forms: dayFiles.forms.parse(read('forms')),
    permits: dayFiles.permits.parse(read('permits')),
    inspections: dayFiles.inspections.parse(read('inspections')),
    requests: dayFiles.requests.parse(read('requests')),
    acts: dayFiles.acts.parse(read('acts')),
  }
}
