import { findCalendarParts } from './calendar-date.ts'
import { compactCode } from './text.ts'

/**
 * 公民身份号码 (GB 11643-1999): six digits of the administrative division, eight of the birth date, three of sequence (odd for
 * male), one check character (ISO 7064 MOD 11-2). Permits of residents from 香港, 澳门, 台湾 (81/82/83) and the foreigners'
 * permanent residence card of 2023 (9, province, nationality) have the same build.
 */

/** What a valid number says about its holder. */
export interface CitizenIdNumber {
  /** The 18 characters, upper-case X. */
  readonly number: string
  /** Division at first issue (often a code no longer in use), or null for a foreigner's permanent residence card. */
  readonly divisionCode: string | null
  /** `YYYY-MM-DD`. */
  readonly birthDate: string
  /** GB/T 2261.1: 1 male, 2 female. */
  readonly sexCode: '1' | '2'
}

/** Why a text is no citizen identity number. */
export type CitizenIdProblem =
  | { readonly kind: 'empty' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'oldNumber'; readonly upgraded: string }
  | { readonly kind: 'characters' }
  | { readonly kind: 'province'; readonly prefix: string }
  | { readonly kind: 'birthDate'; readonly digits: string }
  | { readonly kind: 'checkCharacter'; readonly expected: string }

/** The result of reading a number; `message` is the Chinese sentence for `problem`. */
export type CitizenIdResult =
  | { readonly ok: true; readonly value: CitizenIdNumber }
  | { readonly ok: false; readonly problem: CitizenIdProblem; readonly message: string }

const provinceCodes = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71'.split(
    ' ',
  ),
)
/** First two digits of residence permits for people from 香港, 澳门, 台湾. */
const residencePermitCodes = new Set(['81', '82', '83'])

/** Full-width signs become ordinary, spaces go, x becomes X. Nothing is judged. */
export function normaliseCitizenIdNumber(raw: string): string {
  return compactCode(raw).toUpperCase()
}

/** The 18th character for 17 digits: Σ digitᵢ × 2^(18−i) mod 11, i from 1, mapped through 10X98765432. */
export function computeCitizenIdCheckCharacter(digits17: string): string {
  let sum = 0
  for (const digit of digits17) sum = (sum + Number(digit)) * 2
  return '10X98765432'.charAt(sum % 11)
}

/**
 * The 18-character form of a 15-digit number of before 1999 (year in two digits, always 19xx), or undefined when the
 * text is no such number. Source: GB 11643-1989 → GB 11643-1999.
 */
export function findUpgradedCitizenIdNumber(raw: string): string | undefined {
  const number = normaliseCitizenIdNumber(raw)
  if (!/^\d{15}$/.test(number) || !isIssuedPrefix(number)) return undefined
  const digits = `${number.slice(0, 6)}19${number.slice(6)}`
  return readBirthDate(digits) === undefined ? undefined : digits + computeCitizenIdCheckCharacter(digits)
}

/** Reads an 18-character number as typed, pasted or read from a card. */
export function parseCitizenIdNumber(raw: string): CitizenIdResult {
  const number = normaliseCitizenIdNumber(raw)
  const problem = findProblem(number)
  if (problem !== undefined) return { ok: false, problem, message: describeCitizenIdProblem(problem) }
  return {
    ok: true,
    value: {
      number,
      divisionCode: number.startsWith('9') ? null : number.slice(0, 6),
      birthDate: readBirthDate(number) ?? '',
      sexCode: Number(number.charAt(16)) % 2 === 1 ? '1' : '2',
    },
  }
}

/** Whether the text is a valid number exactly as stored: 18 characters, upper-case X, nothing around it. */
export function isCitizenIdNumber(text: string): boolean {
  return text === normaliseCitizenIdNumber(text) && findProblem(text) === undefined
}

function findProblem(number: string): CitizenIdProblem | undefined {
  if (number === '') return { kind: 'empty' }
  if (!/^\d*X?$/.test(number) || (number.endsWith('X') && number.length < 18)) return { kind: 'characters' }
  if (number.length !== 18) {
    const upgraded = findUpgradedCitizenIdNumber(number)
    return upgraded === undefined
      ? { kind: 'length', length: number.length }
      : { kind: 'oldNumber', upgraded }
  }
  if (!isIssuedPrefix(number))
    return { kind: 'province', prefix: number.slice(0, number.startsWith('9') ? 3 : 2) }
  if (readBirthDate(number) === undefined) return { kind: 'birthDate', digits: number.slice(6, 14) }
  const expected = computeCitizenIdCheckCharacter(number.slice(0, 17))
  return number.charAt(17) === expected ? undefined : { kind: 'checkCharacter', expected }
}

function isIssuedPrefix(number: string): boolean {
  if (number.startsWith('9')) return provinceCodes.has(number.slice(1, 3))
  const province = number.slice(0, 2)
  return provinceCodes.has(province) || residencePermitCodes.has(province)
}

function readBirthDate(number: string): string | undefined {
  const date = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`
  return findCalendarParts(date) === undefined ? undefined : date
}

/** The Chinese sentence for a problem: what is wrong and what to do. */
export function describeCitizenIdProblem(problem: CitizenIdProblem): string {
  switch (problem.kind) {
    case 'empty':
      return '公民身份号码为空,请输入18位号码!'
    case 'length':
      return `公民身份号码应为18位,现有${problem.length}位,请核对!`
    case 'oldNumber':
      return `这是15位的旧号码,应登记18位号码:${problem.upgraded},请与证件核对!`
    case 'characters':
      return '公民身份号码只能由数字组成,最后一位可以是X,请核对!'
    case 'province':
      return `公民身份号码开头的地区代码「${problem.prefix}」不存在,请核对!`
    case 'birthDate':
      return `公民身份号码中的出生日期「${problem.digits}」不存在,请核对!`
    case 'checkCharacter':
      return '公民身份号码的校验码不对,号码中有一位或几位输错,请与证件逐位核对!'
  }
}
