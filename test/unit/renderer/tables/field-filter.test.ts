import { expect, test } from 'vitest'
import { operatorsOf } from '../../../../src-shared/fields/filter.ts'
import { parseTyped, isTypedField } from '../../../../src-shared/fields/parse.ts'
import { REGISTER_NAMES, getField } from '../../../../src-shared/registers/register.ts'
import { getRegister } from '../../../../src-shared/registers/registers.ts'
import { filtersOf } from '../../../../src-renderer/pages/query/conditions.ts'
import { conditionOf, filterInputs } from '../../../../src-renderer/tables/field-filter.ts'

const resident = getRegister('resident')

test('every question of every register is one the backend can answer', () => {
  for (const name of REGISTER_NAMES) {
    const register = getRegister(name)
    for (const filter of filtersOf[name]) {
      const field = getField(register, filter.field)
      const offered = operatorsOf(field)
      expect(offered.length).toBeGreaterThan(0)
      if (filter.operator) expect(offered).toContain(filter.operator)
      expect(filterInputs(filter, field).length).toBeGreaterThan(0)
      for (const input of filterInputs(filter, field)) {
        expect(input.field.required).toBe(false)
        expect(input.field.requiredWhen).toBeUndefined()
        expect(input.field.appliesWhen).toBeUndefined()
      }
    }
  }
})

test('a day is asked for as a range, open at either end', () => {
  const filter = { field: 'collectionDate' }
  const field = getField(resident, 'collectionDate')
  expect(filterInputs(filter, field).map((input) => input.name)).toEqual([
    'collectionDateFrom',
    'collectionDateTo',
  ])
  expect(conditionOf(filter, field, { collectionDateFrom: '2026-01-01', collectionDateTo: null })).toEqual({
    field: 'collectionDate',
    operator: 'between',
    from: '2026-01-01',
  })
  expect(conditionOf(filter, field, {})).toBeUndefined()
})

test('initials are no name, yet they are taken', () => {
  const [input] = filterInputs({ field: 'name' }, getField(resident, 'name'))
  const asked = input!.field
  expect(isTypedField(asked) && parseTyped(asked, 'zwx', '2026-11-21')).toEqual({ ok: true, value: 'zwx' })
  expect(conditionOf({ field: 'name' }, getField(resident, 'name'), { name: 'zwx' })).toEqual({
    field: 'name',
    operator: 'name',
    value: 'zwx',
  })
})

test('the beginning of a number is normalised as the number is stored', () => {
  const field = getField(resident, 'documentNumber')
  expect(conditionOf({ field: 'documentNumber' }, field, { documentNumber: '４２０ 106x' })).toEqual({
    field: 'documentNumber',
    operator: 'startsWith',
    value: '420106X',
  })
})

test('photos and sub-lists cannot be asked for', () => {
  expect(filterInputs({ field: 'photo' }, getField(resident, 'photo'))).toEqual([])
  expect(conditionOf({ field: 'photo' }, getField(resident, 'photo'), { photo: 'x' })).toBeUndefined()
})
