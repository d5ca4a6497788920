import { describe, expect, it } from 'vitest'
import { displayValue, maskPersonal } from '../../../src-shared/fields/display.ts'
import {
  code,
  codes,
  date,
  decimal,
  list,
  photo,
  text,
  type Field,
  type FieldValue,
} from '../../../src-shared/fields/field.ts'

const show = (field: Field, value: FieldValue | undefined) =>
  displayValue(field, value, (_field, one) => ({ '1': '男', '01': '汉族' })[one] ?? one)

describe('displayValue', () => {
  it('shows nothing for what is empty', () => {
    expect(show(text('姓名'), null)).toBe('')
    expect(show(codes('设施', { dictionary: 'x' }), [])).toBe('')
    expect(show(date('日期'), undefined)).toBe('')
  })
  it('shows labels, and the code itself where no label is known', () => {
    expect(show(code('性别', { dictionary: 'sex' }), '1')).toBe('男')
    expect(show(code('性别', { dictionary: 'sex' }), '7')).toBe('7')
    expect(show(codes('民族', { dictionary: 'e' }), ['01', '99'])).toBe('汉族、99')
  })
  it.each([
    [8850, '88.5'],
    [8800, '88'],
    [5, '0.05'],
    [0, '0'],
    [-150, '-1.5'],
  ])('shows the scaled number %d as %s', (scaled, shown) => {
    expect(show(decimal('面积', { scale: 2, maximum: 1e6 }), scaled)).toBe(shown)
  })
  it('shows rows of a list and the presence of a photo', () => {
    const minors = list('随行未成年人', {
      maximumRows: 3,
      fields: { name: text('姓名'), sexCode: code('性别', { dictionary: 'sex' }) },
    })
    expect(show(minors, [{ name: '小明', sexCode: '1' }, { name: '小红' }])).toBe('小明 男；小红')
    expect(show(photo('照片'), 'a'.repeat(64))).toBe('有')
  })
})

describe('maskPersonal', () => {
  it('keeps six and two of a long number, three and two of a short one, nothing of the shortest', () => {
    expect(maskPersonal('11010519491231002X')).toBe('110105**********2X')
    expect(maskPersonal('13800000000')).toBe('138******00')
    expect(maskPersonal('12345')).toBe('*****')
    expect(maskPersonal('')).toBe('')
  })
})
