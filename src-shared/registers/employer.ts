import { code, date, integer, reference, text } from '../fields/field.ts'
import { defineRegister } from './register.ts'

/** 单位: a body people work for. Field order = paper order. */
export const employer = defineRegister({
  name: 'employer',
  table: 'employer',
  label: '单位',
  version: 1,
  statusLabels: { active: '有效', cancelled: '已注销' },
  naturalKey: ['socialCreditCode'],
  mergeGroups: [['divisionCode', 'address']],
  title: ['name'],
  nameField: 'name',
  fields: {
    name: text('单位名称', { required: true, maxLength: 100 }),
    socialCreditCode: text('统一社会信用代码', { format: 'socialCreditCode', maxLength: 18 }),
    employerTypeCode: code('单位类别', { required: true, dictionary: 'employer-type' }),
    industryCode: code('行业', { dictionary: 'industry' }),
    divisionCode: code('区划', { required: true, dictionary: 'division' }),
    address: text('地址', { required: true, maxLength: 100 }),
    principalName: text('负责人', { required: true, format: 'personName', maxLength: 50 }),
    telephone: text('联系电话', { required: true, format: 'telephone', maxLength: 20 }),
    headcount: integer('从业人数', { maximum: 1_000_000 }),
    coordinatorId: reference('协管员', { register: 'coordinator' }),
    remarks: text('备注', { maxLength: 200, isMultiline: true }),
  },
  rules: [],
  cancellation: {
    reasonCode: code('注销原因', { required: true, dictionary: 'employer-cancel-reason' }),
    cancelDate: date('注销日期', { required: true, defaultsToToday: true }),
  },
})
