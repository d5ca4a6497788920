/** What a reader took from an identity card, as pages, forms and events carry it. Plain data only. */

/** The four cards that have a chip of this kind; the letter is the card's own mark of its type. */
export type CardKind =
  /** 居民身份证. */
  | 'residentIdentity'
  /** 港澳台居民居住证 (J). */
  | 'hongKongMacaoTaiwan'
  /** 外国人永久居留身份证 of 2017 (I): a number of 15 characters. */
  | 'foreigner2017'
  /** 外国人永久居留身份证 of 2023 (Y): a number of 18 characters that begins with 9. */
  | 'foreigner2023'

/** What the clerk calls each kind of card. */
export const cardKindLabels: Readonly<Record<CardKind, string>> = {
  residentIdentity: '居民身份证',
  hongKongMacaoTaiwan: '港澳台居民居住证',
  foreigner2017: '外国人永久居留身份证(2017版)',
  foreigner2023: '外国人永久居留身份证(2023版)',
}

/** The fields of a card. An empty text: the card has no such field, or leaves it blank. */
export type CardFields = {
  readonly kind: CardKind
  /** Dictionary document-type: 01, 11, 12 or 13. */
  readonly documentTypeCode: string
  readonly documentNumber: string
  /** Chinese name; rare characters (surrogate pairs, private use area) as the card has them. */
  readonly name: string
  readonly englishName: string
  /** GB/T 2261.1 as stored on the card: 1 male, 2 female. */
  readonly sexCode: string
  /** GB/T 3304, of resident cards only; a code that is in no table is kept as it is. */
  readonly ethnicGroupCode: string
  /** `YYYY-MM-DD`, or empty when the card has no day that exists. */
  readonly birthDate: string
  /** The address printed on the card. */
  readonly address: string
  /** The newest address written into the chip later, or empty. */
  readonly newestAddress: string
  readonly issuer: string
  readonly validFromDate: string
  /** `YYYY-MM-DD` or 长期. */
  readonly validToDate: string
  /** Three letters (ISO 3166-1) of a foreigner's country. */
  readonly citizenshipCode: string
  /** Number of the travel pass (港澳台). */
  readonly passNumber: string
  /** How often the permit was issued (J), as text. */
  readonly issueCount: string
  /** How often the card was renewed (Y). It stands where a resident's card has the ethnic group, and is never one. */
  readonly renewalCount: string
}

/** A contradiction or an odd value: shown beside the field, never corrected. */
export type CardWarning = { readonly field: keyof CardFields; readonly message: string }

/** What there is of the photo. A picture that is still being decoded comes later as `reader.photo`. */
export type CardPhoto =
  | { readonly state: 'decoding' }
  /** `message` says why there is no picture: no decoder is installed, or the card has none. */
  | { readonly state: 'missing'; readonly message: string }

/** One card put on one reader, once. */
export type CardReading = CardFields & {
  /** Of this reading, for what comes later (the photo) and so that nothing is taken twice. */
  readonly id: string
  /** UTC milliseconds. */
  readonly readAt: number
  /** Which reader, as the clerk knows it: COM3, /dev/ttyUSB0 … */
  readonly readerLabel: string
  readonly warnings: readonly CardWarning[]
  readonly photo: CardPhoto
}
