import { date, text } from '../fields/field.ts'
import type { Flow } from './flow.ts'

/** Stages of a permit's process (dictionaries/permit-stage.csv). */
export const PERMIT_STAGE = {
  accepted: '10',
  reviewed: '20',
  made: '30',
  issued: '40',
  refused: '90',
} as const

/** 已受理 → 已审核 → 已制证 → 已发证, or 不予受理 with a reason. Source: product.md §3. */
export const permitFlow: Flow = {
  field: 'stageCode',
  stageAfterSave: (_values, stored) => stored ?? PERMIT_STAGE.accepted,
  begins: ['acceptanceDate'],
  steps: [
    {
      name: 'review',
      label: '审核通过',
      from: [PERMIT_STAGE.accepted],
      to: PERMIT_STAGE.reviewed,
      asks: { reviewDate: date('审核日期', { required: true, defaultsToToday: true }) },
    },
    {
      name: 'refuse',
      label: '不予受理',
      from: [PERMIT_STAGE.accepted],
      to: PERMIT_STAGE.refused,
      asks: {
        reviewDate: date('审核日期', { required: true, defaultsToToday: true }),
        refusalReason: text('不予受理原因', { required: true, maxLength: 200 }),
      },
    },
    {
      name: 'makeCard',
      label: '制证',
      from: [PERMIT_STAGE.reviewed],
      to: PERMIT_STAGE.made,
      asks: {
        cardDate: date('制证日期', { required: true, defaultsToToday: true }),
        permitNumber: text('证件编号', { required: true, format: 'documentNumber', maxLength: 30 }),
      },
      // An endorsement is one of the card that its holder has already.
      own: { permitNumber: { unlessSame: 'applicantId' } },
    },
    {
      name: 'issue',
      label: '发证',
      from: [PERMIT_STAGE.made],
      to: PERMIT_STAGE.issued,
      asks: { issueDate: date('发证日期', { required: true, defaultsToToday: true }) },
    },
  ],
  lapses: [],
}
