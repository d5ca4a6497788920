import { code, date, reference, text } from '../fields/field.ts'
import { isAtSchool, minorRules } from './minor-rules.ts'
import { defineRegister } from './register.ts'

/** 未成年人: a person under 16 who lives here with a registered resident. Field order = paper order. */
export const minor = defineRegister({
  name: 'minor',
  table: 'minor',
  label: '未成年人',
  version: 1,
  statusLabels: { active: '在住', cancelled: '已注销' },
  naturalKey: ['documentTypeCode', 'documentNumber'],
  mergeGroups: [['documentTypeCode', 'documentNumber']],
  title: ['name'],
  nameField: 'name',
  fields: {
    name: text('姓名', { required: true, format: 'personName', maxLength: 50 }),
    sexCode: code('性别', { required: true, dictionary: 'sex' }),
    birthDate: date('出生日期', { required: true }),
    documentTypeCode: code('证件类型', { dictionary: 'document-type' }),
    documentNumber: text('证件号码', { format: 'documentNumber', maxLength: 30, isPersonal: true }),
    guardianId: reference('监护人', {
      required: true,
      register: 'resident',
      shows: ['documentNumber', 'telephone'],
    }),
    kinshipCode: code('与监护人关系', { required: true, dictionary: 'kinship' }),
    dwellingId: reference('现住房屋', {
      required: true,
      register: 'dwelling',
      shows: ['streetCode', 'doorNumber', 'roomNumber', 'commonAddress'],
    }),
    schoolingCode: code('就学状况', { required: true, dictionary: 'schooling' }),
    schoolId: reference('学校', { register: 'school', requiredWhen: isAtSchool, shows: ['address'] }),
    gradeCode: code('年级', { dictionary: 'grade' }),
    vaccinationCode: code('预防接种', { dictionary: 'vaccination' }),
    collectorId: reference('采集人', { required: true, register: 'coordinator' }),
    collectionDate: date('采集日期', { required: true, defaultsToToday: true }),
    remarks: text('备注', { maxLength: 200, isMultiline: true }),
  },
  rules: minorRules,
  cancellation: {
    reasonCode: code('注销原因', { required: true, dictionary: 'departure-reason' }),
    cancelDate: date('注销日期', { required: true, defaultsToToday: true }),
    destinationDivisionCode: code('去向区划', { dictionary: 'division' }),
  },
})
