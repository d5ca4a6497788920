import { expect, test } from 'vitest'
import { REGISTER_NAMES } from '../../../../src-shared/registers/register.ts'
import { getRegister } from '../../../../src-shared/registers/registers.ts'
import { columnOfField, fitColumns } from '../../../../src-renderer/tables/field-column.ts'

test('every field of every register has a column with its label', () => {
  for (const name of REGISTER_NAMES) {
    for (const [key, field] of Object.entries(getRegister(name).fields)) {
      const column = columnOfField(key, field)
      expect(column.label).toBe(field.label)
      expect(column.width).toBeGreaterThan(0)
    }
  }
})

test('numbers stand right, what has no order cannot be sorted', () => {
  const { fields } = getRegister('dwelling')
  expect(columnOfField('roomCount', fields['roomCount']!).align).toBe('right')
  expect(columnOfField('safetyFacilityCodes', fields['safetyFacilityCodes']!).isSortable).toBe(false)
})

test('a column is as wide as its widest text, within bounds', () => {
  const { fields } = getRegister('resident')
  const columns = [columnOfField('name', fields['name']!), columnOfField('remarks', fields['remarks']!)]
  const texts: Record<string, readonly string[]> = {
    name: ['张三', '欧阳小明'],
    remarks: ['很'.repeat(200)],
  }
  const [name, remarks] = fitColumns(
    columns,
    (column) => texts[column.key] ?? [],
    (text) => text.length * 13,
  )
  expect(name?.width).toBe(4 * 13 + 18)
  expect(remarks?.width).toBe(320)
})
