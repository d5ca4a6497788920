import { describe, expect, it } from 'vitest'
import { computeCitizenIdCheckCharacter } from '../../../src-shared/values/citizen-id-number.ts'
import { REGISTER_NAMES } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { focusOrderOf, getLayout } from '../../../src-renderer/forms/layouts.ts'
import { identityFieldOf, valuesFromNumber } from '../../../src-renderer/pages/entry/identity-number.ts'

describe.each(REGISTER_NAMES)('the layout of %s', (name) => {
  const layout = getLayout(name)
  const { fields } = getRegister(name)

  it('shows every field once, in the order of the paper form', () => {
    expect(focusOrderOf(layout)).toEqual(Object.keys(fields))
  })
  it('leaves no place across the end of a row of twelve columns', () => {
    for (const { title, items } of layout.sections) {
      let column = 0
      for (const { span } of items) {
        expect(column + span, `${title}, column ${column}`).toBeLessThanOrEqual(12)
        column = (column + span) % 12
      }
    }
  })
  it('names only fields that exist', () => {
    const below = Object.entries(layout.pinsBelow ?? {}).flat(2)
    for (const each of [...layout.pins, ...below, ...layout.notCopied, ...Object.keys(layout.parents)])
      expect(Object.keys(fields)).toContain(each)
    for (const item of layout.sections.flatMap(({ items }) => items)) {
      if (!('reference' in item)) continue
      const reference = fields[item.reference]
      expect(reference?.kind === 'reference' && reference.shows).toContain(item.of)
    }
  })
  it('shows every value that stands beside a reference', () => {
    const shown = layout.sections.flatMap(({ items }) =>
      items.flatMap((item) => ('reference' in item ? [`${item.reference}.${item.of}`] : [])),
    )
    const declared = Object.entries(fields).flatMap(([field, each]) =>
      each.kind === 'reference' ? each.shows.map((of) => `${field}.${of}`) : [],
    )
    expect(shown).toEqual(declared)
  })
})

describe('an identity number', () => {
  const digits = '42010619930412003'
  const number = digits + computeCitizenIdCheckCharacter(digits)

  it('gives sex, birth day and place', () => {
    expect(valuesFromNumber('resident', number)).toEqual({
      sexCode: '1',
      birthDate: '1993-04-12',
      householdDivisionCode: '420106',
    })
    expect(valuesFromNumber('coordinator', number)).toEqual({ sexCode: '1' })
    expect(valuesFromNumber('employer', number)).toEqual({})
  })
  it('gives nothing when it is wrong', () => {
    expect(valuesFromNumber('resident', `${digits}0`)).toEqual({})
  })
  it('is looked for only where the document has one', () => {
    expect(identityFieldOf('resident', { documentTypeCode: '01' })).toBe('documentNumber')
    expect(identityFieldOf('resident', { documentTypeCode: '03' })).toBeUndefined()
    expect(identityFieldOf('coordinator', {})).toBe('citizenIdNumber')
  })
})
