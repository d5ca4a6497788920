import { longTerm, parseCalendarDate } from '../values/calendar-date.ts'
import { parseCitizenIdNumber } from '../values/citizen-id-number.ts'
import { parseDocumentNumber } from '../values/document-number.ts'
import { accept, refuse, type ParseResult } from '../values/parse-result.ts'
import { parsePersonName } from '../values/person-name.ts'
import { parseSocialCreditCode } from '../values/social-credit-code.ts'
import { parseTelephoneNumber } from '../values/telephone-number.ts'
import {
  compactCode,
  countCharacters,
  findEmoji,
  normaliseLine,
  normaliseParagraphs,
} from '../values/text.ts'
import {
  unreachableKind,
  type DecimalField,
  type Field,
  type FieldValue,
  type MoneyField,
  type TextField,
} from './field.ts'

/** Years after today a two-digit year may mean in a field that may lie in the future (证件有效期止). */
const FUTURE_YEARS = 50

/** Kinds whose value is the text a clerk types; the others are chosen from a list or a file. */
export type TypedField = Extract<Field, { kind: 'text' | 'date' | 'integer' | 'decimal' | 'money' }>

/** Whether the field's value is read from typed text. */
export function isTypedField(field: Field): field is TypedField {
  switch (field.kind) {
    case 'text':
    case 'date':
    case 'integer':
    case 'decimal':
    case 'money':
      return true
    case 'code':
    case 'codes':
    case 'reference':
    case 'references':
    case 'boolean':
    case 'photo':
    case 'list':
      return false
    default:
      return unreachableKind(field)
  }
}

/**
 * Reads typed or pasted text into the value that would be stored. Empty text (also only blanks) is `null`:
 * whether a field may be empty is another question.
 */
export function parseTyped(field: TypedField, raw: string, today: string): ParseResult<FieldValue> {
  if (normaliseLine(raw) === '') return accept(null)
  switch (field.kind) {
    case 'text':
      return parseText(field, raw)
    case 'date': {
      const parsed = parseCalendarDate(raw, {
        today,
        allowsLongTerm: field.allowsLongTerm,
        futureYears: field.allowsFuture ? FUTURE_YEARS : 0,
      })
      return parsed.ok ? refuseFuture(field.allowsFuture, parsed.value, today) : parsed
    }
    case 'integer': {
      const typed = compactCode(raw)
      if (!/^-?\d{1,15}$/.test(typed)) return refuse(`「${typed}」不是整数,请只输入数字!`)
      return checkRange(Number(typed), field.minimum, field.maximum, '')
    }
    case 'decimal':
      return parseDecimal(field, raw)
    case 'money':
      return parseMoney(field, raw)
    default:
      return unreachableKind(field)
  }
}

function refuseFuture(allowsFuture: boolean, value: string, today: string): ParseResult<string> {
  return !allowsFuture && value !== longTerm && value > today
    ? refuse(`日期 ${value} 晚于今天,请核对!`)
    : accept(value)
}

function parseText(field: TextField, raw: string): ParseResult<string> {
  switch (field.format) {
    case 'personName':
      return parsePersonName(raw, field.maxLength)
    case 'documentNumber':
      return parseDocumentNumber(raw, field.maxLength)
    case 'citizenIdNumber': {
      const parsed = parseCitizenIdNumber(raw)
      return parsed.ok ? accept(parsed.value.number) : refuse(parsed.message)
    }
    case 'telephone':
      return parseTelephoneNumber(raw)
    case 'socialCreditCode':
      return parseSocialCreditCode(raw)
    case 'addressPart':
      return checkPlain(compactCode(raw), field.maxLength)
    case 'plain':
      return checkPlain(field.isMultiline ? normaliseParagraphs(raw) : normaliseLine(raw), field.maxLength)
  }
}

function checkPlain(value: string, maxLength: number): ParseResult<string> {
  const emoji = findEmoji(value)
  if (emoji !== undefined) return refuse(`不能有表情符号「${emoji}」,请删去!`)
  const length = countCharacters(value)
  return length > maxLength ? refuse(`最多${maxLength}个字,现有${length}个字,请删减!`) : accept(value)
}

function checkRange(value: number, minimum: number, maximum: number, unit: string): ParseResult<number> {
  return value < minimum || value > maximum
    ? refuse(`应在${minimum}${unit}至${maximum}${unit}之间,现为${value}${unit},请核对!`)
    : accept(value)
}

/** A decimal is stored as its value times 10^scale, an exact integer. */
function parseDecimal(field: DecimalField, raw: string): ParseResult<number> {
  const scaled = scaleDecimal(raw, field.scale)
  if (!scaled.ok) return scaled
  const factor = 10 ** field.scale
  const checked = checkRange(scaled.value / factor, field.minimum, field.maximum, field.unit ?? '')
  return checked.ok ? scaled : checked
}

function parseMoney(field: MoneyField, raw: string): ParseResult<number> {
  const scaled = scaleDecimal(compactCode(raw).replace(/元$/, ''), 2)
  if (!scaled.ok) return scaled
  const checked = checkRange(scaled.value / 100, 0, field.maximumFen / 100, '元')
  return checked.ok ? scaled : checked
}

function scaleDecimal(raw: string, scale: number): ParseResult<number> {
  const typed = compactCode(raw).replace('。', '.')
  const match = /^(-?)(\d{0,12})(?:\.(\d*))?$/.exec(typed)
  const whole = match?.[2] ?? ''
  const fraction = match?.[3] ?? ''
  if (match === null || whole + fraction === '') return refuse(`「${typed}」不是数,请只输入数字和小数点!`)
  if (fraction.length > scale) return refuse(`小数点后最多${scale}位,请核对!`)
  const value = Number(whole + fraction.padEnd(scale, '0'))
  return accept(match[1] === '-' ? -value : value)
}
