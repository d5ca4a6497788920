// Where a dwelling stands in its building, read from what clerks write: 3单元 5层 501, 三单元, 5-2, B1, 5A, 东户.

/** A place inside a building as far as the texts say it. */
export type RoomPlace = {
  /** Key of the entrance; null where none is written. */
  readonly entrance: string | null
  /** 1 is the ground floor, -1 the first below it; null where nothing says it. */
  readonly floor: number | null
  /** The room among those of its floor: 01, 12, 03A, 东户. Never empty. */
  readonly roomKey: string
}

/** Floors outside of these are slips of the pen: a grid of 9,999 rows shows nobody anything. */
const HIGHEST_FLOOR = 150
const LOWEST_FLOOR = -9

const digitsOf: Readonly<Record<string, number>> = {
  〇: 0,
  零: 0,
  一: 1,
  二: 2,
  两: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
}
const chineseDigits = '〇零一二两三四五六七八九'

/** Half-width capitals without spaces, Chinese numbers as digits: 三单元 → 3单元, 十二 → 12, 五零一 → 501, 廿三 → 23. */
export function plainAddressPart(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/\s+/gu, '')
    .replaceAll(/[‐‑‒–—−~~]/gu, '-')
    .replaceAll('廿', '二十')
    .replaceAll('卅', '三十')
    .replaceAll(
      new RegExp(`([${chineseDigits}])?十([${chineseDigits}])?`, 'gu'),
      (_, tens: string | undefined, ones: string | undefined) =>
        String((tens === undefined ? 1 : (digitsOf[tens] ?? 0)) * 10 + (digitsOf[ones ?? '零'] ?? 0)),
    )
    .replaceAll(new RegExp(`[${chineseDigits}]`, 'gu'), (digit) => String(digitsOf[digit]))
}

function withoutLeadingZeros(text: string): string {
  return text.replace(/^0+(?=\d)/u, '')
}

/** What stands behind the name of a building without saying more: 3栋, 3号楼, 3幢 and 3# are one building. */
const buildingWords = /(?:号楼|号栋|号|栋|楼|幢|座|#)$/u
const entranceWords = /^第|(?:单元|门|梯|栋门|#)$/gu

/** The same building however it is written: 3栋, 三号楼, 第3幢, 3# → 3. Empty for no text. */
export function buildingKeyOf(text: string): string {
  return withoutLeadingZeros(plainAddressPart(text).replace(/^第/u, '').replace(buildingWords, ''))
}

/** The same entrance however it is written: 3单元, 三单元, 第3单元 → 3; A单元, 甲单元 → A, 甲. Empty for no text. */
export function entranceKeyOf(text: string): string {
  return withoutLeadingZeros(plainAddressPart(text).replaceAll(entranceWords, ''))
}

function floorWithin(floor: number): number | null {
  return floor !== 0 && floor >= LOWEST_FLOOR && floor <= HIGHEST_FLOOR ? floor : null
}

/** The floor a text names: 5, 5层, 五楼, B1, -1, 负一层, 地下二层, 地下室 (-1); null for none, or one that cannot be. */
export function floorOf(text: string): number | null {
  const plain = plainAddressPart(text)
    .replace(/^第/u, '')
    .replace(/[层楼F]$/u, '')
  const below = /^(?:B|-|负|地下)(\d{1,2})$/u.exec(plain)
  if (below) return floorWithin(-Number(below[1]))
  if (/^(?:B|负|地下|地下室|地下1?层?)$/u.test(plain)) return -1
  return /^\d{1,3}$/u.test(plain) ? floorWithin(Number(plain)) : null
}

/** A number among the rooms of a floor in two digits, so that 1, 01 and 001 are one: 01. */
function roomKeyOf(digits: string, suffix = ''): string {
  return `${withoutLeadingZeros(digits).padStart(2, '0')}${suffix}`
}

/** What the room number alone says. `entrance` and `floor` are null where it does not say them. */
function readRoom(text: string): RoomPlace {
  const plain = plainAddressPart(text).replace(/(?:室|号|房|户室)$/u, '')
  const none = { entrance: null, floor: null }
  // 3-2-501 (building, entrance, room) and 2-5-1 (entrance, floor, room).
  const three = /^([\dA-Z]{1,3})-([\dA-Z]{1,3})-(\d{1,4})([A-Z]?)$/u.exec(plain)
  if (three) {
    const [, first = '', second = '', room = '', suffix = ''] = three
    if (room.length >= 3) return { ...readRoom(room + suffix), entrance: entranceKeyOf(second) }
    return { entrance: entranceKeyOf(first), floor: floorOf(second), roomKey: roomKeyOf(room, suffix) }
  }
  // B1-3, 负1-3, 地下1-03: below the ground.
  const below = /^(?:B|-|负|地下)(\d)(?:层|楼)?-?(\d{1,2})([A-Z]?)$/u.exec(plain)
  if (below && (plain.includes('-', 1) || (below[2] ?? '').length === 2)) {
    return {
      entrance: null,
      floor: floorWithin(-Number(below[1])),
      roomKey: roomKeyOf(below[2] ?? '', below[3]),
    }
  }
  const two = /^(\d{1,3}|[A-Z])-(\d{1,4})([A-Z]?)$/u.exec(plain)
  if (two) {
    const [, first = '', room = '', suffix = ''] = two
    // 2-501 is entrance and room, 5-2 is floor and room.
    if (room.length >= 3 || /[A-Z]/u.test(first))
      return { ...readRoom(room + suffix), entrance: entranceKeyOf(first) }
    return { entrance: null, floor: floorWithin(Number(first)), roomKey: roomKeyOf(room, suffix) }
  }
  // 5楼2, 5层02号.
  const spelt = /^(?:(\d{1,2})(?:单元|门))?(\d{1,3})[层楼]-?(\d{1,2}|[A-Z]|\D{1,3})$/u.exec(plain)
  if (spelt) {
    const [, entrance, floor = '', roomKey = ''] = spelt
    return {
      entrance: entrance === undefined ? null : entranceKeyOf(entrance),
      floor: floorWithin(Number(floor)),
      roomKey: /^\d/u.test(roomKey) ? roomKeyOf(roomKey) : roomKey,
    }
  }
  const floorAlone = /^(?:B|负|地下)(\d{1,2})$/u.exec(plain)
  if (floorAlone) return { entrance: null, floor: floorWithin(-Number(floorAlone[1])), roomKey: plain }
  // A501, 501, 1203B, 501东; 5A is the flat A of the fifth floor.
  const joined = /^([A-Z]?)-?(\d{3,4})-?([A-Z]|\D{1,2})?$/u.exec(plain)
  if (joined) {
    const [, entrance = '', digits = '', suffix = ''] = joined
    return {
      entrance: entrance === '' ? null : entrance,
      floor: floorWithin(Number(digits.slice(0, -2))),
      roomKey: roomKeyOf(digits.slice(-2), suffix),
    }
  }
  const lettered = /^(\d{1,2})([A-Z])$/u.exec(plain)
  if (lettered) return { entrance: null, floor: floorWithin(Number(lettered[1])), roomKey: lettered[2] ?? '' }
  // 20501: entrance 2, floor 05, room 01.
  const five = /^(\d)(\d{2})(\d{2})$/u.exec(plain)
  if (five)
    return { entrance: five[1] ?? '', floor: floorWithin(Number(five[2])), roomKey: roomKeyOf(five[3] ?? '') }
  if (/^\d{1,2}$/u.test(plain)) return { ...none, roomKey: roomKeyOf(plain) }
  return { ...none, roomKey: plain === '' ? text.trim() || '?' : plain }
}

/**
 * Where a dwelling stands. A field of its own (单元, 楼层) says more than what the room number repeats of it.
 */
export function roomPlaceOf(dwelling: {
  readonly entrance: string
  readonly floor: string
  readonly roomNumber: string
}): RoomPlace {
  const room = readRoom(dwelling.roomNumber)
  const entrance = entranceKeyOf(dwelling.entrance)
  return {
    entrance: entrance === '' ? room.entrance : entrance,
    floor: floorOf(dwelling.floor) ?? room.floor,
    roomKey: room.roomKey,
  }
}

/** What a floor is called: 5层, 地下1层. */
export function floorLabel(floor: number): string {
  return floor < 0 ? `地下${-floor}层` : `${floor}层`
}

const order = new Intl.Collator('zh-CN', { numeric: true })

/** Entrances and rooms in the order a person counts them: 1, 2, 10, A, 东户. */
export function compareParts(a: string, b: string): number {
  return order.compare(a, b)
}
