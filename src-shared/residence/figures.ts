import type { Condition, OwnCondition } from '../contract/types.ts'
import { LET_OCCUPANCY_USE_CODE } from '../registers/dwelling-rules.ts'
import type { RecordStatus, RegisterName } from '../registers/register.ts'
import { addDays, addMonths } from '../values/calendar-date.ts'

/**
 * 在住情况: which figures there are, by what they are grouped, and which query lists the records behind each. People are grouped by
 * where and how they live and by age, by nothing else that they are.
 */

/** By what the figures are grouped, in the order of the page. */
export const RESIDENCE_GROUPINGS = [
  'community',
  'estate',
  'coordinator',
  'dwellingType',
  'residenceType',
  'residenceReason',
  'age',
] as const
export type ResidenceGrouping = (typeof RESIDENCE_GROUPINGS)[number]

export const residenceGroupingLabels: Readonly<Record<ResidenceGrouping, string>> = {
  community: '社区',
  estate: '小区',
  coordinator: '协管员',
  dwellingType: '房屋类别',
  residenceType: '住所类别',
  residenceReason: '居住事由',
  age: '年龄段',
}

/** The columns of the table. */
export const RESIDENCE_FIGURES = [
  'residents',
  'residentMen',
  'residentWomen',
  'minors',
  'minorBoys',
  'minorGirls',
  'occupied',
  'rented',
  'permitHolders',
  'registered',
  'cancelled',
] as const
export type ResidenceFigure = (typeof RESIDENCE_FIGURES)[number]

export const residenceFigureLabels: Readonly<Record<ResidenceFigure, string>> = {
  residents: '流动人员',
  residentMen: '流动人员男',
  residentWomen: '流动人员女',
  minors: '未成年人',
  minorBoys: '未成年人男',
  minorGirls: '未成年人女',
  occupied: '有人居住房屋',
  rented: '出租房屋',
  permitHolders: '有效居住证',
  registered: '本期新登记',
  cancelled: '本期注销',
}

/**
 * Which row: `value` is a code, a record's id or an age band; `empty` what has no value; `absent` people whose dwelling is not filled in
 * or not in this store; `all` the sum.
 */
export type ResidenceKey =
  { readonly kind: 'all' | 'empty' | 'absent' } | { readonly kind: 'value'; readonly value: string }

/** The fields of a dwelling that its people are grouped by. */
export const PLACE_FIELDS = {
  community: 'communityCode',
  estate: 'estateId',
  coordinator: 'coordinatorId',
  dwellingType: 'dwellingTypeCode',
} as const satisfies Partial<Record<ResidenceGrouping, string>>
export type PlaceGrouping = keyof typeof PLACE_FIELDS

/** The fields of a resident that residents are grouped by; minors and dwellings have none of the kind. */
export const OWN_FIELDS = {
  residenceType: 'residenceTypeCode',
  residenceReason: 'residenceReasonCode',
} as const satisfies Partial<Record<ResidenceGrouping, string>>
export type OwnGrouping = keyof typeof OWN_FIELDS

export function isPlaceGrouping(grouping: ResidenceGrouping): grouping is PlaceGrouping {
  return Object.hasOwn(PLACE_FIELDS, grouping)
}
export function isOwnGrouping(grouping: ResidenceGrouping): grouping is OwnGrouping {
  return Object.hasOwn(OWN_FIELDS, grouping)
}

const REGISTER_OF: Readonly<Record<ResidenceFigure, 'resident' | 'minor' | 'dwelling'>> = {
  residents: 'resident',
  residentMen: 'resident',
  residentWomen: 'resident',
  minors: 'minor',
  minorBoys: 'minor',
  minorGirls: 'minor',
  occupied: 'dwelling',
  rented: 'dwelling',
  permitHolders: 'resident',
  registered: 'resident',
  cancelled: 'resident',
}

/** Whether a row of this grouping has the figure: a minor has no 居住事由, a dwelling no age. */
export function isCounted(grouping: ResidenceGrouping, key: ResidenceKey, figure: ResidenceFigure): boolean {
  const register = REGISTER_OF[figure]
  if (isPlaceGrouping(grouping)) return register !== 'dwelling' || key.kind !== 'absent'
  return register === 'resident' || (register === 'minor' && grouping === 'age')
}

/** An age band, with the days of birth of those who are in it on a day; both inclusive, a missing end is open. */
export type AgeBand = { readonly value: string; readonly from?: string; readonly to?: string }

const OLDEST_OF_BANDS = [5, 15, 17, 59] as const

/** 0–5, 6–15, 16–17, 18–59 and 60 years or more on a day, the youngest first. A year is completed on the birthday. */
export function ageBandsOn(today: string): readonly AgeBand[] {
  /** The last day of birth with that many completed years. */
  const bornBy = (years: number): string => addMonths(today, -12 * years)
  let youngest = 0
  const bands: AgeBand[] = []
  for (const oldest of OLDEST_OF_BANDS) {
    bands.push({
      value: `${youngest}–${oldest}岁`,
      from: addDays(bornBy(oldest + 1), 1),
      // A day of birth that has not come yet is a mistake; it stands with the youngest.
      ...(youngest === 0 ? {} : { to: bornBy(youngest) }),
    })
    youngest = oldest + 1
  }
  return [...bands, { value: `${youngest}岁及以上`, to: bornBy(youngest) }]
}

/** When the figures were counted, and for which days; instants are UTC milliseconds, ends are inclusive. */
export type ResidencePeriod = {
  readonly today: string
  readonly from: string
  readonly to: string
  readonly fromAt: number
  readonly toAt: number
}

/** The query whose result is what a figure counts. */
export type ResidenceQuestion = {
  readonly register: RegisterName
  readonly conditions: readonly Condition[]
  readonly statuses: readonly RecordStatus[]
}

/** The records behind a figure; the number of rows found is the figure. */
export function questionOf(
  grouping: ResidenceGrouping,
  key: ResidenceKey,
  figure: ResidenceFigure,
  period: ResidencePeriod,
): ResidenceQuestion {
  const register = REGISTER_OF[figure]
  const { conditions, statuses } = figureQuestionOf(figure, period)
  return {
    register,
    statuses,
    conditions: [...rowConditions(grouping, key, register, period), ...conditions],
  }
}

function rowConditions(
  grouping: ResidenceGrouping,
  key: ResidenceKey,
  register: 'resident' | 'minor' | 'dwelling',
  { today }: ResidencePeriod,
): readonly Condition[] {
  if (key.kind === 'all') return []
  const value = key.kind === 'value' ? key.value : null
  if (isPlaceGrouping(grouping)) {
    const place: OwnCondition = { field: PLACE_FIELDS[grouping], operator: 'equals', value }
    if (register === 'dwelling') return [place]
    return [{ field: 'dwellingId', operator: 'refersTo', conditions: key.kind === 'absent' ? null : [place] }]
  }
  if (isOwnGrouping(grouping)) return [{ field: OWN_FIELDS[grouping], operator: 'equals', value }]
  const band = ageBandsOn(today).find((each) => each.value === value)
  if (!band) return [{ field: 'birthDate', operator: 'equals', value: null }]
  const { value: _value, ...days } = band
  return [{ field: 'birthDate', operator: 'between', ...days }]
}

/** What a figure asks beside its row. */
function figureQuestionOf(
  figure: ResidenceFigure,
  period: ResidencePeriod,
): Omit<ResidenceQuestion, 'register'> {
  const active = (...conditions: readonly Condition[]) => ({ conditions, statuses: ['active'] as const })
  switch (figure) {
    case 'residents':
    case 'minors':
      return active()
    case 'residentMen':
    case 'minorBoys':
      return active({ field: 'sexCode', operator: 'equals', value: '1' })
    case 'residentWomen':
    case 'minorGirls':
      return active({ field: 'sexCode', operator: 'equals', value: '2' })
    case 'occupied':
      return active({ field: 'occupants', operator: 'between', from: 1 })
    case 'rented':
      return active({ field: 'occupancyUseCode', operator: 'equals', value: LET_OCCUPANCY_USE_CODE })
    case 'permitHolders':
      return active({ field: 'permitUntilDate', operator: 'between', from: period.today })
    case 'registered':
      return {
        conditions: [{ field: 'createdAt', operator: 'between', from: period.fromAt, to: period.toAt }],
        statuses: ['active', 'cancelled'],
      }
    case 'cancelled':
      return {
        conditions: [
          { field: 'cancellation.cancelDate', operator: 'between', from: period.from, to: period.to },
        ],
        statuses: ['cancelled'],
      }
  }
}
