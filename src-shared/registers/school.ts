import { code, date, text } from '../fields/field.ts'
import { defineRegister } from './register.ts'

/** 学校: where minors are taught. Field order = paper order. */
export const school = defineRegister({
  name: 'school',
  table: 'school',
  label: '学校',
  version: 1,
  statusLabels: { active: '有效', cancelled: '已注销' },
  naturalKey: ['name', 'divisionCode'],
  mergeGroups: [['divisionCode', 'address']],
  title: ['name'],
  nameField: 'name',
  fields: {
    name: text('学校名称', { required: true, maxLength: 100 }),
    schoolTypeCode: code('学校类别', { required: true, dictionary: 'school-type' }),
    schoolOwnershipCode: code('办学性质', { dictionary: 'school-ownership' }),
    divisionCode: code('区划', { required: true, dictionary: 'division' }),
    address: text('地址', { required: true, maxLength: 100 }),
    principalName: text('负责人', { format: 'personName', maxLength: 50 }),
    telephone: text('联系电话', { format: 'telephone', maxLength: 20 }),
  },
  rules: [],
  cancellation: {
    reasonCode: code('注销原因', { required: true, dictionary: 'school-cancel-reason' }),
    cancelDate: date('注销日期', { required: true, defaultsToToday: true }),
  },
})
