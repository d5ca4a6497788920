import { describe, expect, it } from 'vitest'
import {
  code,
  codes,
  date,
  decimal,
  list,
  photo,
  text,
  type ListField,
} from '../../../src-shared/fields/field.ts'
import { listRootDrafts } from '../../../src-renderer/forms/root-drafts.ts'
import type { Draft } from '../../../src-shared/contract/types.ts'
import { inputOf } from '../../../src-renderer/forms/input-of.ts'
import { findRowsProblem, readRows, rowValues, writeRows } from '../../../src-renderer/forms/list-rows.ts'

const minors: ListField = list('随行未成年人', {
  maximumRows: 10,
  fields: {
    name: text('姓名', { required: true, format: 'personName' }),
    sexCode: code('性别', { required: true, dictionary: 'sex' }),
    birthDate: date('出生日期', { required: true }),
  },
})
const row = {
  name: { text: '王小宝', value: '王小宝' },
  sexCode: { text: '男', value: '1' },
  birthDate: { text: '20190231', value: null },
}

describe('what a form shows for a stored value', () => {
  it('is the value, its label, or nothing where it is shown otherwise', () => {
    expect(inputOf(text('姓名'), '王小明', undefined)).toEqual({ text: '王小明', value: '王小明' })
    expect(inputOf(decimal('建筑面积', { scale: 2, maximum: 100 }), 8850, undefined)).toEqual({
      text: '88.5',
      value: 8850,
    })
    expect(inputOf(code('民族', { dictionary: 'ethnicity' }), '01', '汉族')).toEqual({
      text: '汉族',
      value: '01',
    })
    expect(inputOf(codes('参保情况', { dictionary: 'social-insurance' }), ['1', '2'], '养老、医疗')).toEqual({
      text: '',
      value: ['1', '2'],
    })
    expect(inputOf(photo('照片'), 'a'.repeat(64), undefined).text).toBe('')
    expect(inputOf(text('姓名'), null, undefined)).toEqual({ text: '', value: null })
  })
})

describe('rows of a list', () => {
  it('come back from their text with what is no value', () => {
    expect(readRows(minors, writeRows(minors, [row]))).toEqual([row])
  })
  it('leave empty rows out', () => {
    expect(writeRows(minors, [{}, row, { name: { text: ' ', value: null } }])).toBe(writeRows(minors, [row]))
    expect(writeRows(minors, [{}])).toBe('')
    expect(rowValues(minors, [{}])).toBeNull()
    expect(rowValues(minors, [row])).toEqual([{ name: '王小宝', sexCode: '1', birthDate: null }])
  })
  it('say the first problem with its row', () => {
    expect(findRowsProblem(minors, writeRows(minors, [row]), '2026-11-21')).toMatch(
      /^第1行出生日期:2019年2月没有31日/,
    )
    const empty = {
      ...row,
      sexCode: { text: '', value: null },
      birthDate: { text: '2019-03-01', value: '2019-03-01' },
    }
    expect(findRowsProblem(minors, writeRows(minors, [empty]), '2026-11-21')).toBe(
      '第1行性别,必须录入,不能为空!',
    )
  })
  it('that stand as they were stored may lack what is asked for now', () => {
    const { sexCode: _, ...old } = { ...row, birthDate: { text: '2019-03-01', value: '2019-03-01' } }
    const stored = writeRows(minors, [old])
    expect(findRowsProblem(minors, stored, '2026-11-21')).toBe('第1行性别,必须录入,不能为空!')
    expect(findRowsProblem(minors, stored, '2026-11-21', stored)).toBeUndefined()
    const renamed = writeRows(minors, [{ ...old, name: { text: '王大宝', value: '王大宝' } }])
    expect(findRowsProblem(minors, renamed, '2026-11-21', stored)).toBe('第1行性别,必须录入,不能为空!')
  })
  it('keep what the program knows of them and show nothing of it', () => {
    const linked: ListField = {
      ...minors,
      fields: { ...minors.fields, minorId: text('编号', { isAutomatic: true }) },
    }
    const known = { ...row, minorId: { text: 'x', value: 'x' } }
    expect(readRows(linked, writeRows(linked, [known]))).toEqual([known])
    expect(rowValues(linked, [{ minorId: { text: 'x', value: 'x' } }])).toBeNull()
  })
  it('are none where the text is no list', () => {
    expect(readRows(minors, '{"no": "list"}')).toEqual([])
    expect(readRows(minors, 'x')).toEqual([])
  })
})

describe('drafts that open as forms of their own', () => {
  const draft = (id: string, from: string | null): Draft => ({
    id,
    register: 'resident',
    recordId: null,
    revision: 0,
    inputs: {},
    focusedField: null,
    caret: 0,
    pinnedFields: [],
    batchCount: 0,
    openedFrom: from === null ? null : { draftId: from, field: 'employerId' },
    updatedAt: 0,
  })
  it('leave out those that come back over another, but not those whose form is gone', () => {
    const drafts = [draft('a', null), draft('b', 'a'), draft('c', 'gone')]
    expect(listRootDrafts(drafts).map(({ id }) => id)).toEqual(['a', 'c'])
  })
})
