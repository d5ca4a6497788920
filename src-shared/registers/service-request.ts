import { code, date, isEmptyValue, reference, text } from '../fields/field.ts'
import type { RecordValues } from '../fields/field.ts'
import type { Flow } from './flow.ts'
import { defineRegister } from './register.ts'

/** Stages of a service request (dictionaries/service-stage.csv). */
export const SERVICE_STAGE = { open: '10', inProgress: '20', done: '30', returned: '40' } as const

/** Whether the applicant is no registered resident: name and telephone are typed instead. */
export function hasFreeApplicant(values: RecordValues): boolean {
  return isEmptyValue(values['applicantId'])
}

const result = text('办理结果', { required: true, maxLength: 200 })

/** 待办 → 办理中 → 已办结, or 已退回. */
const serviceFlow: Flow = {
  field: 'stageCode',
  stageAfterSave: (_values, stored) => stored ?? SERVICE_STAGE.open,
  begins: ['acceptanceDate'],
  steps: [
    {
      name: 'begin',
      label: '开始办理',
      from: [SERVICE_STAGE.open],
      to: SERVICE_STAGE.inProgress,
      asks: { handlerName: text('经办人', { required: true, format: 'personName', maxLength: 50 }) },
      startsWith: { handlerName: 'accountName' },
    },
    {
      name: 'finish',
      label: '办结',
      from: [SERVICE_STAGE.open, SERVICE_STAGE.inProgress],
      to: SERVICE_STAGE.done,
      asks: {
        finishDate: date('办结日期', { required: true, defaultsToToday: true }),
        result,
        satisfactionCode: code('满意度', { dictionary: 'satisfaction' }),
      },
    },
    {
      name: 'return',
      label: '退回',
      from: [SERVICE_STAGE.open, SERVICE_STAGE.inProgress],
      to: SERVICE_STAGE.returned,
      asks: { finishDate: date('退回日期', { required: true, defaultsToToday: true }), result },
    },
  ],
  lapses: [],
}

/** 服务事项: what somebody asks the station to do, with a date by which it is done. Field order = paper order. */
export const serviceRequest = defineRegister({
  name: 'serviceRequest',
  table: 'service_request',
  label: '服务事项',
  version: 1,
  statusLabels: { active: '有效', cancelled: '已注销' },
  naturalKey: [],
  mergeGroups: [['stageCode', 'finishDate', 'result', 'satisfactionCode']],
  title: ['applicantId', 'applicantName', 'serviceTypeCode'],
  nameField: 'applicantName',
  fields: {
    applicantId: reference('申请人', { register: 'resident', shows: ['telephone'] }),
    applicantName: text('申请人姓名', {
      format: 'personName',
      maxLength: 50,
      requiredWhen: hasFreeApplicant,
      appliesWhen: hasFreeApplicant,
    }),
    applicantTelephone: text('申请人电话', {
      format: 'telephone',
      maxLength: 20,
      isPersonal: true,
      requiredWhen: hasFreeApplicant,
      appliesWhen: hasFreeApplicant,
    }),
    serviceTypeCode: code('事项类别', { required: true, dictionary: 'service-type' }),
    content: text('内容', { required: true, maxLength: 500, isMultiline: true }),
    acceptanceDate: date('受理日期', { required: true, defaultsToToday: true }),
    dueDate: date('办结期限', { required: true, allowsFuture: true }),
    handlerName: text('经办人', { format: 'personName', maxLength: 50 }),
    stageCode: code('状态', { isAutomatic: true, dictionary: 'service-stage' }),
    finishDate: date('办结日期', { isAutomatic: true }),
    result: text('办理结果', { isAutomatic: true, maxLength: 200 }),
    satisfactionCode: code('满意度', { isAutomatic: true, dictionary: 'satisfaction' }),
  },
  rules: [
    {
      name: 'hasApplicant',
      check(values) {
        if (!hasFreeApplicant(values) || !isEmptyValue(values['applicantName'])) return []
        return [{ field: 'applicantId', message: '申请人:请选择已登记的人员,未登记的请录入姓名和电话!' }]
      },
    },
    {
      name: 'dueAfterAcceptance',
      check(values) {
        const accepted = values['acceptanceDate']
        const due = values['dueDate']
        if (typeof accepted !== 'string' || typeof due !== 'string' || due >= accepted) return []
        return [{ field: 'dueDate', message: '办结期限不能早于受理日期!' }]
      },
    },
  ],
  flow: serviceFlow,
  cancellation: {
    reasonCode: code('注销原因', { required: true, dictionary: 'entry-cancel-reason' }),
    cancelDate: date('注销日期', { required: true, defaultsToToday: true }),
  },
})
