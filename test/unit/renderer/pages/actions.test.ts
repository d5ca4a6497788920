import {
  FLOW_REGISTER_NAMES,
  REGISTER_NAMES,
  type RecordStatus,
  type RegisterName,
} from '../../../../src-shared/registers/register.ts'
import { getRegister } from '../../../../src-shared/registers/registers.ts'
import { expect, test } from 'vitest'
import { listActions } from '../../../../src-renderer/pages/query/actions.ts'
import { chosenColumns, defaultColumns, listColumns } from '../../../../src-renderer/pages/query/columns.ts'

function labels(
  register: RegisterName,
  statuses: readonly RecordStatus[],
  stages: readonly (string | null)[] | null = null,
) {
  return listActions(register, { mayWrite: true, statuses, stages }).map((action) => action.label)
}

test('the menu of valid records has exactly these names', () => {
  const common = ['复制', '按此列升序', '按此列降序', '选择列']
  expect(labels('resident', ['active'])).toEqual([
    '流动人员详细信息',
    '流动人员修改',
    '流动人员注销',
    '申领居住证',
    '居住证签注',
    '整户迁移',
    ...common,
  ])
  expect(labels('dwelling', ['active'])).toEqual([
    '详细信息',
    '房屋修改',
    '房屋注销',
    '房屋恢复出租',
    '分配协管员',
    '现住人员',
    '现住未成年人',
    '整户迁移',
    '房屋示意图',
    ...common,
  ])
  expect(labels('coordinator', ['active'])).toEqual(['详细信息', '协管员修改', '协管员注销', ...common])
  expect(labels('employer', ['active'])).toEqual([
    '详细信息',
    '单位修改',
    '单位注销',
    '分配协管员',
    ...common,
  ])
})

test('cancelled records can be restored, and nothing else changes them', () => {
  expect(labels('resident', ['cancelled']).slice(0, 2)).toEqual(['流动人员详细信息', '流动人员恢复'])
  expect(labels('dwelling', ['cancelled']).slice(0, 2)).toEqual(['详细信息', '房屋恢复'])
  expect(labels('dwelling', ['cancelled'])).not.toContain('房屋修改')
})

test('a viewer is offered what shows, and nothing that changes a record', () => {
  const common = ['复制', '按此列升序', '按此列降序', '选择列']
  const seen = (register: RegisterName) =>
    listActions(register, { mayWrite: false, statuses: ['active', 'cancelled'], stages: null }).map(
      (action) => action.label,
    )
  expect(seen('dwelling')).toEqual(['详细信息', '现住人员', '现住未成年人', '房屋示意图', ...common])
  for (const register of REGISTER_NAMES)
    expect(seen(register).join(' ')).not.toMatch(/修改|注销|恢复|迁移|申领|签注|分配|受理|办结/)
})

test('the steps stand behind 修改, as far as the stages of all selected records allow them', () => {
  expect(labels('residencePermit', ['active'], ['10']).slice(0, 5)).toEqual([
    '详细信息',
    '居住证修改',
    '审核通过',
    '不予受理',
    '居住证注销',
  ])
  expect(labels('residencePermit', ['active'], ['20'])).toContain('制证')
  expect(labels('residencePermit', ['active'], ['20'])).not.toContain('审核通过')
  expect(labels('serviceRequest', ['active'], ['10', '20'])).toContain('办结')
  expect(labels('serviceRequest', ['active'], ['10', '20'])).not.toContain('开始办理')
  expect(labels('lease', ['cancelled'], [])).not.toContain('终止')
  // Of a selection too large to look at each record anything may be possible.
  expect(labels('inspection', ['active'], null)).toContain('复查不合格')
})

test('the keys of a register, its steps included, are all different', () => {
  for (const register of REGISTER_NAMES) {
    const keys = listActions(register, {
      mayWrite: true,
      statuses: ['active', 'cancelled'],
      stages: null,
    }).map((action) => action.shortcut)
    expect(new Set(keys).size).toBe(keys.length)
  }
  for (const register of FLOW_REGISTER_NAMES) {
    const steps = getRegister(register).flow?.steps ?? []
    expect(labels(register, ['active'])).toEqual(expect.arrayContaining(steps.map((step) => step.label)))
  }
})

test('default columns exist, and a stored choice that names none falls back to them', () => {
  for (const register of REGISTER_NAMES) {
    const known = listColumns(register).map((column) => column.key)
    for (const key of defaultColumns(register)) expect(known).toContain(key)
    const standard = chosenColumns(register, undefined).map((column) => column.key)
    expect(standard).toEqual(defaultColumns(register))
    expect(chosenColumns(register, ['gone', 7]).map((column) => column.key)).toEqual(standard)
  }
})

test('a stored choice keeps its order and loses what is unknown or named twice', () => {
  expect(
    chosenColumns('resident', ['telephone', 'gone', 'name', 'telephone']).map((each) => each.key),
  ).toEqual(['telephone', 'name'])
})
