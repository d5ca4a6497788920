/**
 * Normal forms of typed or pasted text. Nothing here judges a value; it only takes away what a paste or
 * a Chinese input method adds: line breaks, invisible marks, full-width digits.
 */

/** Controls, zero-width marks, bidirectional marks, soft hyphen, byte order mark, lone surrogates: never part of a value. */
const invisiblePattern =
  // oxlint-disable-next-line no-control-regex -- controls are exactly what is taken out here
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]|\p{Surrogate}/gu

/** Everything a paste uses to separate words: line breaks, tabs, no-break and ideographic spaces. */
const spacePattern = /[\t\n\r\u0020\u0085\u00A0\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+/g

/**
 * One line of text as it is stored: line breaks, tabs and runs of spaces become one space, invisible marks go,
 * both ends are trimmed, and the text is in Unicode NFC. Letters and digits keep their width (Ａ座 stays Ａ座).
 */
export function normaliseLine(raw: string): string {
  return raw
    .normalize('NFC')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(spacePattern, ' ')
    .replaceAll(invisiblePattern, '')
    .replaceAll(/ +/g, ' ')
    .trim()
}

/**
 * Several lines of text as they are stored (备注): like {@link normaliseLine}, but single line breaks stay and more than
 * one empty line becomes one.
 */
export function normaliseParagraphs(raw: string): string {
  return raw
    .replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .split('\n')
    .map(normaliseLine)
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

/** Full-width letters, digits and signs (ＡＢＣ１２３（）－) become ordinary ones; Chinese characters and 。、《》 stay as they are. */
export function toHalfWidth(text: string): string {
  return text
    .replaceAll(/[\uFF01-\uFF5E]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replaceAll('\u3000', ' ')
}

/** For codes and numbers: half-width, without any space or invisible mark. */
export function compactCode(raw: string): string {
  return toHalfWidth(raw.normalize('NFC')).replaceAll(spacePattern, '').replaceAll(invisiblePattern, '')
}

/** Length as a clerk counts it: 𠮷 is one character (code points, not UTF-16 units). */
export function countCharacters(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** Matches one pictograph as in 😀, ❤️, 🇨🇳 or 1️⃣. Digits, # and * alone are no emoji. */
const emojiPattern = /\p{Emoji_Presentation}|\p{Extended_Pictographic}|[\u{1F1E6}-\u{1F1FF}]|\u20E3|\u{FE0F}/u

/** The first emoji in the text, or undefined. ©, ® and ™ count as ordinary signs. */
export function findEmoji(text: string): string | undefined {
  const match = emojiPattern.exec(text.replaceAll(/[©®™]\uFE0F?/g, ''))
  return match?.[0]
}
