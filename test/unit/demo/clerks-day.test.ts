import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkRecord } from '../../../src-shared/fields/check.ts'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { isTypedField, parseTyped } from '../../../src-shared/fields/parse.ts'
import { holidayFile, holidayTableOf } from '../../../src-shared/regions/holiday-file.ts'
import { judgePermit } from '../../../src-shared/regions/permit-rules.ts'
import { regionFile } from '../../../src-shared/regions/region-profile.ts'
import { getField } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { parseCitizenIdNumber } from '../../../src-shared/values/citizen-id-number.ts'
import { readDay } from '../../../tools/demo/day.ts'
import { inventDay } from '../../../tools/demo/invent-day.ts'
import { listEntriesWithDemo } from '../../../tools/demo/list-entries.ts'
import { readPaperForms, type PaperField } from '../../../tools/demo/paper-form.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const day = readDay(join(root, 'test', 'fixtures', 'day'))
const pile = [...readPaperForms(join(root, 'test', 'fixtures', 'forms')), ...day.forms]
const records = [...day.permits, ...day.inspections, ...day.requests]
const today = '2026-11-28'
const hasCode = (dictionary: string, code: string): boolean =>
  listEntriesWithDemo(dictionary).some((entry) => entry.code === code)

function recordOf(fields: readonly PaperField[]): RecordValues {
  const values: Record<string, FieldValue> = {}
  for (const { field, stored } of fields) {
    const isReference = typeof stored === 'object' && !Array.isArray(stored)
    values[field] = isReference ? (stored.demoId ?? '01933c4e-0000-7000-8000-000000000001') : stored
  }
  return values
}

test('the files are what the tool makes', () => {
  expect(inventDay(listEntriesWithDemo)).toEqual(day)
})

test('forty forms, ten of them behind the thirty, of people with valid numbers who come once', () => {
  expect(pile.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  const numbers = day.forms.map(
    (form) => form.fields.find(({ field }) => field === 'documentNumber')?.paper ?? '',
  )
  for (const number of numbers) expect(parseCitizenIdNumber(number).ok, number).toBe(true)
  const saved = pile.filter((form) => form.duplicateOf === null)
  const all = saved.map((form) => form.fields.find(({ field }) => field === 'documentNumber')?.paper)
  expect(new Set(all).size).toBe(39)
})

describe.each([...day.forms, ...records].map((each) => [`${each.register} ${each.number}`, each] as const))(
  '%s',
  (_, { register: name, fields }) => {
    const register = getRegister(name)
    test('passes the checks, in the order of the declaration, and as typed gives the stored values', () => {
      expect(checkRecord(register, recordOf(fields), { today, hasCode })).toEqual([])
      const order = Object.keys(register.fields)
      const places = fields.map(({ field }) => order.indexOf(field))
      expect(places).toEqual([...new Set(places)].toSorted((left, right) => left - right))
      for (const { field: fieldName, keys, stored } of fields) {
        const field = getField(register, fieldName)
        if (!isTypedField(field) || keys === null) continue
        expect(parseTyped(field, keys, today), fieldName).toEqual({ ok: true, value: stored })
      }
    })
  },
)

test('every step starts from the stage before it and ends where the record does', () => {
  for (const { register, steps, after, number } of records) {
    const { flow } = getRegister(register)
    let stage = flow?.stageAfterSave(register === 'inspection' ? { hazardCodes: ['10'] } : {}, null)
    for (const { label, chord } of steps) {
      const step = flow?.steps.find((each) => each.label === label)
      expect(step?.from, `${register} ${number}`).toContain(stage)
      expect(chord).toBe(`Control+Shift+${(flow?.steps.findIndex((each) => each === step) ?? -1) + 1}`)
      stage = step?.to
    }
    expect(after['stageCode'], `${register} ${number}`).toBe(stage)
  }
})

test('the permits keep the national profile, and their days are those that follow from it', () => {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(join(root, 'dictionaries', 'regions', `${name}.json`), 'utf8'))
  const region = {
    profile: { id: 'national', ...regionFile.parse(read('national')) },
    holidays: holidayTableOf(holidayFile.parse(read('holidays'))),
    labelOf: (_dictionary: string, code: string) => code,
  }
  const issued = new Map<number, { validUntilDate: string; issueDate: string }>()
  for (const { fields, after, number } of day.permits) {
    const { stored } = fields[0] as PaperField
    const form = typeof stored === 'object' && !Array.isArray(stored) ? Number(stored.formNumber) || 0 : 0
    const values = recordOf(pile.find((each) => each.number === form)?.fields ?? [])
    const applicant = { name: '', values, issued: issued.get(form) ?? null, inProcess: null }
    const verdict = judgePermit(recordOf(fields), applicant, region)
    expect(verdict.breaches, `permit ${number}`).toEqual([])
    expect(verdict.dueDate, `permit ${number}`).toBe(after['dueDate'])
    const { issueDate, validUntilDate } = after
    if (issueDate !== undefined && validUntilDate !== undefined)
      issued.set(form, { issueDate, validUntilDate })
  }
  expect(new Set(day.permits.map(({ after }) => after['stageCode']))).toEqual(new Set(['30', '40', '90']))
})
