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
    [
      'backup.made',
      '',
      { isAutomatic: true, records: 12, photos: 2, waitingOps: 3, drafts: 0, bytes: 9 },
      '自动,记录 12 条,2 张照片,未上传 3 项',
    ],
    [
      'dictionary.entryCorrected',
      '',
      { dictionary: 'street', code: 'S1', name: '丹桂路', nameBefore: '丹贵路' },
      '街(路巷),代码 S1,「丹桂路」,原名「丹贵路」',
    ],
    [
      'dictionary.imported',
      '',
      { dictionary: 'community', added: 4, changed: 0, retired: 1, refused: 2 },
      '社区,新增 4 条,停用 1 条,不能导入 2 行',
    ],
    ['record.changed', 'resident', { name: '王小明', code: '1' }, ''],
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
