import { describe, expect, it } from 'vitest'
import { describeDetail, labelOfAct, listActsOf } from '../../../src-main/backend/services/audit-words.ts'
import { AUDIT_GROUPS } from '../../../src-shared/contract/audit-types.ts'
import { OP_ACTS } from '../../../src-shared/sync/op.ts'

describe('acts', () => {
  it('each belongs to one group and has words of its own', () => {
    const acts = AUDIT_GROUPS.flatMap(listActsOf)
    expect(new Set(acts).size).toBe(acts.length)
    for (const act of OP_ACTS) expect(acts).toContain(`record.${act}`)
    const labels = acts.map(labelOfAct)
    expect(new Set(labels).size).toBe(labels.length)
    for (const label of labels) expect(label).toMatch(/^\p{Script=Han}+$/u)
  })

  it('one of a later version is told by its own name', () => {
    expect(labelOfAct('record.frozen')).toBe('record.frozen')
    expect(labelOfAct('toString')).toBe('toString')
  })
})

describe('the detail in words', () => {
  const words = (act: string, register: string, detail: unknown): string =>
    describeDetail(act, register, JSON.stringify(detail))

  it.each([
    ['record.changed', 'resident', { fields: ['telephone', 'dwellingId'] }, '联系电话、现住房屋'],
    ['record.created', 'resident', { fields: ['name', 'telephone'] }, '录入 2 项'],
    ['record.cancelled', 'resident', { fields: ['cancellation.reasonCode'] }, '注销原因'],
    [
      'record.copied',
      'resident',
      { count: 120, columns: ['name'], conditions: ['telephone'] },
      '120 条,列:姓名,条件:联系电话',
    ],
    ['record.viewed', 'dwelling', { people: 3 }, '住户 3 人'],
    ['record.viewed', 'resident', {}, ''],
    ['dayEnd.confirmed', '', { day: '2026-03-16', isBalanced: false }, '2026-03-16,不平'],
    ['package.exported', '', { ops: 12, photos: 0 }, '12 项修改'],
    ['package.imported', '', { receipts: 3, rows: 9 }, '回执 3 项,记录 9 条'],
    ['sync.held', '', { count: 2 }, '2 项'],
    ['sync.withdrawn', 'resident', { n: 7, reason: '录错人' }, '录错人'],
    ['sync.answered', '', { isAccepted: true }, '是'],
  ])('%s of %s', (act, register, detail, told) => {
    expect(words(act, register, detail)).toBe(told)
  })

  it('names a few fields and counts the rest', () => {
    const fields = ['name', 'sexCode', 'birthDate', 'telephone', 'dwellingId', 'arrivalDate', 'moveInDate']
    expect(words('record.changed', 'resident', { fields })).toMatch(/等 7 项$/)
  })

  it('a line that cannot be read, or of a register of a later version, is still a line', () => {
    expect(describeDetail('record.changed', 'resident', 'no JSON')).toBe('')
    expect(words('record.changed', 'vehicle', { fields: ['plate'] })).toBe('')
    expect(words('record.changed', 'resident', null)).toBe('')
  })
})
