import { code, date, money, reference, references, text } from '../fields/field.ts'
import type { Flow } from './flow.ts'
import { defineRegister } from './register.ts'

/** Stages of a lease (dictionaries/lease-stage.csv). */
export const LEASE_STAGE = { inForce: '10', expired: '20', ended: '30' } as const

/** 有效 / 到期 (its last day has passed) / 终止 (ended before its day). */
const leaseFlow: Flow = {
  field: 'stageCode',
  stageAfterSave: (_values, stored) => stored ?? LEASE_STAGE.inForce,
  begins: ['startDate', 'filingDate'],
  steps: [
    {
      name: 'terminate',
      label: '终止',
      from: [LEASE_STAGE.inForce],
      to: LEASE_STAGE.ended,
      asks: {
        terminationDate: date('终止日期', { required: true, defaultsToToday: true }),
        terminationReasonCode: code('终止原因', { required: true, dictionary: 'lease-termination-reason' }),
      },
    },
  ],
  lapses: [{ from: [LEASE_STAGE.inForce], day: 'endDate', shownAs: LEASE_STAGE.expired }],
}

/** 租赁合同: a contract about a dwelling, filed for record. Field order = paper order. */
export const lease = defineRegister({
  name: 'lease',
  table: 'lease',
  label: '租赁合同',
  version: 1,
  statusLabels: { active: '有效', cancelled: '已注销' },
  naturalKey: ['filingNumber'],
  mergeGroups: [
    ['startDate', 'endDate'],
    ['stageCode', 'terminationDate', 'terminationReasonCode'],
  ],
  title: ['dwellingId', 'startDate'],
  nameField: 'lessorName',
  fields: {
    dwellingId: reference('房屋', {
      required: true,
      register: 'dwelling',
      shows: ['communityCode', 'commonAddress'],
    }),
    lessorName: text('出租人', { isAutomatic: true, maxLength: 100 }),
    lesseeIds: references('承租人', { required: true, register: 'resident' }),
    startDate: date('起租日期', { required: true, allowsFuture: true }),
    endDate: date('止租日期', { required: true, allowsFuture: true }),
    monthlyRent: money('月租金(元)', { required: true, maximumFen: 100_000_000 }),
    deposit: money('押金', { maximumFen: 1_000_000_000 }),
    leaseUseCode: code('租赁用途', { required: true, dictionary: 'lease-use', defaultCode: '10' }),
    filingNumber: text('备案编号', { isAutomatic: true, format: 'addressPart', maxLength: 40 }),
    filingDate: date('备案日期', { required: true, defaultsToToday: true }),
    stageCode: code('状态', { isAutomatic: true, dictionary: 'lease-stage' }),
    terminationDate: date('终止日期', { isAutomatic: true }),
    terminationReasonCode: code('终止原因', { isAutomatic: true, dictionary: 'lease-termination-reason' }),
  },
  rules: [
    {
      name: 'endsAfterStart',
      check(values) {
        const start = values['startDate']
        const end = values['endDate']
        if (typeof start !== 'string' || typeof end !== 'string' || end > start) return []
        return [{ field: 'endDate', message: '止租日期应晚于起租日期!' }]
      },
    },
  ],
  flow: leaseFlow,
  cancellation: {
    reasonCode: code('注销原因', { required: true, dictionary: 'entry-cancel-reason' }),
    cancelDate: date('注销日期', { required: true, defaultsToToday: true }),
  },
})
