import { accept, refuse } from './parse-result.ts'
import type { ParseResult } from './parse-result.ts'
import { countCharacters, findEmoji, normaliseLine, toHalfWidth } from './text.ts'

/** Longest name in characters (code points) unless the field says otherwise. */
export const personNameLength = 50

/**
 * Reads a person's name as typed, pasted or read from a card. Line breaks become spaces, spaces between Chinese characters go,
 * the different middle dots become ·. Every letter of every script is allowed, rare and private-use ones (𠮷, 㛃) included;
 * digits, emoji and other signs are refused.
 */
export function parsePersonName(raw: string, maxLength: number = personNameLength): ParseResult<string> {
  const emoji = findEmoji(raw)
  if (emoji !== undefined) return refuse(`姓名中不能有表情符号「${emoji}」,请删去!`)
  const name = normaliseName(raw)
  if (name === '') return refuse('姓名为空,请输入姓名!')
  const length = countCharacters(name)
  if (length > maxLength) return refuse(`姓名最多${maxLength}个字,现有${length}个字,请核对!`)
  if (/\p{Nd}/u.test(name)) return refuse('姓名中不能有数字,请核对!')
  const sign = /[^\p{L}\p{M}\p{Co}\u3007· '.-]/u.exec(name)
  if (sign !== null) return refuse(`姓名中不能有「${sign[0]}」,只能用文字和间隔号「·」,请核对!`)
  if (!/[\p{L}\p{Co}\u3007]/u.test(name)) return refuse('姓名中没有文字,请核对!')
  return accept(name)
}

const chinese = String.raw`[\p{Script=Han}\p{Co}]`
const spaceBetweenChinese = new RegExp(`(?<=${chinese}|·) (?=${chinese}|·)`, 'gu')
const dotBetweenChinese = new RegExp(`(?<=${chinese}) ?[.。] ?(?=${chinese})`, 'gu')

function normaliseName(raw: string): string {
  return toHalfWidth(normaliseLine(raw))
    .replaceAll(/ ?[·•‧∙⋅・･●] ?/g, '·')
    .replaceAll(/[’‘`´]/g, "'")
    .replaceAll(/[‐‑–—]/g, '-')
    .replaceAll(dotBetweenChinese, '·')
    .replaceAll(spaceBetweenChinese, '')
}
