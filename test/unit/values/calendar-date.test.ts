import { describe, expect, test } from 'vitest'
import {
  addDays,
  addMonths,
  countDaysBetween,
  countFullYears,
  isCalendarDate,
  parseCalendarDate,
} from '../../../src-shared/values/calendar-date.ts'

const today = '2026-11-21'
const value = (raw: string, more = {}) => {
  const parsed = parseCalendarDate(raw, { today, ...more })
  return parsed.ok ? parsed.value : parsed.message
}

describe('what a clerk types', () => {
  test.each([
    ['930412', '1993-04-12'],
    ['19930412', '1993-04-12'],
    ['1993-4-12', '1993-04-12'],
    ['1993.4.12', '1993-04-12'],
    ['1993。4。12', '1993-04-12'],
    ['1993/4/12', '1993-04-12'],
    ['1993年4月12日', '1993-04-12'],
    ['93-4-12', '1993-04-12'],
    ['９３０４１２', '1993-04-12'],
    ['１９９３－４－１２', '1993-04-12'],
    [' 1993 04 12\r\n', '1993-04-12'],
    ['260101', '2026-01-01'],
    ['261231', '2026-12-31'],
    ['270101', '1927-01-01'],
    ['今天', today],
    ['今天+3', '2026-11-24'],
    ['今天＋10', '2026-12-01'],
    ['今天-1', '2026-11-20'],
    ['t', today],
    ['T+40', '2026-12-31'],
    ['-21', '2026-10-31'],
    ['+1', '2026-11-22'],
    ['20240229', '2024-02-29'],
  ])('%j is %s', (raw, date) => {
    expect(value(raw)).toBe(date)
  })

  test('two digits of a year may lie ahead where the field says so', () => {
    expect(value('440412', { futureYears: 50 })).toBe('2044-04-12')
    expect(value('930412', { futureYears: 50 })).toBe('1993-04-12')
  })

  test.each([
    ['长期', '长期'],
    ['cq', '长期'],
    ['长期有效', '长期'],
  ])('%s only where it is allowed', (raw, stored) => {
    expect(value(raw, { allowsLongTerm: true })).toBe(stored)
    expect(value(raw)).toBe('该项不能填「长期」,请输入日期!')
  })

  test.each([
    ['20260231', '2026年2月没有31日,该月只有28天!'],
    ['20240230', '2024年2月没有30日,该月只有29天!'],
    ['19000229', '1900年2月没有29日,该月只有28天!'],
    ['2026-4-31', '2026年4月没有31日,该月只有30天!'],
    ['20261301', '没有13月,月份应为1至12!'],
    ['20260001', '没有0月,月份应为1至12!'],
    ['20260100', '日不能为0,应从1开始!'],
    ['17990101', '年份1799超出范围,应在1800至9999之间!'],
    ['', '日期为空,请输入日期,例如930412或1993-4-12!'],
    ['1993041', '日期「1993041」位数不对,应为6位(930412)或8位(19930412)数字!'],
    ['明天', '看不懂日期「明天」,请按930412、19930412或1993-4-12的样子输入!'],
    ['1993-4', '看不懂日期「1993-4」,请按930412、19930412或1993-4-12的样子输入!'],
    ["'; DROP TABLE", "看不懂日期「';DROPTABLE」,请按930412、19930412或1993-4-12的样子输入!"],
    ['-99999', '该日期超出了可用的范围!'],
  ])('%j is refused: %s', (raw, message) => {
    expect(value(raw)).toBe(message)
  })
})

test('days, months and years are counted on the calendar', () => {
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
  expect(addDays('2024-03-01', -1)).toBe('2024-02-29')
  expect(addMonths('2026-01-31', 1)).toBe('2026-02-28')
  expect(addMonths('2026-01-31', -2)).toBe('2025-11-30')
  expect(countDaysBetween('2026-01-01', '2027-01-01')).toBe(365)
  expect(countFullYears('2010-11-21', today)).toBe(16)
  expect(countFullYears('2010-11-22', today)).toBe(15)
  expect(countFullYears('2008-02-29', '2026-02-28')).toBe(17)
  expect(countFullYears('2008-02-29', '2026-03-01')).toBe(18)
})

test.each(['2026-02-29', '2026-2-9', '20260209', '2026-02-09 ', '长期', ''])(
  '%j is no stored day',
  (text) => {
    expect(isCalendarDate(text)).toBe(false)
    expect(() => addDays(text, 1)).toThrow(RangeError)
  },
)
