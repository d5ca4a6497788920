import { describe, expect, it, vi } from 'vitest'
import { code, date, integer, list, text } from '../../../src-shared/fields/field.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { createFormStore, type FormStore } from '../../../src-renderer/forms/form-store.ts'

const fields = {
  name: text('姓名', { required: true, format: 'personName', maxLength: 50 }),
  birthDate: date('出生日期', { required: true }),
  yearsWorked: integer('已工作年限', { maximum: 80 }),
  statusCode: code('就业状况', { dictionary: 'employment-status' }),
  employer: text('工作单位', {
    requiredWhen: (values) => values['statusCode'] === '10',
    appliesWhen: (values) => values['statusCode'] !== '0',
  }),
}

function setUp(): FormStore {
  return createFormStore({
    fields,
    today: '2026-11-21',
    rules: [
      {
        name: 'workedWhileAlive',
        check: ({ birthDate, yearsWorked }, { today }) =>
          typeof birthDate === 'string' &&
          typeof yearsWorked === 'number' &&
          yearsWorked > Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4))
            ? [{ field: 'yearsWorked', message: '已工作年限多于年龄,请核对!' }]
            : [],
      },
    ],
  })
}
/** Gives the named fields something to focus and says where the focus went. */
function withTargets(store: FormStore, names: readonly string[]): string[] {
  const went: string[] = []
  for (const name of names) store.attach(name, { focus: () => went.push(name) })
  return went
}

describe('a form store', () => {
  it('gives defaults only to what nobody has touched, and counts them as unchanged', () => {
    const store = setUp()
    store.setText('name', '王')
    store.leave('statusCode')
    const given = store.offerDefaults({
      name: { text: '某', value: '某' },
      statusCode: { text: '单位就业', value: '10' },
    })
    expect(given).toEqual(['statusCode'])
    expect(store.read('name').text).toBe('王')
    expect(store.read('statusCode')).toMatchObject({ text: '单位就业', value: '10', reason: null })
    store.setText('name', '')
    expect(store.isDirty()).toBe(false)
    store.setText('statusCode', '')
    expect(store.offerDefaults({ statusCode: { text: '单位就业', value: '10' } })).toEqual([])
  })
  it('learns what stands for a value without touching what is being typed', () => {
    const store = setUp()
    store.setInput('statusCode', { text: '', value: '10' }, 'typed')
    store.setText('statusCode', 'dw')
    store.setSettledText('statusCode', '单位就业')
    expect(store.read('statusCode').text).toBe('dw')
    store.restoreText('statusCode')
    expect(store.read('statusCode').text).toBe('单位就业')
  })
  it('tells only the listeners of the field that changed', () => {
    const store = setUp()
    const listeners = Object.fromEntries(Object.keys(fields).map((name) => [name, vi.fn<() => void>()]))
    for (const [name, listener] of Object.entries(listeners)) store.subscribe(name, listener)
    store.setText('name', '王')
    store.setText('name', '王小')
    expect(
      Object.entries(listeners)
        .filter(([, { mock }]) => mock.calls.length > 0)
        .map(([name]) => name),
    ).toEqual(['name'])
    store.setInput('statusCode', { text: '在业', value: '10' }, 'typed')
    expect(listeners['employer']).toHaveBeenCalledTimes(1)
    expect(listeners['birthDate']).not.toHaveBeenCalled()
  })

  it('judges nothing while it is typed, and everything when it is left', () => {
    const store = setUp()
    store.setText('birthDate', '19930231')
    expect(store.read('birthDate').reason).toBeNull()
    store.leave('birthDate')
    expect(store.read('birthDate')).toMatchObject({
      text: '19930231',
      value: null,
      reason: '出生日期:1993年2月没有31日,该月只有28天!',
    })
    store.setText('birthDate', '930412')
    store.leave('birthDate')
    expect(store.read('birthDate')).toMatchObject({ text: '1993-04-12', value: '1993-04-12', reason: null })
  })

  it('marks an empty required field once it was left, in the words of the product', () => {
    const store = setUp()
    expect(store.read('name').reason).toBeNull()
    store.leave('name')
    expect(store.read('name').reason).toBe('姓名,必须录入,不能为空!')
    store.setText('name', '王')
    expect(store.read('name').reason).toBeNull()
  })

  it('requires and applies by the other fields, and leaves out what does not apply without forgetting it', () => {
    const store = setUp()
    expect(store.read('employer')).toMatchObject({ isRequired: false, applies: true })
    store.setInput('statusCode', { text: '在业', value: '10' }, 'typed')
    expect(store.read('employer').isRequired).toBe(true)
    store.setText('employer', '丹心酒楼')
    store.setInput('statusCode', { text: '无业', value: '0' }, 'typed')
    expect(store.read('employer')).toMatchObject({ isRequired: false, applies: false, text: '丹心酒楼' })
    expect(store.values()['employer']).toBeNull()
    store.setInput('statusCode', { text: '在业', value: '10' }, 'typed')
    expect(store.values()['employer']).toBe('丹心酒楼')
  })

  it('asks the rules across fields when a field is left, and takes the mark back when it is put right', () => {
    const store = setUp()
    store.setText('birthDate', '20000101')
    store.leave('birthDate')
    store.setText('yearsWorked', '40')
    store.leave('yearsWorked')
    expect(store.read('yearsWorked').reason).toBe('已工作年限多于年龄,请核对!')
    store.setText('birthDate', '19600101')
    store.leave('birthDate')
    expect(store.read('yearsWorked').reason).toBeNull()
  })

  it('checks the whole form: breaches in the order of the focus', () => {
    const store = createFormStore({
      fields,
      today: '2026-11-21',
      order: ['birthDate', 'name', 'yearsWorked'],
    })
    store.setText('yearsWorked', '十二')
    expect(store.check()).toEqual([
      { field: 'birthDate', message: '出生日期,必须录入,不能为空!' },
      { field: 'name', message: '姓名,必须录入,不能为空!' },
      { field: 'yearsWorked', message: '已工作年限:「十二」不是整数,请只输入数字!' },
    ])
  })

  it('moves the focus over what may have it, and past the end', () => {
    const onEnd = vi.fn<(direction: 'next' | 'previous') => void>()
    const store = createFormStore({ fields, today: '2026-11-21', onEnd })
    const went = withTargets(store, ['name', 'birthDate', 'statusCode', 'employer'])
    store.focusFirst()
    store.moveOn('name', 'next')
    store.moveOn('birthDate', 'next')
    store.setInput('statusCode', { text: '无业', value: '0' }, 'typed')
    store.moveOn('statusCode', 'next')
    expect(onEnd).toHaveBeenCalledWith('next')
    store.moveOn('statusCode', 'previous')
    expect(went).toEqual(['name', 'birthDate', 'statusCode', 'birthDate'])
  })

  it('goes round the marks', () => {
    const store = setUp()
    const went = withTargets(store, Object.keys(fields))
    store.check()
    store.focusNextMark(undefined)
    store.focusNextMark('name')
    store.focusNextMark('birthDate')
    expect(went).toEqual(['name', 'birthDate', 'name'])
  })

  it('passes over what may stay empty, also before any mark shows', () => {
    const store = setUp()
    const went = withTargets(store, Object.keys(fields))
    store.setInput('name', { text: '王小明', value: '王小明' }, 'typed')
    store.focusNextMark('name')
    expect(went).toEqual(['birthDate'])
    store.setInput('birthDate', { text: '1993-04-12', value: '1993-04-12' }, 'typed')
    expect(store.focusNextMark('birthDate')).toBe(false)
  })

  it('knows whether anything would be lost', () => {
    const store = setUp()
    store.reset({ name: { text: '王小明', value: '王小明' } })
    expect(store.isDirty()).toBe(false)
    store.setText('name', '王小')
    expect(store.isDirty()).toBe(true)
    store.setText('name', '王小明')
    expect(store.isDirty()).toBe(false)
  })

  it('puts back the text of a look-up that was typed into', () => {
    const store = setUp()
    store.setInput('statusCode', { text: '在业', value: '10' }, 'typed')
    store.setText('statusCode', 'xx')
    expect(store.read('statusCode')).toMatchObject({ text: 'xx', value: '10' })
    store.restoreText('statusCode')
    expect(store.read('statusCode')).toMatchObject({ text: '在业', value: '10' })
  })

  it('keeps what is shown beside a reference as long as the reference stays', () => {
    const { fields: residentFields } = getRegister('resident')
    const store = createFormStore({ fields: residentFields, today: '2026-11-21' })
    store.setInput('dwellingId', { text: '东风路1号', value: 'id-1' }, 'typed')
    store.setShown('dwellingId', { doorNumber: '1' })
    store.reset({ dwellingId: { text: '东风路1号', value: 'id-1' } })
    expect(store.read('dwellingId').shown).toEqual({ doorNumber: '1' })
    store.reset({})
    expect(store.read('dwellingId').shown).toEqual({})
  })

  it('says which row of a list lacks what', () => {
    const store = createFormStore({
      fields: {
        minors: list('随行未成年人', {
          maximumRows: 3,
          fields: { name: text('姓名', { required: true }), birthDate: date('出生日期', { required: true }) },
        }),
      },
      today: '2026-11-21',
    })
    store.setInput('minors', { text: '[[["王小宝","王小宝"],["",null]]]', value: [] }, 'typed')
    expect(store.check()[0]?.message).toBe('随行未成年人:第1行出生日期,必须录入,不能为空!')
  })
})
