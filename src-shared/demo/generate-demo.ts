import type { FieldValue, RecordValues } from '../fields/field.ts'
import { REGISTERS_BY_REFERENCE, type RegisterName } from '../registers/register.ts'
import { getRegister } from '../registers/registers.ts'
import { addDays, countDaysBetween } from '../values/calendar-date.ts'
import { computeSocialCreditCheckCharacter } from '../values/social-credit-code.ts'
import { demoRegisterOrder, getDemoRecordId } from './demo-id.ts'
import {
  demoDivisionCode,
  getDemoCommunityCode,
  getDemoStreetCode,
  getDemoStreetName,
  standardDemoSize,
} from './district.ts'
import type { DemoSize } from './district.ts'
import {
  formatCitizenIdNumber,
  inventForeignName,
  inventIdentity,
  inventName,
  inventTelephone,
} from './people.ts'
import type { DemoSexCode } from './people.ts'
import { randomOf } from './random.ts'
import type { Random } from './random.ts'

/** The seed of the set that 帮助 loads. */
export const standardDemoSeed = 1

/** The latest day in the demo data. It is fixed, so that the same seed gives the same records on every day. */
export const demoBaseDate = '2024-12-31'

/** Registers whose days are deadlines: of people and dwellings the days hang on birth dates and stay as they are. */
const DATED_REGISTERS: ReadonlySet<RegisterName> = new Set([
  'residencePermit',
  'lease',
  'inspection',
  'serviceRequest',
])

/**
 * The record with the days of permits, leases, inspections and service requests moved by as many days as {@link demoBaseDate}
 * lies before `today`: what is due in the demo data is due now, and not years ago.
 */
export function withDaysUpTo(record: DemoRecord, today: string): DemoRecord {
  if (!DATED_REGISTERS.has(record.register)) return record
  const days = countDaysBetween(demoBaseDate, today)
  const { fields } = getRegister(record.register)
  return {
    ...record,
    values: Object.fromEntries(
      Object.entries(record.values).map(([name, value]) => [
        name,
        fields[name]?.kind === 'date' && typeof value === 'string' ? addDays(value, days) : value,
      ]),
    ),
  }
}

/** One invented record, every declared field present, empty ones `null`. */
export interface DemoRecord {
  readonly register: RegisterName
  readonly id: string
  readonly values: RecordValues
  /** Values of the cancellation's fields, or null for a record in use. */
  readonly cancellation: RecordValues | null
}

/** What to invent. */
export interface DemoOptions {
  readonly seed?: number
  readonly size?: DemoSize
  /** Records per chunk; the caller may do other work between two chunks. */
  readonly chunkSize?: number
  /** Only these registers; the records are the same as in the full set. */
  readonly registers?: readonly RegisterName[]
}

/** What every record maker knows. */
interface DemoPlan {
  readonly seed: number
  readonly size: DemoSize
}

/**
 * Invents the demo data chunk by chunk, what is referred to before what refers to it. A record depends on seed, size and its own number only, nothing is kept between records, so a
 * million residents take no more memory than one chunk.
 */
export function* generateDemoRecords(options: DemoOptions = {}): Generator<readonly DemoRecord[]> {
  const {
    seed = standardDemoSeed,
    size = standardDemoSize,
    chunkSize = 500,
    registers = REGISTERS_BY_REFERENCE,
  } = options
  const plan: DemoPlan = { seed, size }
  let chunk: DemoRecord[] = []
  for (const register of REGISTERS_BY_REFERENCE) {
    if (!registers.includes(register)) continue
    const count = countDemoRecords(size, register)
    for (let index = 0; index < count; index += 1) {
      chunk.push(inventRecord(plan, register, index))
      if (chunk.length >= chunkSize) {
        yield chunk
        chunk = []
      }
    }
  }
  if (chunk.length > 0) yield chunk
}

/** How many records of a register the size has, or of all. */
export function countDemoRecords(size: DemoSize, register?: RegisterName): number {
  if (register !== undefined) return size[SIZE_OF[register]] ?? 0
  return REGISTERS_BY_REFERENCE.reduce((sum, name) => sum + (size[SIZE_OF[name]] ?? 0), 0)
}

const SIZE_OF = {
  coordinator: 'coordinators',
  estate: 'estates',
  school: 'schools',
  employer: 'employers',
  dwelling: 'dwellings',
  resident: 'residents',
  minor: 'minors',
  residencePermit: 'residencePermits',
  lease: 'leases',
  inspection: 'inspections',
  serviceRequest: 'serviceRequests',
} as const satisfies Readonly<Record<RegisterName, keyof DemoSize>>

/** The demo record with a number from 0. */
export function getDemoRecord(register: RegisterName, index: number, options: DemoOptions = {}): DemoRecord {
  return inventRecord(
    { seed: options.seed ?? standardDemoSeed, size: options.size ?? standardDemoSize },
    register,
    index,
  )
}

function inventRecord(plan: DemoPlan, register: RegisterName, index: number): DemoRecord {
  const random = randomOf(plan.seed, demoRegisterOrder.indexOf(register), index)
  const id = getDemoRecordId(plan.seed, register, index)
  const values = complete(register, inventValues(plan, register, random, index))
  const cancellation = register === 'resident' && random.chance(0.03) ? inventDeparture(random, values) : null
  return { register, id, values, cancellation }
}

function inventValues(
  plan: DemoPlan,
  register: RegisterName,
  random: Random,
  index: number,
): Record<string, FieldValue> {
  switch (register) {
    case 'coordinator':
      return inventCoordinator(plan, random, index)
    case 'employer':
      return inventEmployer(plan, random, index)
    case 'dwelling':
      return inventDwelling(plan, random, index)
    case 'resident':
      return inventResident(plan, random, index)
    case 'estate':
      return inventEstate(plan, random, index)
    case 'school':
      return inventSchool(plan, random, index)
    case 'minor':
      return inventMinorRecord(plan, random, index)
    case 'residencePermit':
      return inventPermit(plan, random, index)
    case 'lease':
      return inventLease(plan, random, index)
    case 'inspection':
      return inventInspection(plan, random, index)
    case 'serviceRequest':
      return inventServiceRequest(plan, random)
  }
}

const emptyRecords = Object.fromEntries(
  REGISTERS_BY_REFERENCE.map((name) => [
    name,
    Object.fromEntries(Object.keys(getRegister(name).fields).map((field) => [field, null])),
  ]),
)

/** Adds the declared fields that were not given, in the order of the declaration. */
function complete(register: RegisterName, given: Record<string, FieldValue>): RecordValues {
  return { ...emptyRecords[register], ...given }
}

/** Coordinators are numbered before the residents, from the other end. */
const coordinatorIdentityOffset = 700_000_000

function inventCoordinator({ size }: DemoPlan, random: Random, index: number): Record<string, FieldValue> {
  const sexCode: DemoSexCode = random.chance(0.4) ? '1' : '2'
  return {
    name: inventName(random, sexCode).name,
    sexCode,
    citizenIdNumber: inventIdentity(coordinatorIdentityOffset + index, sexCode).citizenIdNumber,
    telephone: inventTelephone(random),
    communityCode: getDemoCommunityCode(index % size.communities),
    employmentDate: addDays('2019-01-01', random.below(2000)),
    workCardNumber: `XG${String(index + 1).padStart(4, '0')}`,
  }
}

/** A coordinator of the community with a number from 0. */
function pickCoordinatorId({ seed, size }: DemoPlan, random: Random, community: number): string | null {
  const first = community % Math.max(1, Math.min(size.communities, size.coordinators))
  const count = Math.floor((size.coordinators - 1 - first) / size.communities) + 1
  if (size.coordinators === 0 || count < 1) return null
  return getDemoRecordId(seed, 'coordinator', first + size.communities * random.below(count))
}

const tradeNames = [
  '丹心',
  '鸿运',
  '长兴',
  '重光',
  '金穗',
  '乐佳',
  '恒达',
  '百汇',
  '新曲',
  '会友',
  '云帆',
  '德润',
  '天朗',
  '福顺',
  '锦程',
  '星辉',
  '瑞和',
  '华茂',
  '朝旭',
  '青禾',
  '远航',
  '三和',
  '众诚',
  '九州',
  '万里',
  '大成',
  '佳音',
  '同济',
  '诚信',
  '顺达',
]
const trades: readonly (readonly [name: string, industryCode: string, employerTypeCode: string])[] = [
  ['酒楼', '62', '20'],
  ['餐饮有限公司', '62', '12'],
  ['电子有限公司', '39', '12'],
  ['服装厂', '18', '12'],
  ['家具有限公司', '21', '12'],
  ['建筑劳务有限公司', '47', '12'],
  ['装饰工程有限公司', '50', '12'],
  ['物流有限公司', '54', '12'],
  ['物业服务有限公司', '70', '12'],
  ['超市', '52', '20'],
  ['五金商店', '52', '20'],
  ['汽车修理厂', '81', '20'],
  ['家政服务有限公司', '80', '12'],
  ['软件有限公司', '65', '12'],
  ['塑料制品有限公司', '29', '12'],
  ['理发店', '80', '20'],
  ['药店', '52', '20'],
  ['快递服务部', '60', '20'],
  ['食品有限公司', '14', '12'],
  ['机械制造有限公司', '34', '13'],
]

function getTradeName(index: number): string {
  const first = tradeNames[index % tradeNames.length] ?? ''
  const round = Math.floor(index / tradeNames.length)
  // 600 names of one stem each, then 18,000 of two: no two employers of a district of 18,600 have the same name.
  const second =
    round < trades.length ? '' : (tradeNames[Math.floor(round / trades.length - 1) % tradeNames.length] ?? '')
  return first + second
}

function inventEmployer(plan: DemoPlan, random: Random, index: number): Record<string, FieldValue> {
  const [tradeName, industryCode, employerTypeCode] = trades[
    Math.floor(index / tradeNames.length) % trades.length
  ] ?? ['商店', '52', '20']
  const serial = Math.floor(index / (tradeNames.length * trades.length * (tradeNames.length + 1)))
  const street = random.below(plan.size.streets)
  const first17 = `${employerTypeCode === '20' ? '92' : '91'}${demoDivisionCode}MA${index.toString(10).padStart(6, '0').slice(-6)}D`
  return {
    name: `${employerTypeCode === '20' ? '' : '青禾区'}${getTradeName(index)}${tradeName}${serial === 0 ? '' : `${serial + 1}店`}`,
    socialCreditCode: first17 + computeSocialCreditCheckCharacter(first17),
    employerTypeCode,
    industryCode,
    divisionCode: demoDivisionCode,
    address: `青禾区${getDemoStreetName(street)}${1 + random.below(200)}号`,
    principalName: inventName(random, random.chance(0.7) ? '1' : '2').name,
    telephone: inventTelephone(random),
    headcount: random.chance(0.9) ? 1 + random.below(employerTypeCode === '20' ? 12 : 400) : null,
    coordinatorId: random.chance(0.8)
      ? pickCoordinatorId(plan, random, street % plan.size.communities)
      : null,
  }
}

/** Occupancy of a dwelling; a resident must know it without making the whole record. 20 is 出租. */
function getOccupancyUseCode({ seed }: DemoPlan, dwelling: number): string {
  const draw = randomOf(seed, 100, dwelling).below(100)
  if (draw < 60) return '20'
  if (draw < 85) return '10'
  return draw < 95 ? '30' : '40'
}

/** A building with several entrances, or a house of its own with four floors of three rooms. */
const roomsPerHouse = 12
const roomsPerDoor = 96

/** Where the dwelling with a number from 0 stands; different numbers stand at different addresses. */
function getAddress(
  { size }: DemoPlan,
  index: number,
): Record<string, string | null> & { readonly floorNumber: string } {
  const street = index % size.streets
  const order = Math.floor(index / size.streets)
  const common = {
    communityCode: getDemoCommunityCode(street % size.communities),
    streetCode: getDemoStreetCode(street),
  }
  if (street % 3 === 0) {
    const inside = order % roomsPerDoor
    const floor = Math.floor(inside / 2) % 6
    return {
      ...common,
      doorNumber: String(Math.floor(order / roomsPerDoor) * 2 + 1),
      building: String(Math.floor(inside / 48) + 1),
      entrance: String(Math.floor((inside % 48) / 12) + 1),
      floorNumber: String(floor + 1),
      roomNumber: `${floor + 1}0${(inside % 2) + 1}`,
    }
  }
  const inside = order % roomsPerHouse
  const floor = Math.floor(inside / 3)
  return {
    ...common,
    doorNumber: String(Math.floor(order / roomsPerHouse) + 1),
    building: null,
    entrance: null,
    floorNumber: String(floor + 1),
    roomNumber: `${floor + 1}0${(inside % 3) + 1}`,
  }
}

/** Every third street has estates: one a door number, numbered along the streets first. */
function getEstateId({ seed, size }: DemoPlan, dwelling: number): string | null {
  const street = dwelling % size.streets
  const door = Math.floor(Math.floor(dwelling / size.streets) / roomsPerDoor)
  const estate = door * Math.ceil(size.streets / 3) + street / 3
  return estate < (size.estates ?? 0) ? getDemoRecordId(seed, 'estate', estate) : null
}

const estateNames = ['花园', '新村', '家园', '佳苑', '华庭', '公寓']

function inventEstate({ size }: DemoPlan, random: Random, index: number): Record<string, FieldValue> {
  const perRound = Math.ceil(size.streets / 3)
  const street = (index % perRound) * 3
  const door = Math.floor(index / perRound) * 2 + 1
  return {
    name: `${getDemoStreetName(street)}${door}号${random.pick(estateNames)}`,
    communityCode: getDemoCommunityCode(street % size.communities),
    address: `青禾区${getDemoStreetName(street)}${door}号`,
    developerName: random.chance(0.5) ? `青禾区${random.pick(tradeNames)}房地产开发有限公司` : null,
    propertyServiceName: `青禾区${random.pick(tradeNames)}物业服务有限公司`,
    propertyServiceTelephone: inventTelephone(random),
    // As the addresses of its dwellings say: 48 rooms a building.
    buildings: ['1', '2'].map((name) => ({ name, entranceCount: 4, floorCount: 6, roomsPerFloor: 2 })),
  }
}

const schoolKinds = [
  ['幼儿园', '10'],
  ['小学', '20'],
  ['初级中学', '30'],
  ['高级中学', '40'],
  ['九年一贯制学校', '31'],
] as const

function inventSchool({ size }: DemoPlan, random: Random, index: number): Record<string, FieldValue> {
  const [kind, schoolTypeCode] = schoolKinds[index % schoolKinds.length] ?? schoolKinds[0]
  const street = random.below(size.streets)
  const round = Math.floor(index / (schoolKinds.length * tradeNames.length))
  return {
    name: `青禾区${tradeNames[Math.floor(index / schoolKinds.length) % tradeNames.length] ?? ''}${kind}${round === 0 ? '' : `第${round + 1}分校`}`,
    schoolTypeCode,
    schoolOwnershipCode: random.chance(0.8) ? '10' : '20',
    divisionCode: demoDivisionCode,
    address: `青禾区${getDemoStreetName(street)}${1 + random.below(200)}号`,
    principalName: inventName(random, random.chance(0.6) ? '1' : '2').name,
    telephone: inventTelephone(random),
  }
}

/** Number of a resident and what it says, without keeping the register. */
function pickResident(
  plan: DemoPlan,
  random: Random,
): { readonly id: string; readonly values: Record<string, FieldValue> } {
  const index = random.below(plan.size.residents)
  return {
    id: getDemoRecordId(plan.seed, 'resident', index),
    values: inventResident(plan, randomOf(plan.seed, demoRegisterOrder.indexOf('resident'), index), index),
  }
}

/** Kind of school by age; the code of 就学状况, the school's place in schoolKinds and a grade. */
function inventSchooling(random: Random, age: number): readonly [string, number, string] | undefined {
  if (age < 3) return undefined
  if (age < 6) return ['20', 0, `0${age - 2}`]
  if (age < 12) return ['30', 1, String(age + 5)]
  return age < 15 ? ['40', 2, String(age + 9)] : ['50', 3, random.pick(['31', '32'])]
}

function inventMinorRecord(plan: DemoPlan, random: Random, index: number): Record<string, FieldValue> {
  const guardian = pickResident(plan, random)
  const guardianName = typeof guardian.values['name'] === 'string' ? guardian.values['name'] : ''
  const { name, sexCode, birthDate, kinshipCode } = inventMinor(random, guardianName)
  const age = Math.floor((Number(demoBaseDate.slice(0, 4)) * 12 + 11 - monthsOf(birthDate)) / 12)
  const schooling = inventSchooling(random, age)
  const schools = Math.floor(((plan.size.schools ?? 0) - 1 - (schooling?.[1] ?? 0)) / schoolKinds.length) + 1
  const isAtSchool = schooling !== undefined && schools > 0
  return {
    name: name ?? null,
    sexCode: sexCode ?? null,
    birthDate: birthDate ?? null,
    ...(random.chance(0.7) && typeof birthDate === 'string'
      ? {
          documentTypeCode: '01',
          documentNumber: formatCitizenIdNumber(
            '420106',
            birthDate,
            1 + ((index * 2 + (sexCode === '1' ? 0 : 1)) % 998),
          ),
        }
      : {}),
    guardianId: guardian.id,
    kinshipCode: kinshipCode ?? null,
    dwellingId: guardian.values['dwellingId'] ?? null,
    schoolingCode: isAtSchool ? schooling[0] : '10',
    schoolId: isAtSchool
      ? getDemoRecordId(plan.seed, 'school', schooling[1] + schoolKinds.length * random.below(schools))
      : null,
    gradeCode: isAtSchool ? schooling[2] : null,
    vaccinationCode: random.pick(['10', '10', '10', '20']),
    collectorId: guardian.values['collectorId'] ?? null,
    collectionDate: guardian.values['collectionDate'] ?? demoBaseDate,
  }
}

function monthsOf(day: FieldValue | undefined): number {
  return typeof day === 'string' ? Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 : 0
}

/** Where a demo permit stands; most were issued. */
const permitStages = ['40', '40', '40', '40', '40', '30', '20', '10', '90'] as const

function inventPermit(plan: DemoPlan, random: Random, index: number): Record<string, FieldValue> {
  const applicant = pickResident(plan, random)
  const stageCode = random.pick(permitStages)
  const isDone = stageCode === '40'
  const acceptanceDate = isDone
    ? addDays('2023-10-01', random.below(420))
    : addDays('2024-12-05', random.below(16))
  const isReviewed = stageCode !== '10'
  const isMade = stageCode === '30' || isDone
  const issueDate = addDays(acceptanceDate, 14)
  return {
    applicantId: applicant.id,
    permitActionCode: random.pick(['10', '10', '20', '40']),
    permitBasisCode: applicant.values['employerId'] === undefined ? '20' : '10',
    permitMaterialCodes: ['10', '11'],
    acceptanceDate,
    dueDate: addDays(acceptanceDate, 21),
    permitTermCode: '10',
    validUntilDate: isDone
      ? addDays(`${Number(issueDate.slice(0, 4)) + 1}${issueDate.slice(4).replace('02-29', '02-28')}`, -1)
      : null,
    acceptedByName: '演示操作员',
    stageCode,
    reviewDate: isReviewed ? addDays(acceptanceDate, 3) : null,
    refusalReason: stageCode === '90' ? '居住未满半年' : null,
    cardDate: isMade ? addDays(acceptanceDate, 10) : null,
    permitNumber: isMade ? `JZ${demoDivisionCode}${String(index + 1).padStart(8, '0')}` : null,
    issueDate: isDone ? issueDate : null,
  }
}

function inventLease(plan: DemoPlan, random: Random, index: number): Record<string, FieldValue> {
  const lessee = pickResident(plan, random)
  const { dwellingId, moveInDate } = lessee.values
  const startDate = typeof moveInDate === 'string' ? moveInDate : demoBaseDate
  const isEnded = random.chance(0.08)
  return {
    dwellingId: dwellingId ?? null,
    lessorName: inventName(random, random.chance(0.5) ? '1' : '2').name,
    lesseeIds: [lessee.id],
    startDate,
    endDate: addDays(startDate, 364 * (1 + random.below(3))),
    monthlyRent: (300 + random.below(40) * 50) * 100,
    deposit: random.chance(0.8) ? (300 + random.below(40) * 50) * 100 : null,
    leaseUseCode: random.chance(0.95) ? '10' : '20',
    filingNumber: `ZL${demoDivisionCode}${String(index + 1).padStart(7, '0')}`,
    filingDate: addDays(startDate, random.below(20)),
    stageCode: isEnded ? '30' : '10',
    terminationDate: isEnded ? addDays(startDate, 90) : null,
    terminationReasonCode: isEnded ? '20' : null,
  }
}

function inventInspection(plan: DemoPlan, random: Random, index: number): Record<string, FieldValue> {
  const dwelling = (index * 7) % Math.max(1, plan.size.dwellings)
  const street = dwelling % plan.size.streets
  const hazardCodes = random.chance(0.35) ? inventCodes(random, ['10', '21', '30', '31', '50']) : null
  const isRectified = hazardCodes !== null && random.chance(0.7)
  const isOpen = hazardCodes !== null && !isRectified
  // What is open was found lately: some of it is past its day.
  const inspectionDate = isOpen
    ? addDays('2024-12-08', random.below(23))
    : addDays('2024-01-01', random.below(350))
  return {
    dwellingId: getDemoRecordId(plan.seed, 'dwelling', dwelling),
    inspectionDate,
    inspectorId: pickCoordinatorId(plan, random, street % plan.size.communities),
    hazardCodes,
    description: hazardCodes === null ? null : '已当场告知房主和承租人。',
    rectifyByDate: hazardCodes === null ? null : addDays(inspectionDate, 15),
    stageCode: hazardCodes === null ? '10' : isRectified ? '30' : '20',
    reinspectionDate: isRectified ? addDays(inspectionDate, 16) : null,
    reinspectionResult: isRectified ? '已按要求整改。' : null,
  }
}

const serviceContents: readonly (readonly [code: string, content: string])[] = [
  ['10', '咨询居住证首次申领所需材料。'],
  ['15', '请协助办理租赁合同备案。'],
  ['20', '求职登记,希望在本区找餐饮工作。'],
  ['30', '子女今年入小学,咨询报名时间和材料。'],
  ['40', '咨询养老保险转入手续。'],
  ['60', '需要开具居住登记证明。'],
]

function inventServiceRequest(plan: DemoPlan, random: Random): Record<string, FieldValue> {
  const [serviceTypeCode, content] = random.pick(serviceContents)
  const stageCode = random.pick(['30', '30', '30', '20', '10'])
  const acceptanceDate =
    stageCode === '30' ? addDays('2024-06-01', random.below(205)) : addDays('2024-12-18', random.below(13))
  const isFree = random.chance(0.2)
  const applicant = pickResident(plan, random)
  return {
    ...(isFree
      ? { applicantName: inventName(random, '2').name, applicantTelephone: inventTelephone(random) }
      : { applicantId: applicant.id }),
    serviceTypeCode,
    content,
    acceptanceDate,
    dueDate: addDays(acceptanceDate, 10),
    handlerName: stageCode === '10' ? null : '演示操作员',
    stageCode,
    finishDate: stageCode === '30' ? addDays(acceptanceDate, 5) : null,
    result: stageCode === '30' ? '已办结并告知申请人。' : null,
    satisfactionCode: stageCode === '30' ? random.pick(['10', '10', '20']) : null,
  }
}

const landmarks = [
  '丹心酒楼',
  '重庆火锅店',
  '长途车站',
  '供销社',
  '老粮站',
  '乐民菜场',
  '水塔',
  '卫生院',
  '电影院',
  '曲艺社',
]
const directions = ['后院', '对面', '东侧', '西侧', '楼上', '隔壁', '北巷内']

function inventDwelling(plan: DemoPlan, random: Random, index: number): Record<string, FieldValue> {
  const { floorNumber, ...address } = getAddress(plan, index)
  const occupancyUseCode = getOccupancyUseCode(plan, index)
  const isBuilding = address['building'] !== null
  const roomCount = 1 + random.below(isBuilding ? 4 : 2)
  const isOwnedByBody = random.chance(0.04)
  const ownerSexCode: DemoSexCode = random.chance(0.6) ? '1' : '2'
  const ownerName = inventName(random, ownerSexCode).name
  const owner: Record<string, FieldValue> = isOwnedByBody
    ? {
        ownershipCode: '20',
        ownerBodyName: `青禾区${random.pick(tradeNames)}实业有限公司`,
        ownerBodyPrincipalName: ownerName,
        ownerBodyTelephone: inventTelephone(random),
      }
    : {
        ownershipCode: random.chance(0.1) ? '11' : '10',
        ownerName,
        ownerDocumentNumber: random.chance(0.5) ? inventOwnerNumber(random, ownerSexCode) : null,
        ownerTelephone: inventTelephone(random),
      }
  const hasAgent = random.chance(0.05)
  return {
    archiveNumber: `QH${String(index + 1).padStart(8, '0')}`,
    ...address,
    floor: floorNumber,
    commonAddress: random.chance(0.3)
      ? `${random.pick(landmarks)}${random.pick(directions)}${floorNumber}楼`
      : null,
    dwellingTypeCode: isBuilding ? '10' : random.pick(['20', '20', '30', '60']),
    dwellingUseCode: random.chance(0.9) ? '10' : '20',
    structureCode: isBuilding ? '30' : random.pick(['40', '50']),
    floorArea: random.chance(0.8) ? 1200 + random.below(10_000) : null,
    roomCount,
    occupancyUseCode,
    ...owner,
    agentName: hasAgent ? inventName(random, '2').name : null,
    agentTelephone: hasAgent ? inventTelephone(random) : null,
    letRoomCount: occupancyUseCode === '20' ? 1 + random.below(roomCount) : null,
    estateId: isBuilding ? getEstateId(plan, index) : null,
    responsibilityLetterNumber:
      occupancyUseCode === '20' && random.chance(0.7) ? `ZR${String(index + 1).padStart(7, '0')}` : null,
    coordinatorId: pickCoordinatorId(plan, random, (index % plan.size.streets) % plan.size.communities),
    safetyFacilityCodes: inventCodes(random, ['10', '30', '50', '60', '80']),
    collectionDate: addDays('2023-06-01', random.below(540)),
  }
}

/** Owners live here: their numbers begin with a real code as well, but are never compared with anybody's. */
function inventOwnerNumber(random: Random, sexCode: DemoSexCode): string {
  const sequence = random.below(499) * 2 + (sexCode === '1' ? 1 : 2)
  return formatCitizenIdNumber('330326', addDays('1950-01-01', random.below(16_000)), sequence)
}

/** Some of the codes, in their order; null when none. */
function inventCodes(random: Random, codes: readonly string[]): readonly string[] | null {
  const chosen = codes.filter(() => random.chance(0.4))
  return chosen.length === 0 ? null : chosen
}

/** Residents come in blocks of four that make up one to three households; the pattern says which household each belongs to. */
const householdPatterns = [
  [0, 1, 2, 3],
  [0, 0, 1, 2],
  [0, 0, 1, 1],
  [0, 0, 0, 1],
  [0, 1, 1, 1],
] as const

/** Number of the let dwelling a household lives in. */
function chooseDwelling(plan: DemoPlan, household: Random): number {
  let dwelling = household.below(plan.size.dwellings)
  for (let tries = 0; tries < 20 && getOccupancyUseCode(plan, dwelling) !== '20'; tries += 1) {
    dwelling = (dwelling + 1) % plan.size.dwellings
  }
  return dwelling
}

const villages = ['石桥镇', '柳树乡', '东沟镇', '大洼镇', '北岭乡', '长河镇', '乐平镇', '清水乡']
const hamlets = ['王家村', '上沟村', '杨树村', '新建村', '小河村', '张庄村', '红旗村', '前进村']

function inventResident(plan: DemoPlan, random: Random, index: number): Record<string, FieldValue> {
  const block = Math.floor(index / 4)
  const pattern = randomOf(plan.seed, 101, block).pick(householdPatterns)
  const household = randomOf(plan.seed, 102, block, pattern[index % 4] ?? 0)
  const dwelling = chooseDwelling(plan, household)
  const arrivalDate = addDays('2017-01-01', household.below(2700))
  const moveInDate = addDays(arrivalDate, household.below(150))
  const street = dwelling % plan.size.streets
  const collectorId = pickCoordinatorId(plan, household, street % plan.size.communities)

  const sexCode: DemoSexCode = random.chance(0.54) ? '1' : '2'
  const identity = inventIdentity(index, sexCode)
  const { name, ethnicGroupCode } = inventName(random, sexCode)
  const work = inventWork(plan, random)
  const isForeign = random.chance(0.005)
  const card: Record<string, FieldValue> = isForeign
    ? {
        documentTypeCode: '03',
        documentNumber: `P${String(10_000_000 + index)}`,
        name: inventForeignName(random),
        ethnicGroupCode: '97',
        documentValidFromDate: '2022-03-01',
        documentValidToDate: '2032-02-29',
      }
    : {
        documentTypeCode: '01',
        documentNumber: identity.citizenIdNumber,
        name,
        ethnicGroupCode,
        ...inventValidity(random, identity.birthDate),
      }
  return {
    ...card,
    formerName: random.chance(0.02) ? inventName(random, sexCode).name : null,
    sexCode,
    birthDate: identity.birthDate,
    householdDivisionCode: identity.divisionCode,
    householdAddress: `${identity.place}${random.pick(villages)}${random.pick(hamlets)}${1 + random.below(12)}组`,
    hukouTypeCode: random.chance(0.7) ? random.pick(['10', '20', '30']) : null,
    maritalStatusCode: random.pick(['10', '20', '20', '20', '40']),
    educationCode: random.pick(['21', '31', '41', '61', '71', '71', '71', '81']),
    politicalStatusCode: random.chance(0.6) ? random.pick(['13', '13', '13', '03', '01']) : null,
    militaryServiceCode: random.chance(0.3) ? '10' : null,
    telephone: inventTelephone(random),
    dwellingId: getDemoRecordId(plan.seed, 'dwelling', dwelling),
    residenceTypeCode: '10',
    residenceReasonCode: work.isEmployed ? '10' : random.pick(['15', '50', '55', '40']),
    arrivalDate,
    moveInDate,
    intendedStayCode: random.pick(['30', '40', '50', '60']),
    landlordRelationCode: '10',
    ...work.values,
    appliesForPermitCode: random.pick(['1', '0', '0']),
    accompanyingMinors: random.chance(0.05) ? [inventMinorRow(plan, random, name)] : null,
    collectorId,
    collectionDate: addDays(moveInDate, random.below(20)),
    paperFormNumber: random.chance(0.8) ? `QH${String(index + 1).padStart(8, '0')}` : null,
  }
}

/** Cards are valid for 10 years under 26, for 20 under 46, then for good. Source: 居民身份证法 art. 5. */
function inventValidity(random: Random, birthDate: string): Record<string, FieldValue> {
  if (random.chance(0.3)) return {}
  const from = addDays('2018-01-01', random.below(2500))
  const age = Number(from.slice(0, 4)) - Number(birthDate.slice(0, 4)) - 1
  if (age >= 46) return { documentValidFromDate: from, documentValidToDate: '长期' }
  const years = age >= 26 ? 20 : age >= 16 ? 10 : 5
  const end = `${Number(from.slice(0, 4)) + years}${from.slice(4)}`
  return {
    documentValidFromDate: from,
    documentValidToDate: end.endsWith('02-29') ? `${end.slice(0, 8)}28` : end,
  }
}

function inventWork(
  plan: DemoPlan,
  random: Random,
): { readonly isEmployed: boolean; readonly values: Record<string, FieldValue> } {
  if (plan.size.employers > 0 && random.chance(0.7)) {
    const values = {
      employmentStatusCode: '10',
      employerId: getDemoRecordId(plan.seed, 'employer', random.below(plan.size.employers)),
      occupationCode: random.pick([
        '4-03-00-00',
        '4-01-00-00',
        '4-02-00-00',
        '6-29-00-00',
        '6-05-00-00',
        '6-25-00-00',
        '4-10-00-00',
      ]),
      yearsWorked: random.below(16),
      labourContractCode: random.pick(['10', '10', '20', '50']),
      socialInsuranceCodes: inventCodes(random, ['10', '11', '12', '13', '21']),
    }
    return { isEmployed: true, values }
  }
  const [employmentStatusCode, occupationCode] = random.pick([
    ['20', '4-01-00-00'],
    ['30', '4-02-00-00'],
    ['50', '0'],
    ['70', '0'],
    ['80', '0'],
  ] as const)
  return { isEmployed: false, values: { employmentStatusCode, occupationCode } }
}

function inventMinor(random: Random, guardianName: string): RecordValues {
  const sexCode: DemoSexCode = random.chance(0.5) ? '1' : '2'
  const surname = guardianName.includes('·') ? '' : (guardianName.match(/^./u)?.[0] ?? '')
  const name =
    surname === ''
      ? inventName(random, sexCode).name
      : surname + [...inventName(random, sexCode).name].slice(-1).join('')
  return {
    name,
    sexCode,
    birthDate: addDays('2012-01-01', random.below(4500)),
    kinshipCode: sexCode === '1' ? '20' : '30',
  }
}

/** A row of 随行未成年人. Schooling follows from the age without another draw: the records after it stay what they were. */
function inventMinorRow(plan: DemoPlan, random: Random, guardianName: string): RecordValues {
  const row = inventMinor(random, guardianName)
  const age = Math.floor((Number(demoBaseDate.slice(0, 4)) * 12 + 11 - monthsOf(row['birthDate'])) / 12)
  const schooling = age < 15 ? inventSchooling(random, age) : undefined
  const isAtSchool = schooling !== undefined && schooling[1] < (plan.size.schools ?? 0)
  return {
    ...row,
    schoolingCode: isAtSchool ? schooling[0] : '10',
    schoolId: isAtSchool ? getDemoRecordId(plan.seed, 'school', schooling[1]) : null,
  }
}

function inventDeparture(random: Random, resident: RecordValues): RecordValues {
  const collectionDate = resident['collectionDate']
  const leaving = addDays(
    typeof collectionDate === 'string' ? collectionDate : demoBaseDate,
    random.below(400),
  )
  return {
    reasonCode: random.pick(['10', '10', '20', '50']),
    cancelDate: leaving < demoBaseDate ? leaving : demoBaseDate,
    destinationDivisionCode: null,
  }
}
