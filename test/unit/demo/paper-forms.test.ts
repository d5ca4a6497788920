import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demoBaseDate, generateDemoRecords } from '../../../src-shared/demo/generate-demo.ts'
import { checkRecord } from '../../../src-shared/fields/check.ts'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { isTypedField, parseTyped } from '../../../src-shared/fields/parse.ts'
import { getField } from '../../../src-shared/registers/register.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { parseCitizenIdNumber } from '../../../src-shared/values/citizen-id-number.ts'
import { inventPaperForms } from '../../../tools/demo/invent-paper-forms.ts'
import { listEntriesWithDemo } from '../../../tools/demo/list-entries.ts'
import { readPaperForms } from '../../../tools/demo/paper-form.ts'
import type { PaperField, PaperForm } from '../../../tools/demo/paper-form.ts'

const forms = readPaperForms(join(import.meta.dirname, '..', '..', 'fixtures', 'forms'))
/** The day on which the pile is typed; any later one gives the same. */
const today = '2025-02-01'
const hasCode = (dictionary: string, code: string): boolean =>
  listEntriesWithDemo(dictionary).some((entry) => entry.code === code)

/** The record that the form should become; the employer of a nested form gets an id of its own. */
function recordOf(fields: readonly PaperField[]): RecordValues {
  const values: Record<string, FieldValue> = {}
  for (const { field, stored } of fields) {
    const isReference = typeof stored === 'object' && !Array.isArray(stored)
    values[field] = isReference ? (stored.demoId ?? '01933c4e-0000-7000-8000-000000000001') : stored
  }
  return values
}
const find = (form: PaperForm, field: string): PaperField | undefined =>
  form.fields.find((each) => each.field === field)

test('the files are what the tool makes', () => {
  expect(inventPaperForms(listEntriesWithDemo)).toEqual(forms)
  expect(forms.map((form) => form.number)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
})

describe.each(forms.map((form) => [form.number, form] as const))('form %i', (_, form) => {
  const parts: (readonly [RegisterName, readonly PaperField[]])[] = [[form.register, form.fields]]
  if (form.nested !== null) parts.push([form.nested.register, form.nested.fields])

  test.each(parts)(
    'is a %s record that passes the checks, in the order of the declaration',
    (register, fields) => {
      expect(checkRecord(getRegister(register), recordOf(fields), { today, hasCode })).toEqual([])
      const order = Object.keys(getRegister(register).fields)
      const places = fields.map(({ field }) => order.indexOf(field))
      expect(places).toEqual([...new Set(places)].toSorted((left, right) => left - right))
      for (const { field, label } of fields) expect(label).toBe(getField(getRegister(register), field).label)
    },
  )

  test.each(parts)('as typed into the %s form gives the stored values', (register, fields) => {
    for (const { field: name, keys, stored, filledBy } of fields) {
      const field = getField(getRegister(register), name)
      if (!isTypedField(field) || keys === null) continue
      for (const day of [today, '2026-11-21', '2038-01-01']) {
        expect(parseTyped(field, keys, day), `${name} on ${day}`).toEqual({ ok: true, value: stored })
      }
      expect(filledBy).toBeUndefined()
    }
  })

  test('what is filled from the number agrees with it', () => {
    const filled = form.fields.filter((field) => field.filledBy === 'documentNumber')
    expect(filled).toHaveLength(find(form, 'documentTypeCode')?.stored === '01' ? 3 : 0)
    const parsed = parseCitizenIdNumber(find(form, 'documentNumber')?.paper ?? '')
    if (!parsed.ok) return
    const { sexCode, birthDate, divisionCode } = parsed.value
    expect(filled.map((field) => field.stored)).toEqual([sexCode, birthDate, divisionCode])
  })
})

describe('the pile', () => {
  test('refers to demo records, and holds nobody of the demo data', () => {
    const records = [...generateDemoRecords()].flat()
    const ids = new Set(records.map((record) => record.id))
    const numbers = new Set(
      records.map(({ values }) => values['documentNumber'] ?? values['citizenIdNumber']),
    )
    for (const form of forms) {
      for (const { stored } of form.fields) {
        if (typeof stored !== 'object' || Array.isArray(stored) || stored.demoId === null) continue
        expect(ids).toContain(stored.demoId)
      }
      expect(numbers).not.toContain(find(form, 'documentNumber')?.stored)
    }
  })

  test('has the households and situations of its README', () => {
    const households = Map.groupBy(
      forms.filter((form) => form.household !== null),
      (form) => form.household,
    )
    expect([...households.values()].map((members) => members.length)).toEqual([4, 3, 2, 2, 2, 2])
    for (const members of households.values()) {
      expect(members.map((form) => form.isFurtherMember)).toEqual(members.map((_, index) => index > 0))
      expect(new Set(members.map((form) => find(form, 'dwellingId')?.paper)).size).toBe(1)
      for (const member of members.slice(1)) expect(find(member, 'dwellingId')?.sameAsPrevious).toBe(true)
    }
    const situations = forms.filter((form) => form.situation !== 'plain')
    expect(situations.map((form) => [form.number, form.situation])).toEqual([
      [6, 'wrongCheckDigit'],
      [10, 'newEmployer'],
      [15, 'interrupted'],
      [23, 'duplicate'],
    ])
  })

  test('holds each person once, but for the duplicate', () => {
    const numbers = forms.map((form) => find(form, 'documentNumber')?.stored)
    expect(new Set(numbers).size).toBe(29)
    expect(numbers[22]).toBe(numbers[10])
    expect(forms[22]).toMatchObject({ duplicateOf: 11 })
  })

  test('its slip is one digit, and the check character notices it', () => {
    const form = forms[5]
    expect(parseCitizenIdNumber(form?.slip?.keys ?? '')).toMatchObject({
      ok: false,
      problem: { kind: form?.slip?.problem },
    })
    const right = form === undefined ? '' : (find(form, 'documentNumber')?.paper ?? '')
    const wrong = form?.slip?.keys ?? ''
    expect([...right].filter((sign, index) => sign !== wrong.charAt(index))).toHaveLength(1)
  })

  test('has a retired county, a passport, rare characters and minorities', () => {
    expect(forms[13]?.fields.find((field) => field.field === 'householdDivisionCode')?.stored).toBe('510222')
    const retired = listEntriesWithDemo('division').find((entry) => entry.code === '510222')
    expect(retired?.validTo).not.toBeNull()
    expect(forms[19]?.fields[0]?.paper).toBe('护照')
    const names = forms.map((form) => find(form, 'name')?.paper)
    expect(names).toEqual(expect.arrayContaining(['𠮷冬梅', '尉迟㛃', '阿依古丽·热合曼', '单雪']))
    expect(forms.filter((form) => find(form, 'ethnicGroupCode')?.stored !== '01').length).toBeGreaterThan(5)
    expect(demoBaseDate < today).toBe(true)
  })
})
