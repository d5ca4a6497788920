import { code, codes, date, reference, text } from '../fields/field.ts'
import { permitFlow } from './residence-permit-flow.ts'
import { residencePermitRules } from './residence-permit-rules.ts'
import { defineRegister } from './register.ts'

/** 居住证: one application, endorsement, change or replacement of a residence permit. Field order = paper order. */
export const residencePermit = defineRegister({
  name: 'residencePermit',
  table: 'residence_permit',
  label: '居住证',
  version: 1,
  statusLabels: { active: '有效', cancelled: '已注销' },
  // A card keeps its number through endorsements and replacements: the application is what two stations may enter twice.
  naturalKey: ['applicantId', 'permitActionCode', 'acceptanceDate'],
  mergeGroups: [
    ['permitTermCode', 'validUntilDate'],
    // Two steps that were made without knowledge of each other are one decision.
    ['stageCode', 'reviewDate', 'refusalReason', 'cardDate', 'permitNumber', 'issueDate'],
  ],
  title: ['applicantId', 'permitActionCode'],
  nameField: 'permitNumber',
  fields: {
    applicantId: reference('申请人', {
      required: true,
      register: 'resident',
      shows: ['documentNumber', 'telephone', 'moveInDate'],
    }),
    permitActionCode: code('办理类型', { required: true, dictionary: 'permit-action' }),
    permitBasisCode: code('申领依据', { required: true, dictionary: 'permit-basis' }),
    permitMaterialCodes: codes('材料', { dictionary: 'permit-material' }),
    acceptanceDate: date('受理日期', { required: true, defaultsToToday: true }),
    dueDate: date('办结期限', { isAutomatic: true, allowsFuture: true }),
    permitTermCode: code('有效期限', { required: true, dictionary: 'permit-term' }),
    validUntilDate: date('有效期止', { isAutomatic: true, allowsFuture: true, allowsLongTerm: true }),
    acceptedByName: text('受理人', { isAutomatic: true, maxLength: 60 }),
    stageCode: code('状态', { isAutomatic: true, dictionary: 'permit-stage' }),
    reviewDate: date('审核日期', { isAutomatic: true }),
    refusalReason: text('不予受理原因', { isAutomatic: true, maxLength: 200 }),
    cardDate: date('制证日期', { isAutomatic: true }),
    permitNumber: text('证件编号', { isAutomatic: true, format: 'documentNumber', maxLength: 30 }),
    issueDate: date('发证日期', { isAutomatic: true }),
  },
  rules: residencePermitRules,
  flow: permitFlow,
  cancellation: {
    reasonCode: code('注销原因', { required: true, dictionary: 'permit-cancel-reason' }),
    cancelDate: date('注销日期', { required: true, defaultsToToday: true }),
  },
})
