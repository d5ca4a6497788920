import { accept, refuse } from './parse-result.ts'
import type { ParseResult } from './parse-result.ts'
import { compactCode } from './text.ts'

/**
 * Reads the number of any identity document (passport, travel permit, officer's card …): half-width, upper case, without spaces.
 * Letters, Chinese characters (军字第…号), digits and - ( ) / are allowed. Whether a citizen's number is valid is decided by
 * citizen-id-number.ts.
 */
export function parseDocumentNumber(raw: string, maxLength = 30): ParseResult<string> {
  const number = compactCode(raw).toUpperCase()
  if (number === '') return refuse('证件号码为空,请输入证件号码!')
  if (number.length > maxLength) return refuse(`证件号码最多${maxLength}位,现有${number.length}位,请核对!`)
  const sign = /[^0-9A-Z\p{Script=Han}()/-]/u.exec(number)
  return sign === null ? accept(number) : refuse(`证件号码中不能有「${sign[0]}」,请核对!`)
}
