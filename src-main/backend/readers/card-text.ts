import type { CardFields, CardKind, CardWarning } from '../../../src-shared/readers/card-reading.ts'
import { findCalendarParts, longTerm } from '../../../src-shared/values/calendar-date.ts'
import { parseCitizenIdNumber } from '../../../src-shared/values/citizen-id-number.ts'
import { findOldPermitNumber } from '../../../src-shared/values/foreigner-permit-number.ts'

/**
 * The text block of a card: 256 bytes UTF-16LE at fixed places, blanks are spaces, the kind of card is the character at
 * byte 248. Source: GA/T 467 and the papers of the cards of 2017, 2018 and 2023 (see docs/decisions on card readers).
 */

/** Fields and warnings, or the sentence that says why the block is no card that is known. */
export type CardTextResult =
  | { readonly ok: true; readonly fields: CardFields; readonly warnings: readonly CardWarning[] }
  | { readonly ok: false; readonly message: string }

const KIND_AT = 248

/**
 * Reads a text block. Nothing on the card is ever changed or completed: what is odd becomes a warning.
 *
 * @param today `YYYY-MM-DD`: a card that ended before gets a warning
 */
export function parseCardText(block: Uint8Array, today?: string): CardTextResult {
  if (block.length !== 256) return { ok: false, message: '读到的证件内容不完整,请拿起证件,重新放好。' }
  const mark = textAt(block, KIND_AT, 2)
  switch (mark) {
    case '':
      return read(block, 'residentIdentity', today)
    case 'J':
      return read(block, 'hongKongMacaoTaiwan', today)
    case 'I':
      return read(block, 'foreigner2017', today)
    case 'Y':
      return read(block, 'foreigner2023', today)
    default:
      return { ok: false, message: '读到了不认识的证件类型,请手工录入,并告知管理员。' }
  }
}

/** An address that was written into the chip later. */
export function parseAddress(block: Uint8Array): string {
  return textAt(block, 0, block.length)
}

const blank: Omit<CardFields, 'kind' | 'documentTypeCode'> = {
  documentNumber: '',
  name: '',
  englishName: '',
  sexCode: '',
  ethnicGroupCode: '',
  birthDate: '',
  address: '',
  newestAddress: '',
  issuer: '',
  validFromDate: '',
  validToDate: '',
  citizenshipCode: '',
  passNumber: '',
  issueCount: '',
  renewalCount: '',
}

function read(block: Uint8Array, kind: CardKind, today: string | undefined): CardTextResult {
  const fields = fieldsOf(block, kind)
  const warnings = [...warnOfValues(block, fields), ...warnOfNumber(fields)]
  const { validToDate } = fields
  // 长期 sorts after every day.
  if (today !== undefined && validToDate !== '' && validToDate < today) {
    warnings.push({ field: 'validToDate', message: `证件已于 ${validToDate} 到期,请核对!` })
  }
  return { ok: true, fields, warnings }
}

function fieldsOf(block: Uint8Array, kind: CardKind): CardFields {
  const at = (offset: number, length: number): string => textAt(block, offset, length)
  const period = {
    validFromDate: dateOf(at(188, 16)),
    validToDate: at(204, 16) === longTerm ? longTerm : dateOf(at(204, 16)),
  }
  const common = {
    ...blank,
    ...period,
    kind,
    name: at(0, 30),
    sexCode: at(30, 2),
    birthDate: dateOf(at(36, 16)),
    documentNumber: at(122, 36),
  }
  switch (kind) {
    case 'residentIdentity':
      return {
        ...common,
        documentTypeCode: '01',
        ethnicGroupCode: at(32, 4),
        address: at(52, 70),
        issuer: at(158, 30),
      }
    case 'hongKongMacaoTaiwan':
      return {
        ...common,
        documentTypeCode: common.documentNumber.startsWith('83') ? '12' : '11',
        address: at(52, 70),
        issuer: at(158, 30),
        passNumber: at(220, 18),
        issueCount: at(238, 4),
      }
    case 'foreigner2023':
      return {
        ...common,
        documentTypeCode: '13',
        // Two places, joined before the blanks go: a space may stand at the seam.
        englishName: trimBlanks(rawText(block, 52, 70) + rawText(block, 220, 22)),
        // Not stored on the card; printed on all of them.
        issuer: '国家移民管理局',
        citizenshipCode: at(242, 6),
        renewalCount: at(32, 4),
      }
    case 'foreigner2017':
      return {
        ...blank,
        ...period,
        kind,
        documentTypeCode: '13',
        documentNumber: at(122, 30),
        name: at(158, 30),
        englishName: at(0, 120),
        sexCode: at(120, 2),
        birthDate: dateOf(at(220, 16)),
        issuer: at(240, 8),
        citizenshipCode: at(152, 6),
      }
  }
}

function warnOfValues(block: Uint8Array, fields: CardFields): readonly CardWarning[] {
  const warnings: CardWarning[] = []
  const code = fields.ethnicGroupCode
  if (fields.kind === 'residentIdentity' && !isEthnicGroupCode(code)) {
    warnings.push({ field: 'ethnicGroupCode', message: `证件中的民族代码「${code}」不在国家标准中,请核对!` })
  }
  if (fields.sexCode !== '1' && fields.sexCode !== '2') {
    warnings.push({ field: 'sexCode', message: `证件中的性别代码是「${fields.sexCode}」,请核对!` })
  }
  const birth = textAt(block, fields.kind === 'foreigner2017' ? 220 : 36, 16)
  if (fields.birthDate === '') {
    warnings.push({ field: 'birthDate', message: `证件中的出生日期「${birth}」不存在,请核对!` })
  }
  if (fields.validToDate === '') {
    const text = textAt(block, 204, 16)
    warnings.push({ field: 'validToDate', message: `证件中的有效期止「${text}」看不懂,请核对!` })
  }
  return warnings
}

/** Codes of GB/T 3304 and its two supplements; higher ones are kept as they are, with a warning. */
function isEthnicGroupCode(code: string): boolean {
  if (!/^\d\d$/.test(code)) return false
  const number = Number(code)
  return (number >= 1 && number <= 56) || number === 97 || number === 98
}

/** The card's fields against the card's own number: shown, never corrected. */
function warnOfNumber(fields: CardFields): readonly CardWarning[] {
  if (fields.kind === 'foreigner2017') return warnOfOldNumber(fields)
  const parsed = parseCitizenIdNumber(fields.documentNumber)
  if (!parsed.ok) return [{ field: 'documentNumber', message: `证件中的号码:${parsed.message}` }]
  const { birthDate, sexCode } = parsed.value
  const warnings: CardWarning[] = []
  if (fields.birthDate !== '' && fields.birthDate !== birthDate) {
    warnings.push({
      field: 'birthDate',
      message: `证件上的出生日期是 ${fields.birthDate},而证件号码中是 ${birthDate},请核对!`,
    })
  }
  if ((fields.sexCode === '1' || fields.sexCode === '2') && fields.sexCode !== sexCode) {
    const [onCard, inNumber] = sexCode === '1' ? ['女', '男'] : ['男', '女']
    warnings.push({
      field: 'sexCode',
      message: `证件上的性别是${onCard},而证件号码表示${inNumber}性,请核对!`,
    })
  }
  const expected = numberStarts[fields.kind]
  if (!expected.pattern.test(fields.documentNumber)) {
    warnings.push({ field: 'documentNumber', message: `证件号码应以${expected.text}开头,请核对!` })
  }
  return warnings
}

const numberStarts: Readonly<
  Record<Exclude<CardKind, 'foreigner2017'>, { readonly pattern: RegExp; readonly text: string }>
> = {
  residentIdentity: { pattern: /^[1-7]/, text: '省级地区代码' },
  hongKongMacaoTaiwan: { pattern: /^8[123]0000/, text: '810000、820000 或 830000 ' },
  foreigner2023: { pattern: /^9/, text: ' 9 ' },
}

function warnOfOldNumber(fields: CardFields): readonly CardWarning[] {
  const old = findOldPermitNumber(fields.documentNumber)
  if (old === undefined) {
    return [{ field: 'documentNumber', message: '证件号码应为3个字母和12位数字,请核对!' }]
  }
  const warnings: CardWarning[] = []
  if (fields.birthDate !== '' && fields.birthDate.replaceAll('-', '').slice(2) !== old.birthDigits) {
    warnings.push({
      field: 'birthDate',
      message: `证件上的出生日期是 ${fields.birthDate},与证件号码不一致,请核对!`,
    })
  }
  if (fields.citizenshipCode !== old.countryCode) {
    warnings.push({
      field: 'citizenshipCode',
      message: `证件上的国籍是 ${fields.citizenshipCode},与证件号码不一致,请核对!`,
    })
  }
  return warnings
}

function dateOf(digits: string): string {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(digits)
  const date = match === null ? '' : `${match[1]}-${match[2]}-${match[3]}`
  return findCalendarParts(date) === undefined ? '' : date
}

/** Code units as they are: a rare character is a surrogate pair or of the private use area, and must not be judged here. */
function rawText(block: Uint8Array, offset: number, length: number): string {
  const view = new DataView(block.buffer, block.byteOffset + offset, length)
  const units = Array.from({ length: length / 2 }, (_, index) => view.getUint16(index * 2, true))
  return String.fromCharCode(...units)
}

function textAt(block: Uint8Array, offset: number, length: number): string {
  return trimBlanks(rawText(block, offset, length))
}

function trimBlanks(text: string): string {
  // oxlint-disable-next-line no-control-regex -- some issuers pad with U+0000 instead of spaces
  return text.replaceAll(/^[\u0000\s]+|[\u0000\s]+$/g, '')
}
