import { PERMIT_ACTION } from '../../src-shared/regions/permit-rules.ts'
import type { TabPage } from './tab.ts'

/** What a permit's form is opened for from a resident's record. */
export type PermitAct = 'applyPermit' | 'endorsePermit'

/** 居住证申领 with the applicant, and what is asked for, filled in. */
export function permitPage(
  act: PermitAct,
  applicant: { readonly id: string; readonly name: string },
): TabPage {
  return {
    kind: 'entry',
    register: 'residencePermit',
    recordIds: [],
    draftId: crypto.randomUUID(),
    prefilled: {
      applicantId: { text: applicant.name, value: applicant.id },
      permitActionCode:
        act === 'applyPermit'
          ? { text: '首次申领', value: PERMIT_ACTION.first }
          : { text: '签注', value: PERMIT_ACTION.endorsement },
    },
  }
}
