import { describe, expect, it } from 'vitest'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { mergeEdit, STATUS_FIELD, type Edit, type MergeState } from '../../../src-shared/sync/merge.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'

const resident = getRegister('resident')
const A = 1
const B = 2

function set(baseSeq: number, fields: RecordValues): Edit {
  return { kind: 'set', baseSeq, fields, cancellation: null }
}

function cancel(baseSeq: number, reasonCode = '10'): Edit {
  return { kind: 'cancel', baseSeq, fields: {}, cancellation: { reasonCode } }
}

/** A made it at 1 with telephone 0. */
const made: MergeState = mergeEdit(resident, undefined, set(0, { telephone: '0', name: '张三' }), A, 1).state

describe('mergeEdit', () => {
  it('applies an edit whose writer had seen the current value', () => {
    const merged = mergeEdit(resident, made, set(1, { telephone: '1' }), B, 2)
    expect(merged.state.values['telephone']).toBe('1')
    expect(merged).toMatchObject({ applied: ['telephone'], conflicts: [] })
  })

  it('keeps the current value and both in the conflict where the writer had not seen it', () => {
    const byA = mergeEdit(resident, made, set(1, { telephone: '1' }), A, 2).state
    const merged = mergeEdit(resident, byA, set(1, { telephone: '2', name: '张四' }), B, 3)
    expect(merged.state.values).toEqual({ telephone: '1', name: '张四' })
    expect(merged.conflicts).toMatchObject([{ field: 'telephone', kept: '1', lost: '2' }])
  })

  it('applies the later edits of one replica that has not pulled its own', () => {
    const first = mergeEdit(resident, made, set(1, { telephone: '1' }), B, 2).state
    const merged = mergeEdit(resident, first, set(1, { telephone: '2' }), B, 3)
    expect(merged.state.values['telephone']).toBe('2')
  })

  it('does not take its own chain for a licence over what another wrote in between', () => {
    let state = mergeEdit(resident, made, set(1, { telephone: '1' }), B, 2).state
    state = mergeEdit(resident, state, set(2, { telephone: '9' }), A, 3).state
    const merged = mergeEdit(resident, state, set(1, { telephone: '2' }), B, 4)
    expect(merged.conflicts).toMatchObject([{ field: 'telephone', kept: '9', lost: '2' }])
  })

  it('takes the same value from two stations as agreement', () => {
    const byA = mergeEdit(resident, made, set(1, { telephone: '1' }), A, 2).state
    expect(mergeEdit(resident, byA, set(1, { telephone: '1' }), B, 3)).toMatchObject({
      applied: [],
      conflicts: [],
    })
  })

  it('joins the codes of a field that holds several', () => {
    const byA = mergeEdit(resident, made, set(1, { socialInsuranceCodes: ['12', '10'] }), A, 2).state
    const merged = mergeEdit(resident, byA, set(1, { socialInsuranceCodes: ['11'] }), B, 3)
    expect(merged.state.values['socialInsuranceCodes']).toEqual(['10', '11', '12'])
  })

  it('holds document type and number together', () => {
    const byA = mergeEdit(resident, made, set(1, { documentTypeCode: '03' }), A, 2).state
    const merged = mergeEdit(resident, byA, set(1, { documentNumber: 'E12345678' }), B, 3)
    expect(merged.conflicts).toMatchObject([{ field: 'documentNumber', kept: null, lost: 'E12345678' }])
  })

  it('does not close a record that someone else has worked on meanwhile', () => {
    const byA = mergeEdit(resident, made, set(1, { telephone: '1' }), A, 2).state
    const merged = mergeEdit(resident, byA, cancel(1), B, 3)
    expect(merged.state.status).toBe('active')
    expect(merged.conflicts).toMatchObject([
      { field: STATUS_FIELD, lost: { status: 'cancelled', cancellation: { reasonCode: '10' } } },
    ])
  })

  it('does not change a record that someone else has closed meanwhile', () => {
    const closed = mergeEdit(resident, made, cancel(1), A, 2).state
    const merged = mergeEdit(resident, closed, set(1, { telephone: '2', socialInsuranceCodes: ['10'] }), B, 3)
    expect(merged.state.values['telephone']).toBe('0')
    expect(merged.conflicts.map((conflict) => conflict.field)).toEqual(['telephone', 'socialInsuranceCodes'])
  })

  it('agrees on the same cancellation, keeps both of different ones, and restores what was seen', () => {
    const closed = mergeEdit(resident, made, cancel(1), A, 2).state
    expect(mergeEdit(resident, closed, cancel(1), B, 3).conflicts).toEqual([])
    expect(mergeEdit(resident, closed, cancel(1, '20'), B, 3).conflicts).toHaveLength(1)
    const restore: Edit = { kind: 'restore', baseSeq: 2, fields: {}, cancellation: null }
    expect(mergeEdit(resident, closed, restore, B, 3).state).toMatchObject({
      status: 'active',
      cancellation: null,
    })
  })
})
