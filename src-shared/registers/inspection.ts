import { code, codes, date, isEmptyValue, photo, reference, text } from '../fields/field.ts'
import type { RecordValues } from '../fields/field.ts'
import type { Flow } from './flow.ts'
import { defineRegister } from './register.ts'

/** Stages of an inspection (dictionaries/inspection-stage.csv). */
export const INSPECTION_STAGE = { sound: '10', toRectify: '20', rectified: '30', overdue: '40' } as const

/** Whether the inspection names a hazard, which makes 整改期限 required. */
export function namesHazard(values: RecordValues): boolean {
  return !isEmptyValue(values['hazardCodes'])
}

/** 正常, or 待整改 → 已整改; 逾期 when the day for it has passed. */
const inspectionFlow: Flow = {
  field: 'stageCode',
  stageAfterSave: (values, stored) =>
    stored === INSPECTION_STAGE.rectified
      ? stored
      : namesHazard(values)
        ? INSPECTION_STAGE.toRectify
        : INSPECTION_STAGE.sound,
  begins: ['inspectionDate'],
  steps: [
    {
      name: 'rectify',
      label: '复查合格',
      from: [INSPECTION_STAGE.toRectify],
      to: INSPECTION_STAGE.rectified,
      asks: {
        reinspectionDate: date('复查日期', { required: true, defaultsToToday: true }),
        reinspectionResult: text('复查结果', { required: true, maxLength: 200 }),
      },
      startsWith: { reinspectionResult: { text: '隐患已整改,复查合格' } },
    },
    {
      name: 'extend',
      label: '复查不合格',
      from: [INSPECTION_STAGE.toRectify],
      to: INSPECTION_STAGE.toRectify,
      asks: {
        reinspectionDate: date('复查日期', { required: true, defaultsToToday: true }),
        reinspectionResult: text('复查结果', { required: true, maxLength: 200 }),
        rectifyByDate: date('整改期限', { required: true, allowsFuture: true }),
      },
    },
  ],
  lapses: [{ from: [INSPECTION_STAGE.toRectify], day: 'rectifyByDate', shownAs: INSPECTION_STAGE.overdue }],
}

/** 隐患检查: a visit that looks at the building only: fire, structure, registration in time. Field order = paper order. */
export const inspection = defineRegister({
  name: 'inspection',
  table: 'inspection',
  label: '隐患检查',
  version: 1,
  statusLabels: { active: '有效', cancelled: '已注销' },
  naturalKey: ['dwellingId', 'inspectionDate', 'inspectorId'],
  mergeGroups: [['stageCode', 'rectifyByDate', 'reinspectionDate', 'reinspectionResult']],
  title: ['dwellingId', 'inspectionDate'],
  nameField: 'description',
  fields: {
    dwellingId: reference('房屋', {
      required: true,
      register: 'dwelling',
      shows: ['communityCode', 'commonAddress', 'ownerName'],
    }),
    inspectionDate: date('检查日期', { required: true, defaultsToToday: true }),
    inspectorId: reference('检查人', { required: true, register: 'coordinator' }),
    hazardCodes: codes('隐患类别', { dictionary: 'hazard' }),
    description: text('情况描述', { maxLength: 200, isMultiline: true }),
    photo: photo('照片'),
    rectifyByDate: date('整改期限', {
      allowsFuture: true,
      requiredWhen: namesHazard,
      appliesWhen: namesHazard,
    }),
    stageCode: code('状态', { isAutomatic: true, dictionary: 'inspection-stage' }),
    reinspectionDate: date('复查日期', { isAutomatic: true }),
    reinspectionResult: text('复查结果', { isAutomatic: true, maxLength: 200 }),
  },
  rules: [
    {
      name: 'rectifiedAfterInspection',
      check(values) {
        const inspected = values['inspectionDate']
        const by = values['rectifyByDate']
        if (typeof inspected !== 'string' || typeof by !== 'string' || by >= inspected) return []
        return [{ field: 'rectifyByDate', message: '整改期限不能早于检查日期!' }]
      },
    },
  ],
  flow: inspectionFlow,
  cancellation: {
    reasonCode: code('注销原因', { required: true, dictionary: 'entry-cancel-reason' }),
    cancelDate: date('注销日期', { required: true, defaultsToToday: true }),
  },
})
