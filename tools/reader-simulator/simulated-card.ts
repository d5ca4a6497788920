import type { CardFields } from '../../src-shared/readers/card-reading.ts'

/** The content of a card's chip, written as the papers say; what the client reads it back from is src-main/backend/readers/card-text.ts. */
export type SimulatedCard = {
  readonly fields: CardFields
  readonly text: Uint8Array
  readonly photo: Uint8Array
  /** Addresses written later, oldest first, 70 bytes each. */
  readonly addresses: readonly Uint8Array[]
}

type Place = readonly [offset: number, length: number, value: string]

/** A card with these fields. `texts` puts other characters at byte offsets, for cards that contradict themselves. */
export function makeCard(fields: CardFields, texts: Readonly<Record<number, string>> = {}): SimulatedCard {
  const text = blankBlock(256)
  for (const [offset, length, value] of placesOf(fields)) write(text, offset, length, value)
  for (const [offset, value] of Object.entries(texts)) write(text, Number(offset), value.length * 2, value)
  const address = blankBlock(70)
  write(address, 0, 70, fields.newestAddress)
  return {
    fields,
    text,
    photo: makePhoto(fields.documentNumber),
    addresses: fields.newestAddress === '' ? [] : [address],
  }
}

function placesOf(fields: CardFields): readonly Place[] {
  const days = (date: string): string => date.replaceAll('-', '')
  const period: readonly Place[] = [
    [188, 16, days(fields.validFromDate)],
    [204, 16, days(fields.validToDate)],
  ]
  const common: readonly Place[] = [
    ...period,
    [0, 30, fields.name],
    [30, 2, fields.sexCode],
    [36, 16, days(fields.birthDate)],
    [122, 36, fields.documentNumber],
  ]
  switch (fields.kind) {
    case 'residentIdentity':
      return [...common, [32, 4, fields.ethnicGroupCode], [52, 70, fields.address], [158, 30, fields.issuer]]
    case 'hongKongMacaoTaiwan':
      return [
        ...common,
        [52, 70, fields.address],
        [158, 30, fields.issuer],
        [220, 18, fields.passNumber],
        [238, 4, fields.issueCount],
        [248, 2, 'J'],
      ]
    case 'foreigner2023':
      return [
        ...common,
        [32, 4, fields.renewalCount],
        [52, 70, fields.englishName.slice(0, 35)],
        [220, 22, fields.englishName.slice(35)],
        [242, 6, fields.citizenshipCode],
        [248, 2, 'Y'],
      ]
    case 'foreigner2017':
      return [
        ...period,
        [0, 120, fields.englishName],
        [120, 2, fields.sexCode],
        [122, 30, fields.documentNumber],
        [152, 6, fields.citizenshipCode],
        [158, 30, fields.name],
        [220, 16, days(fields.birthDate)],
        [240, 8, fields.issuer],
        [248, 2, 'I'],
      ]
  }
}

function blankBlock(length: number): Uint8Array {
  const block = new Uint8Array(length)
  for (let at = 0; at < length; at += 2) block[at] = 0x20
  return block
}

/** What does not fit is cut, as an issuer does; the rest of the place stays blank. */
function write(block: Uint8Array, offset: number, length: number, value: string): void {
  const view = new DataView(block.buffer)
  for (let index = 0; index < value.length && index * 2 < length; index += 1) {
    view.setUint16(offset + index * 2, value.charCodeAt(index), true)
  }
}

/** 1024 bytes that begin as a WLT does and hold no picture: decoders are closed, so none can be drawn here. */
function makePhoto(seed: string): Uint8Array {
  const photo = new Uint8Array(1_024)
  photo.set([0x57, 0x4c, 0x66, 0x00, 0x7e, 0x00, 0x32, 0x00])
  for (let at = 8; at < photo.length; at += 1) photo[at] = (at + seed.charCodeAt(at % seed.length)) & 0xff
  return photo
}
