import { describe, expect, it } from 'vitest'
import {
  createChangeStore,
  readChangeWord,
  followToday,
  resetChange,
  setChangeKind,
} from '../../../src-renderer/pages/entry/change-word.ts'

const today = '2026-03-16'
const make = () => createChangeStore(today, () => undefined)

describe('what a modification says of itself', () => {
  it('is a change of today where nothing is typed', () => {
    const store = make()
    expect(store.check()).toEqual([])
    expect(readChangeWord(store)).toEqual({ kind: 'change', effectiveDate: null })
  })
  it('refuses a day to come and an empty one', () => {
    const store = make()
    store.setText('changeDate', '2026-03-17')
    expect(store.check()).toMatchObject([{ field: 'changeDate' }])
    store.setText('changeDate', '')
    expect(store.check()).toEqual([{ field: 'changeDate', message: '变更日期,必须录入,不能为空!' }])
    store.setText('changeDate', '20260301')
    expect(store.check()).toEqual([])
    expect(readChangeWord(store)).toEqual({ kind: 'change', effectiveDate: '2026-03-01' })
  })
  it('as a correction asks for a reason; the day does not count then', () => {
    const store = make()
    store.setText('changeDate', '')
    setChangeKind(store, 'correction')
    expect(store.check()).toEqual([{ field: 'changeReasonCode', message: '更正原因,必须录入,不能为空!' }])
    store.setInput('changeReasonCode', { text: '录入错误', value: '20' }, 'typed')
    expect(store.check()).toEqual([])
    expect(readChangeWord(store)).toEqual({ kind: 'correction', reason: '录入错误' })
    store.setText('changeNote', '门牌抄错')
    expect(readChangeWord(store)).toEqual({ kind: 'correction', reason: '录入错误:门牌抄错' })
  })
  it('takes own words for 其他, and wants them', () => {
    const store = make()
    setChangeKind(store, 'correction')
    store.setInput('changeReasonCode', { text: '其他', value: '90' }, 'typed')
    expect(store.check()).toEqual([{ field: 'changeNote', message: '更正说明,必须录入,不能为空!' }])
    store.setText('changeNote', '本人来电说明')
    expect(store.check()).toEqual([])
    expect(readChangeWord(store)).toEqual({ kind: 'correction', reason: '本人来电说明' })
  })
  it('follows the day as long as nobody has typed one', () => {
    const store = make()
    followToday(store, '2026-03-11')
    expect(store.read('changeDate').value).toBe('2026-03-11')
    expect(store.check()).toEqual([])
    store.setText('changeDate', '20260310')
    followToday(store, '2026-03-12')
    expect(readChangeWord(store)).toEqual({ kind: 'change', effectiveDate: '2026-03-10' })
  })
  it('begins anew for the next save', () => {
    const store = make()
    setChangeKind(store, 'correction')
    store.setText('changeNote', '甲')
    resetChange(store, '2026-03-17')
    expect(readChangeWord(store)).toEqual({ kind: 'change', effectiveDate: null })
    expect(store.read('changeDate')).toMatchObject({ value: '2026-03-17', provenance: 'default' })
    setChangeKind(store, 'correction')
    expect(store.read('changeNote').text).toBe('')
  })
})
