import { getDemoRecordId } from '../../src-shared/demo/demo-id.ts'
import { getDemoRecord, standardDemoSeed } from '../../src-shared/demo/generate-demo.ts'
import { code, date, integer, reference, text } from '../../src-shared/fields/field.ts'
import type { Field, RecordValues } from '../../src-shared/fields/field.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import type { Day, DayActs, DayRecord } from './day.ts'
import {
  formMark,
  inventAfternoonForms,
  inventPaperForms,
  writeFields,
  writeGivenFields,
  type ListEntries,
  type WritingContext,
} from './invent-paper-forms.ts'
import type { PaperField, PaperForm } from './paper-form.ts'

/** One record with a flow: what is on paper, the steps by name with their answers, and what must stand in the record then. */
interface RecordPlan {
  readonly values: RecordValues
  readonly steps: readonly (readonly [name: string, answers: Readonly<Record<string, string>>])[]
  readonly after: Readonly<Record<string, string>>
  readonly shownStage: string
}

const applicant = (form: number): string => `${formMark}${form}`

/**
 * Ten permits by the national profile. The days were counted by hand: 15 working days, with 国庆节、中秋节 2025 (1–8 October, 28
 * September and 11 October worked) and 2026 (25–27 September, 1–7 October, 20 September and 10 October worked).
 */
const permitPlans: readonly RecordPlan[] = [
  first(1, '10', ['10', '11', '31'], '2025-09-15', 'JZ20250001', '2025-10-10', '2025-10-11', '2026-10-10'),
  first(2, '20', ['10', '20'], '2025-09-15', 'JZ20250002', '2025-10-09', '2025-10-11', '2026-10-09'),
  {
    values: permit(36, '10', '30', ['10', '40', '41'], '2025-09-16'),
    steps: [['refuse', { reviewDate: '2025-09-18', refusalReason: '就读证明已过有效期,请补交' }]],
    after: { dueDate: '2025-10-13', validUntilDate: '2026-09-16', stageCode: '90' },
    shownStage: '不予受理',
  },
  first(5, '20', ['10', '20'], '2025-09-16', 'JZ20250003', '2025-10-11', '2025-10-13', '2026-10-11'),
  first(12, '20', ['10', '22'], '2025-09-16', 'JZ20250004', '2025-10-13', '2025-10-13', '2026-10-13'),
  {
    values: permit(16, '10', '20', ['10', '20'], '2025-09-16'),
    steps: [
      ['review', { reviewDate: '2025-09-19' }],
      ['makeCard', { cardDate: '2025-09-24', permitNumber: 'JZ20250005' }],
    ],
    after: { dueDate: '2025-10-13', validUntilDate: '2026-09-16', stageCode: '30' },
    shownStage: '已制证',
  },
  later(1, '30', '10', '2026-03-02', 'JZ20250001', '2026-03-16', '2026-03-23', '2026-10-10'),
  later(2, '40', '20', '2026-03-02', 'JZ20260002', '2026-03-12', '2026-03-23', '2026-10-09'),
  later(5, '20', '20', '2026-09-14', 'JZ20250003', '2026-09-21', '2026-10-10', '2027-10-11'),
  later(12, '50', '20', '2026-09-14', 'JZ20260004', '2026-09-22', '2026-10-10', '2027-10-13'),
]

function permit(
  form: number,
  action: string,
  basis: string,
  materials: readonly string[],
  acceptanceDate: string,
): RecordValues {
  return {
    applicantId: applicant(form),
    permitActionCode: action,
    permitBasisCode: basis,
    permitMaterialCodes: materials,
    acceptanceDate,
    permitTermCode: '10',
  }
}

function toIssue(reviewDate: string, permitNumber: string, issueDate: string): RecordPlan['steps'] {
  return [
    ['review', { reviewDate }],
    ['makeCard', { cardDate: issueDate, permitNumber }],
    ['issue', { issueDate }],
  ]
}

function first(
  form: number,
  basis: string,
  materials: readonly string[],
  acceptanceDate: string,
  permitNumber: string,
  issueDate: string,
  dueDate: string,
  validUntilDate: string,
): RecordPlan {
  return {
    values: permit(form, '10', basis, materials, acceptanceDate),
    steps: toIssue('2025-09-19', permitNumber, issueDate),
    after: { dueDate, validUntilDate, stageCode: '40' },
    shownStage: '已发证',
  }
}

function later(
  form: number,
  action: string,
  basis: string,
  acceptanceDate: string,
  permitNumber: string,
  issueDate: string,
  dueDate: string,
  validUntilDate: string,
): RecordPlan {
  return {
    values: permit(form, action, basis, ['10'], acceptanceDate),
    steps: toIssue(acceptanceDate, permitNumber, issueDate),
    after: { dueDate, validUntilDate, stageCode: '40' },
    shownStage: '已发证',
  }
}

const sound = '隐患已整改,复查合格'

/** Five inspections with hazards, of dwellings on the pile; the last one nobody has looked at again. */
function planInspections(pile: readonly PaperForm[]): readonly RecordPlan[] {
  const at = (
    form: number,
    hazardCodes: readonly string[],
    description: string,
    rectifyByDate: string,
  ): RecordValues => ({
    dwellingId: demoIdOf(pile, form, 'dwellingId'),
    inspectionDate: '2026-10-12',
    inspectorId: demoIdOf(pile, form, 'collectorId'),
    hazardCodes,
    description,
    rectifyByDate,
  })
  const rectified = (reinspectionDate: string): RecordPlan['steps'][number] => [
    'rectify',
    { reinspectionDate, reinspectionResult: sound },
  ]
  const done = { after: { stageCode: '30' }, shownStage: '已整改' }
  return [
    {
      values: at(1, ['10'], '楼道电线私拉,插线板串接', '2026-10-19'),
      steps: [rectified('2026-10-19')],
      ...done,
    },
    {
      values: at(6, ['20', '50'], '电动自行车停在安全出口处充电', '2026-10-15'),
      steps: [rectified('2026-10-14')],
      ...done,
    },
    {
      values: at(12, ['31'], '三间出租,没有感烟报警器', '2026-10-20'),
      steps: [
        [
          'extend',
          {
            reinspectionDate: '2026-10-20',
            reinspectionResult: '只装一间,限期补齐',
            rectifyByDate: '2026-10-27',
          },
        ],
        rectified('2026-10-27'),
      ],
      after: { stageCode: '30', rectifyByDate: '2026-10-27' },
      shownStage: '已整改',
    },
    {
      values: at(18, ['40', '41'], '燃气热水器装在卫生间内', '2026-10-22'),
      steps: [rectified('2026-10-21')],
      ...done,
    },
    {
      values: at(21, ['60'], '客厅用木板隔出两间', '2026-10-31'),
      steps: [],
      after: { stageCode: '20' },
      shownStage: '逾期',
    },
  ]
}

/** Six requests, of residents on the pile and of strangers. */
const requestPlans: readonly RecordPlan[] = [
  {
    values: request({ applicantId: applicant(3) }, '30', '咨询女儿转学所需材料'),
    steps: [
      ['begin', { handlerName: '孙经办' }],
      ['finish', { finishDate: '2026-11-05', result: '已告知材料并预约学校', satisfactionCode: '10' }],
    ],
    after: { stageCode: '30' },
    shownStage: '已办结',
  },
  {
    values: request(
      { applicantName: '钱访客', applicantTelephone: '13900000009' },
      '10',
      '咨询居住证签注需要哪些材料',
    ),
    steps: [['finish', { finishDate: '2026-11-03', result: '已电话告知材料清单', satisfactionCode: '20' }]],
    after: { stageCode: '30' },
    shownStage: '已办结',
  },
  {
    values: request({ applicantId: applicant(8) }, '40', '咨询参保后如何转移接续'),
    steps: [
      ['begin', { handlerName: '孙经办' }],
      ['return', { finishDate: '2026-11-06', result: '请到社保经办机构办理' }],
    ],
    after: { stageCode: '40' },
    shownStage: '已退回',
  },
  {
    values: request(
      { applicantName: '周来宾', applicantTelephone: '13700000008' },
      '50',
      '与用工方有工资纠纷,请求法律援助',
    ),
    steps: [['return', { finishDate: '2026-11-04', result: '不属本站受理,已转法律援助中心' }]],
    after: { stageCode: '40' },
    shownStage: '已退回',
  },
  {
    values: request({ applicantId: applicant(20) }, '60', '开具居住登记证明'),
    steps: [
      ['begin', { handlerName: '李经办' }],
      ['finish', { finishDate: '2026-11-10', result: '证明已出具', satisfactionCode: '90' }],
    ],
    after: { stageCode: '30' },
    shownStage: '已办结',
  },
  {
    values: request({ applicantId: applicant(31) }, '35', '咨询孩子预防接种补种'),
    steps: [],
    after: { stageCode: '10' },
    shownStage: '待办',
  },
]

function request(applied: RecordValues, serviceTypeCode: string, content: string): RecordValues {
  return { ...applied, serviceTypeCode, content, acceptanceDate: '2026-11-02', dueDate: '2026-11-30' }
}

/** What the dialogs and heads ask for: the same questions as in src-renderer, without the page. */
const headFields = {
  collectorId: reference('采集人', { register: 'coordinator' }),
  collectionDate: date('采集日期', { required: true }),
  expectedCount: integer('应录份数', { required: true, minimum: 1, maximum: 9999 }),
}
const moveFields = {
  targetDwellingId: reference('迁往房屋', { required: true, register: 'dwelling' }),
  moveInDate: date('入住日期', { required: true }),
  reason: text('迁移原因', { required: true }),
}
const correctionFields = {
  changeReasonCode: code('更正原因', { required: true, dictionary: 'correction-reason' }),
  changeNote: text('更正说明', {}),
}
const changeFields = { changeDate: date('变更日期', { required: true }) }
const restoreFields = { reason: code('恢复原因', { required: true, dictionary: 'restore-reason' }) }
const departureFields = {
  reasonCode: code('注销原因', { required: true, dictionary: 'departure-reason' }),
  cancelDate: date('注销日期', { required: true }),
}
const clearanceFields = {
  departureReasonCode: code('人员注销原因', { required: true, dictionary: 'departure-reason' }),
  reasonCode: code('房屋注销原因', { required: true, dictionary: 'dwelling-cancel-reason' }),
  cancelDate: date('注销日期', { required: true }),
}

/** Invents the day, the same every time. The thirty forms of the morning are not in it. */
export function inventDay(listEntries: ListEntries): Day {
  const forms = inventAfternoonForms(listEntries)
  const pile = [...inventPaperForms(listEntries), ...forms]
  const context: WritingContext = {
    listEntries,
    previous: undefined,
    filledBy: {},
    newEmployerName: null,
    formOf: (number) => {
      const form = pile.find((each) => each.number === number)
      if (form === undefined) throw new Error(`no form ${number}`)
      return form
    },
  }
  const write = (register: DayRecord['register'], plans: readonly RecordPlan[]): DayRecord[] =>
    plans.map((plan, index) => writeRecord(register, plan, index + 1, context))
  return {
    forms: [...forms],
    permits: write('residencePermit', permitPlans),
    inspections: write('inspection', planInspections(pile)),
    requests: write('serviceRequest', requestPlans),
    acts: inventActs(pile, context),
  }
}

function writeRecord(
  register: DayRecord['register'],
  plan: RecordPlan,
  number: number,
  context: WritingContext,
): DayRecord {
  const steps = getRegister(register).flow?.steps ?? []
  const answers = Object.assign({}, ...plan.steps.map(([, given]) => given)) as Record<string, string>
  return {
    number,
    register,
    fields: writeFields(register, plan.values, context),
    steps: plan.steps.map(([name, given]) => {
      const index = steps.findIndex((each) => each.name === name)
      const step = steps[index]
      if (step === undefined) throw new Error(`${register} has no step ${name}`)
      return {
        label: step.label,
        chord: `Control+Shift+${index + 1}`,
        asks: writeGivenFields(step.asks, given, context).map((field) =>
          isGivenText(step.startsWith?.[field.field], field.stored)
            ? { ...field, keys: null, filledBy: 'default' }
            : field,
        ),
      }
    }),
    after: { ...answers, ...plan.after },
    shownStage: plan.shownStage,
  }
}

function isGivenText(start: 'accountName' | { readonly text: string } | undefined, stored: unknown): boolean {
  return typeof start === 'object' && start.text === stored
}

function inventActs(pile: readonly PaperForm[], context: WritingContext): DayActs {
  const ask = (fields: Readonly<Record<string, Field>>, values: RecordValues): PaperField[] =>
    writeGivenFields(fields, values, context)
  const paper = (form: number, field: string): string => fieldOf(pile, form, field).paper
  const modified = (name: string, value: string): PaperField => {
    const [field] = writeFields('resident', { [name]: value }, context)
    if (field === undefined) throw new Error(`nothing is written of ${name}`)
    return field
  }
  const correct = (
    form: number,
    name: string,
    value: string,
    reasonCode: string,
    remark: string,
  ): DayActs['modifications'][number] => {
    const asks = ask(correctionFields, { changeReasonCode: reasonCode, changeNote: remark })
    const reason = [asks[0]?.paper, remark].join(':')
    return { form, field: modified(name, value), kind: 'correction', asks, reason, effectiveDate: null }
  }
  const change = (
    form: number,
    name: string,
    value: string,
    effectiveDate: string,
  ): DayActs['modifications'][number] => {
    const asks = ask(changeFields, { changeDate: effectiveDate })
    return { form, field: modified(name, value), kind: 'change', asks, reason: '', effectiveDate }
  }
  const moveTo = (dwelling: number): PaperField[] =>
    ask(moveFields, {
      targetDwellingId: getDemoRecordId(standardDemoSeed, 'dwelling', dwelling),
      moveInDate: '2026-11-01',
      reason: '房东收回',
    })
  const resident = { register: 'resident', form: 11, name: paper(11, 'name') } as const
  const minor = { register: 'minor', form: 7, name: '林小雨' } as const
  const taken = new Set(pile.map((form) => demoIdOf(pile, form.number, 'dwellingId')))
  const [oldHome, newHome, otherHome] = [40, 700, 900].map((from) => findFreeDwelling(from, taken))
  if (oldHome === undefined || newHome === undefined || otherHome === undefined)
    throw new Error('no dwelling')
  return {
    batch: {
      // The pile is of several communities: its head names none.
      head: ask(headFields, {
        collectorId: demoIdOf(pile, 1, 'collectorId'),
        collectionDate: '2025-01-20',
        expectedCount: pile.length,
      }),
      voidReason: '重复填表',
    },
    modifications: [
      correct(2, 'householdAddress', `${paper(2, 'householdAddress')}12号`, '10', '门牌漏写'),
      correct(5, 'telephone', '13800005566', '20', '末四位录错'),
      correct(24, 'educationCode', '31', '40', '出示毕业证'),
      change(3, 'telephone', '13700003344', '2026-10-08'),
      change(14, 'maritalStatusCode', '22', '2026-10-01'),
    ],
    moves: [
      { forms: [31, 32, 33], asks: moveTo(newHome) },
      { forms: [21, 22], asks: moveTo(otherHome) },
    ],
    cancellations: [
      {
        person: resident,
        asks: ask(departureFields, { reasonCode: '10', cancelDate: '2026-11-20' }),
      },
      { person: minor, asks: ask(departureFields, { reasonCode: '20', cancelDate: '2026-11-20' }) },
    ],
    clearance: {
      dwellingId: getDemoRecordId(standardDemoSeed, 'dwelling', oldHome),
      conditions: describeDwelling(oldHome, context),
      asks: ask(clearanceFields, {
        departureReasonCode: '20',
        reasonCode: '10',
        cancelDate: '2026-11-21',
      }),
    },
    restorations: [
      { person: resident, asks: ask(restoreFields, { reason: '20' }) },
      { person: minor, asks: ask(restoreFields, { reason: '10' }) },
    ],
  }
}

function fieldOf(pile: readonly PaperForm[], number: number, name: string): PaperField {
  const field = pile.find((form) => form.number === number)?.fields.find((each) => each.field === name)
  if (field === undefined) throw new Error(`form ${number} has no ${name}`)
  return field
}

function demoIdOf(pile: readonly PaperForm[], number: number, name: string): string {
  const { stored } = fieldOf(pile, number, name)
  if (typeof stored !== 'object' || Array.isArray(stored) || stored.demoId === null)
    throw new Error(`${name} of form ${number} is no demo record`)
  return stored.demoId
}

/** A let dwelling of the demo data, from a place on, where nobody of the pile lives. */
function findFreeDwelling(from: number, taken: ReadonlySet<string>): number {
  for (let index = from; ; index += 1) {
    const { values } = getDemoRecord('dwelling', index)
    const id = getDemoRecordId(standardDemoSeed, 'dwelling', index)
    if (values['occupancyUseCode'] === '20' && !taken.has(id)) return index
  }
}

/** What finds a dwelling in 房屋查询. */
function describeDwelling(index: number, context: WritingContext): PaperField[] {
  const { values } = getDemoRecord('dwelling', index)
  const asked = ['doorNumber', 'roomNumber', 'ownerName'].map((name) => [name, values[name] ?? null] as const)
  return writeFields('dwelling', Object.fromEntries(asked), context)
}
