import { describe, expect, it } from 'vitest'
import {
  ageBandsOn,
  isCounted,
  questionOf,
  RESIDENCE_FIGURES,
  RESIDENCE_GROUPINGS,
  residenceGroupingLabels,
  type ResidencePeriod,
} from '../../../src-shared/residence/figures.ts'
import { addDays, countFullYears } from '../../../src-shared/values/calendar-date.ts'

const period: ResidencePeriod = {
  today: '2026-03-16',
  from: '2026-03-01',
  to: '2026-03-16',
  fromAt: 1,
  toAt: 2,
}

describe('age bands', () => {
  it.each(['2026-03-16', '2026-02-28', '2026-03-01', '2024-02-29'])(
    'on %s hold every birthday once',
    (today) => {
      const bands = ageBandsOn(today)
      for (let born = addDays(today, -366 * 61); born <= today; born = addDays(born, 1)) {
        const age = countFullYears(born, today)
        const found = bands.filter(({ from, to }) => (from ?? '') <= born && born <= (to ?? '9999'))
        expect(found.length, born).toBe(1)
        const [lowest = '', highest = '200'] = (found[0]?.value.match(/\d+/g) ?? []) as string[]
        expect(age >= Number(lowest) && age <= Number(highest), `${born} ${found[0]?.value}`).toBe(true)
      }
    },
  )
})

describe('a figure', () => {
  it('is about where and how people live and about age, never about what they are', () => {
    const conditions = RESIDENCE_GROUPINGS.flatMap((grouping) =>
      RESIDENCE_FIGURES.map((figure) => questionOf(grouping, { kind: 'value', value: 'x' }, figure, period)),
    ).flatMap((question) => question.conditions)
    const fields = new Set(
      conditions.flatMap((each) => [
        each.field,
        ...('conditions' in each ? (each.conditions ?? []).map(({ field }) => field) : []),
      ]),
    )
    expect([...fields].toSorted()).toEqual([
      'birthDate',
      'cancellation.cancelDate',
      'communityCode',
      'coordinatorId',
      'createdAt',
      'dwellingId',
      'dwellingTypeCode',
      'estateId',
      'occupancyUseCode',
      'occupants',
      'permitUntilDate',
      'residenceReasonCode',
      'residenceTypeCode',
      'sexCode',
    ])
    expect(Object.values(residenceGroupingLabels).join()).not.toMatch(/民族|政治|户籍|信仰|籍贯/u)
  })

  it('is not counted where a row has no such thing', () => {
    const value = { kind: 'value', value: 'x' } as const
    expect(isCounted('age', value, 'occupied')).toBe(false)
    expect(isCounted('age', value, 'minors')).toBe(true)
    expect(isCounted('residenceReason', value, 'minors')).toBe(false)
    expect(isCounted('community', { kind: 'absent' }, 'rented')).toBe(false)
    expect(isCounted('community', { kind: 'absent' }, 'residents')).toBe(true)
  })
})
