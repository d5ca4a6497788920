import { accept, refuse } from './parse-result.ts'
import type { ParseResult } from './parse-result.ts'
import { compactCode } from './text.ts'

/**
 * Reads a telephone number as typed or pasted and gives its stored form:
 * mobile `13800000000`, landline `010-12345678` or `0571-1234567` with optional extension `-123`, local `1234567`,
 * service `400-123-4567` / `95588`, foreign `+4412345678`. A leading +86 or 0086 goes.
 */
export function parseTelephoneNumber(raw: string): ParseResult<string> {
  const typed = compactCode(raw).replaceAll(/[–—−﹣－]/g, '-')
  if (typed === '') return refuse('电话号码为空,请输入手机号码或带区号的固定电话!')
  const [main = '', ...extensions] = typed.split(/(?:转|#|ext\.?)/i)
  if (
    !/^\+?[\d\-().]+$/.test(main) ||
    extensions.some((part) => !/^\d{1,6}$/.test(part)) ||
    extensions.length > 1
  ) {
    return refuse(`电话号码「${typed}」中有不能识别的字符,只能用数字、「-」和「转」!`)
  }
  const domestic = main.replace(/^(?:\+86|0086)-?/, '').replaceAll(/[().]/g, '-')
  const digits = domestic.replaceAll(/\D/g, '')
  const extension = extensions[0]
  if (domestic.startsWith('+') || /^00[1-9]/.test(digits)) return parseForeign(digits)
  const mobile = /^(?:86)?(1\d{10})$/.exec(digits)?.[1]
  if (mobile !== undefined && extension === undefined) {
    return /^1[3-9]/.test(mobile) ? accept(mobile) : refuse('手机号码第二位应为3至9,请核对!')
  }
  if (/^[48]00\d{7}$/.test(digits) && extension === undefined) {
    return accept(`${digits.slice(0, 3)}-${digits.slice(3, 6)}-${digits.slice(6)}`)
  }
  if (/^(?:9[56]\d{3,6}|12\d{3}|1[0-2]\d)$/.test(digits) && extension === undefined) return accept(digits)
  return parseLandline(domestic, digits, extension)
}

function parseLandline(typed: string, digits: string, extension: string | undefined): ParseResult<string> {
  if (digits.startsWith('0')) {
    const areaLength = /^0(?:10|2)/.test(digits) ? 3 : 4
    const rest = digits.slice(areaLength)
    const typedExtension = /-(\d{1,6})$/.exec(typed)?.[1] ?? ''
    const withoutExtension = rest.slice(0, rest.length - typedExtension.length)
    if (/^[2-9]\d{6,7}$/.test(rest)) return accept(joinLandline(digits.slice(0, areaLength), rest, extension))
    if (extension === undefined && /^[2-9]\d{6,7}$/.test(withoutExtension)) {
      return accept(joinLandline(digits.slice(0, areaLength), withoutExtension, typedExtension))
    }
    return refuse('固定电话位数不对,应为区号加7位或8位号码,例如0571-12345678,请核对!')
  }
  if (/^[2-9]\d{6,7}$/.test(digits)) return accept(joinLandline('', digits, extension))
  if (digits.startsWith('1')) return refuse(`手机号码应为11位,现有${digits.length}位,请核对!`)
  return refuse('电话号码位数不对,手机为11位,固定电话为区号加7位或8位号码,请核对!')
}

function joinLandline(area: string, number: string, extension: string | undefined): string {
  return [area, number, extension ?? ''].filter((part) => part !== '').join('-')
}

function parseForeign(digits: string): ParseResult<string> {
  const number = digits.replace(/^00/, '')
  return /^[1-9]\d{5,14}$/.test(number)
    ? accept(`+${number}`)
    : refuse('国际电话应为「+」加国家代码和号码,共6至15位数字,请核对!')
}
