import type { MapHousehold, MapItem } from '../../../src-shared/contract/map-types.ts'
import { occupancyOf } from '../../../src-shared/building-map/occupancy.ts'
import { displayValue } from '../../../src-shared/fields/display.ts'
import { shownStage } from '../../../src-shared/registers/flow.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { findRecord, toRecordRow, type RecordRow } from '../queries/record-row.ts'
import { actorOf, type Context } from './context.ts'
import { labellerFor, titleOf } from './record-labels.ts'
import { RequestRefusal } from './request-failure.ts'
import { maskerFor } from './shown-records.ts'
import { writeAudit } from './write-audit.ts'

/** Lines of one group; the total counts all. */
const GROUP_LIMIT = 200

type Group = {
  readonly label: string
  readonly register: RegisterName
  /** SQL of which records; one parameter, the dwelling's id. */
  readonly where: string
  /** What a line is called, and what stands behind it. */
  readonly title: readonly string[]
  readonly detail: readonly string[]
}

const GROUPS: readonly Group[] = [
  {
    label: '流动人员',
    register: 'resident',
    where: 'dwelling_id = ?',
    title: ['name'],
    detail: ['sexCode', 'birthDate', 'moveInDate', 'landlordRelationCode'],
  },
  {
    label: '未成年人',
    register: 'minor',
    where: 'dwelling_id = ?',
    title: ['name'],
    detail: ['sexCode', 'birthDate', 'guardianId', 'schoolId'],
  },
  {
    label: '服务事项',
    register: 'serviceRequest',
    where: `status = 'active' AND stage_code IN ('10', '20')
      AND applicant_id IN (SELECT id FROM resident WHERE dwelling_id = ? AND status = 'active')`,
    title: ['serviceTypeCode'],
    detail: ['applicantId', 'dueDate'],
  },
  {
    label: '隐患检查',
    register: 'inspection',
    where: 'dwelling_id = ?',
    title: ['inspectionDate'],
    detail: ['hazardCodes', 'rectifyByDate'],
  },
  {
    label: '租赁合同',
    register: 'lease',
    where: 'dwelling_id = ?',
    title: ['lesseeIds'],
    detail: ['startDate', 'endDate'],
  },
]

/**
 * Who lives in a dwelling, and its requests, inspections and leases; those in force first. That somebody looked is logged
 * before it is answered.
 *
 * @throws RequestRefusal when the dwelling is not here
 */
export async function readHousehold(context: Context, input: { readonly id: string }): Promise<MapHousehold> {
  const { read } = context.store
  const dwelling = findRecord(read, 'dwelling', input.id)
  if (!dwelling) throw new RequestRefusal('notFound', '找不到该房屋,可能已被删除。')
  const groups = GROUPS.map((group) => readGroup(context, group, input.id))
  const people = groups
    .filter(({ label }) => label === '流动人员' || label === '未成年人')
    .reduce((sum, { items }) => sum + items.filter(({ status }) => status === 'active').length, 0)
  await context.store.write((database) =>
    writeAudit(database, actorOf(context), 'record.viewed', 'dwelling', input.id, { people }),
  )
  const register = getRegister('dwelling')
  const { labelOf } = labellerFor(read, context.dictionaries, register, [dwelling.values])
  const occupancyUseCode = dwelling.values['occupancyUseCode']
  return {
    id: dwelling.id,
    title: titleOf(register, dwelling.values, labelOf),
    occupancy: occupancyOf({
      status: dwelling.status,
      occupancyUseCode: typeof occupancyUseCode === 'string' ? occupancyUseCode : null,
      people,
    }),
    useLabel:
      typeof occupancyUseCode === 'string'
        ? context.dictionaries.labelOf('occupancy-use', occupancyUseCode)
        : '',
    groups,
  }
}

function readGroup(context: Context, group: Group, dwellingId: string): MapHousehold['groups'][number] {
  const { read } = context.store
  const register = getRegister(group.register)
  const total = Number(
    read.pluck<number>(`SELECT count(*) FROM ${register.table} WHERE ${group.where}`, dwellingId)[0],
  )
  const rows = read
    .allOf(
      `SELECT * FROM ${register.table} WHERE ${group.where} ORDER BY status, updated_at DESC LIMIT ${GROUP_LIMIT}`,
      dwellingId,
    )
    .map((row) => toRecordRow(register, row))
  const { labelOf } = labellerFor(
    read,
    context.dictionaries,
    register,
    rows.map(({ values }) => values),
  )
  const mask = maskerFor(context)
  const today = context.clock.today()
  const textOf = (record: RecordRow, name: string): string => {
    const field = register.fields[name]
    return field ? mask(register, name, displayValue(field, record.values[name], labelOf)) : ''
  }
  const stageOf = (record: RecordRow): string => {
    const { flow } = register
    const field = flow ? register.fields[flow.field] : undefined
    return flow && field ? displayValue(field, shownStage(flow, record.values, today), labelOf) : ''
  }
  return {
    label: group.label,
    total,
    items: rows.map((record): MapItem => ({
      register: group.register,
      id: record.id,
      title: group.title.map((name) => textOf(record, name)).join(' '),
      detail: group.detail
        .map((name) => {
          const text = textOf(record, name)
          return text === '' ? '' : isDated(name) ? `${register.fields[name]?.label} ${text}` : text
        })
        .filter((text) => text !== '')
        .join(' · '),
      status: record.status,
      // A cancelled record is only that; a valid one stands at a stage where it has any.
      statusLabel:
        (record.status === 'active' ? stageOf(record) : '') || register.statusLabels[record.status],
    })),
  }
}

/** A day says nothing without its name; a birthday beside a name does. */
function isDated(name: string): boolean {
  return name.endsWith('Date') && name !== 'birthDate'
}
