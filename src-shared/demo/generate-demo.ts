import type { FieldValue, RecordValues } from '../fields/field.ts'
import type { RegisterName } from '../registers/register.ts'
import { getRegister } from '../registers/registers.ts'
import { addDays } from '../values/calendar-date.ts'
import { computeSocialCreditCheckCharacter } from '../values/social-credit-code.ts'
import { getDemoRecordId } from './demo-id.ts'
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

/** Records come so that what is referred to comes before what refers to it. */
const registerOrder = [
  'coordinator',
  'employer',
  'dwelling',
  'resident',
] as const satisfies readonly RegisterName[]

/**
 * Invents the demo data chunk by chunk. A record depends on seed, size and its own number only, nothing is kept between records, so a
 * million residents take no more memory than one chunk.
 */
export function* generateDemoRecords(options: DemoOptions = {}): Generator<readonly DemoRecord[]> {
  const {
    seed = standardDemoSeed,
    size = standardDemoSize,
    chunkSize = 500,
    registers = registerOrder,
  } = options
  const plan: DemoPlan = { seed, size }
  let chunk: DemoRecord[] = []
  for (const register of registerOrder) {
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
  switch (register) {
    case 'coordinator':
      return size.coordinators
    case 'employer':
      return size.employers
    case 'dwelling':
      return size.dwellings
    case 'resident':
      return size.residents
    case undefined:
      return size.coordinators + size.employers + size.dwellings + size.residents
  }
}

/** The demo record with a number from 0. */
export function getDemoRecord(register: RegisterName, index: number, options: DemoOptions = {}): DemoRecord {
  return inventRecord(
    { seed: options.seed ?? standardDemoSeed, size: options.size ?? standardDemoSize },
    register,
    index,
  )
}

function inventRecord(plan: DemoPlan, register: RegisterName, index: number): DemoRecord {
  const random = randomOf(plan.seed, registerOrder.indexOf(register), index)
  const id = getDemoRecordId(plan.seed, register, index)
  switch (register) {
    case 'coordinator':
      return {
        register,
        id,
        values: complete(register, inventCoordinator(plan, random, index)),
        cancellation: null,
      }
    case 'employer':
      return {
        register,
        id,
        values: complete(register, inventEmployer(plan, random, index)),
        cancellation: null,
      }
    case 'dwelling':
      return {
        register,
        id,
        values: complete(register, inventDwelling(plan, random, index)),
        cancellation: null,
      }
    case 'resident': {
      const values = complete(register, inventResident(plan, random, index))
      return {
        register,
        id,
        values,
        cancellation: random.chance(0.03) ? inventDeparture(random, values) : null,
      }
    }
  }
}

const emptyRecords = Object.fromEntries(
  registerOrder.map((name) => [
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
    accompanyingMinors: random.chance(0.05) ? [inventMinor(random, name)] : null,
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
