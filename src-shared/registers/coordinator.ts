import { code, date, photo, text } from '../fields/field.ts'
import { parseCitizenIdNumber } from '../values/citizen-id-number.ts'
import { defineRegister } from './register.ts'

/** 协管员: the person who looks after the dwellings and employers of a community. Field order = paper order. */
export const coordinator = defineRegister({
  name: 'coordinator',
  table: 'coordinator',
  label: '协管员',
  version: 1,
  statusLabels: { active: '在岗', cancelled: '已注销' },
  naturalKey: ['citizenIdNumber'],
  title: ['name'],
  nameField: 'name',
  fields: {
    name: text('姓名', { required: true, format: 'personName', maxLength: 50 }),
    sexCode: code('性别', { required: true, dictionary: 'sex' }),
    citizenIdNumber: text('证件号码', {
      required: true,
      format: 'citizenIdNumber',
      maxLength: 18,
      isPersonal: true,
    }),
    telephone: text('联系电话', { required: true, format: 'telephone', maxLength: 20, isPersonal: true }),
    communityCode: code('所属社区', { required: true, dictionary: 'community' }),
    employmentDate: date('聘用日期', { required: true }),
    workCardNumber: text('工作证号', { maxLength: 30, format: 'addressPart' }),
    photo: photo('照片'),
    remarks: text('备注', { maxLength: 200, isMultiline: true }),
  },
  rules: [
    {
      name: 'sexAgreesWithNumber',
      check(values) {
        const number = values['citizenIdNumber']
        const sexCode = values['sexCode']
        if (typeof number !== 'string' || (sexCode !== '1' && sexCode !== '2')) return []
        const parsed = parseCitizenIdNumber(number)
        if (!parsed.ok) {
          return [{ field: 'citizenIdNumber', message: `证件号码:${parsed.message}` }]
        }
        if (parsed.value.sexCode === sexCode) return []
        return [
          {
            field: 'sexCode',
            message: `性别与证件号码不一致:证件号码表示${sexCode === '1' ? '女' : '男'}性,请核对!`,
          },
        ]
      },
    },
  ],
  cancellation: {
    reasonCode: code('注销原因', { required: true, dictionary: 'coordinator-cancel-reason' }),
    cancelDate: date('注销日期', { required: true, defaultsToToday: true }),
  },
})
