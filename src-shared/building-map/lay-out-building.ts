import { compareParts, entranceKeyOf, roomPlaceOf, type RoomPlace } from './room-place.ts'

/** A dwelling as far as its place is concerned; empty texts where nothing is written. */
export type PlacedDwelling = {
  readonly id: string
  readonly isCancelled: boolean
  readonly entrance: string
  readonly floor: string
  readonly roomNumber: string
}

/** What the estate's record says of a building (楼栋: 单元数, 层数, 每层户数 of one entrance). */
export type BuildingDeclaration = {
  readonly entranceCount: number
  readonly floorCount: number
  readonly roomsPerFloor: number
}

/** One column of the grid: the same room on every floor. */
export type GridColumn = { readonly entrance: string; readonly roomKey: string }

/** One cell. */
export type GridCell<Dwelling extends PlacedDwelling> =
  /** Dwellings stand here: the valid one first; more than one where an address was registered again. */
  | { readonly kind: 'dwellings'; readonly dwellings: readonly [Dwelling, ...Dwelling[]] }
  /** The declaration says it exists, no record has it: 未登记. The texts are those a new record begins with. */
  | { readonly kind: 'unregistered'; readonly prefill: RoomTexts }
  /** Nothing says that there is a room. */
  | { readonly kind: 'none' }

export type RoomTexts = {
  readonly entrance: string
  readonly floor: string
  readonly roomNumber: string
}

/** A building as rows of floors, the top one first, and columns of rooms, grouped by entrance. */
export type BuildingLayout<Dwelling extends PlacedDwelling> = {
  readonly entrances: readonly { readonly key: string; readonly columnCount: number }[]
  readonly columns: readonly GridColumn[]
  readonly rows: readonly { readonly floor: number; readonly cells: readonly GridCell<Dwelling>[] }[]
  /** 未能定位: dwellings whose texts name no cell. */
  readonly unplaced: readonly Dwelling[]
}

type Placed<Dwelling> = { readonly dwelling: Dwelling; readonly place: RoomPlace }

/**
 * Lays a building out. Every dwelling stands in exactly one cell or among the unplaced.
 *
 * @param declaration null where nobody has said how the building is made: then it is derived from the records
 */
export function layOutBuilding<Dwelling extends PlacedDwelling>(
  dwellings: readonly Dwelling[],
  declaration: BuildingDeclaration | null,
): BuildingLayout<Dwelling> {
  const read = dwellings.map((dwelling) => ({ dwelling, place: roomPlaceOf(dwelling) }))
  const isSingle =
    declaration === null
      ? read.every(({ place }) => place.entrance === null)
      : declaration.entranceCount === 1
  const placed: {
    readonly dwelling: Dwelling
    readonly entrance: string
    readonly floor: number
    readonly roomKey: string
  }[] = []
  const unplaced: Dwelling[] = []
  for (const { dwelling, place } of read) {
    const entrance = place.entrance ?? (isSingle ? (declaration === null ? '' : '1') : null)
    // Where there is one floor only, nobody writes it.
    const floor = place.floor ?? (declaration?.floorCount === 1 ? 1 : null)
    if (entrance === null || floor === null) unplaced.push(dwelling)
    else placed.push({ dwelling, entrance, floor, roomKey: place.roomKey })
  }

  const cells = new Map<string, Dwelling[]>()
  const floors = new Set<number>()
  const roomKeys = new Map<string, Set<string>>()
  const addColumn = (entrance: string, roomKey: string): void => {
    const known = roomKeys.get(entrance)
    if (known) known.add(roomKey)
    else roomKeys.set(entrance, new Set([roomKey]))
  }
  for (const { dwelling, entrance, floor, roomKey } of placed) {
    const key = cellKey(entrance, floor, roomKey)
    const there = cells.get(key)
    if (there) there.push(dwelling)
    else cells.set(key, [dwelling])
    floors.add(floor)
    addColumn(entrance, roomKey)
  }
  const declared = new Map<string, RoomTexts>()
  if (declaration) {
    const first = numberingOf(placed, declaration)
    const texts = textsOf(read, placed)
    for (let entrance = 1; entrance <= declaration.entranceCount; entrance += 1) {
      for (let room = 1; room <= declaration.roomsPerFloor; room += 1) {
        const roomKey = String(first(entrance) + room - 1).padStart(2, '0')
        addColumn(String(entrance), roomKey)
        for (let floor = 1; floor <= declaration.floorCount; floor += 1) {
          floors.add(floor)
          declared.set(cellKey(String(entrance), floor, roomKey), texts(String(entrance), floor, roomKey))
        }
      }
    }
  }

  const entrances = [...roomKeys.keys()].toSorted(compareParts)
  const columns = entrances.flatMap((entrance) =>
    [...(roomKeys.get(entrance) ?? [])].toSorted(compareParts).map((roomKey) => ({ entrance, roomKey })),
  )
  const cellAt = (floor: number, { entrance, roomKey }: GridColumn): GridCell<Dwelling> => {
    const key = cellKey(entrance, floor, roomKey)
    const [first, ...others] = (cells.get(key) ?? []).toSorted(
      (a, b) => Number(a.isCancelled) - Number(b.isCancelled),
    )
    if (first) return { kind: 'dwellings', dwellings: [first, ...others] }
    const prefill = declared.get(key)
    return prefill ? { kind: 'unregistered', prefill } : { kind: 'none' }
  }
  return {
    entrances: entrances.map((key) => ({ key, columnCount: roomKeys.get(key)?.size ?? 0 })),
    columns,
    rows: [...floors]
      .toSorted((a, b) => b - a)
      .map((floor) => ({ floor, cells: columns.map((column) => cellAt(floor, column)) })),
    unplaced,
  }
}

function cellKey(entrance: string, floor: number, roomKey: string): string {
  return JSON.stringify([entrance, floor, roomKey])
}

/**
 * Rooms are numbered anew in each entrance (1单元 101, 102; 2单元 101, 102) or through the whole floor (2单元 103, 104): as most of
 * the records say. Answers the number of an entrance's first room.
 */
function numberingOf(
  placed: readonly { readonly entrance: string; readonly roomKey: string }[],
  { roomsPerFloor }: BuildingDeclaration,
): (entrance: number) => number {
  let anew = 0
  let through = 0
  for (const { entrance, roomKey } of placed) {
    const order = Number(entrance)
    const room = Number(roomKey)
    if (!Number.isInteger(order) || order < 2 || !Number.isInteger(room)) continue
    if (room >= 1 && room <= roomsPerFloor) anew += 1
    if (room > (order - 1) * roomsPerFloor && room <= order * roomsPerFloor) through += 1
  }
  return through > anew ? (entrance) => (entrance - 1) * roomsPerFloor + 1 : () => 1
}

/** How a room that is not registered yet would be written here: as the records of the building are. */
function textsOf<Dwelling extends PlacedDwelling>(
  read: readonly Placed<Dwelling>[],
  placed: readonly { readonly dwelling: Dwelling; readonly roomKey: string; readonly floor: number }[],
): (entrance: string, floor: number, roomKey: string) => RoomTexts {
  const entranceTexts = new Map(
    read.map(({ dwelling }) => [entranceKeyOf(dwelling.entrance), dwelling.entrance]),
  )
  const dashed = placed.filter(({ dwelling }) => /^\d+-\d+$/u.test(dwelling.roomNumber)).length
  const short = placed.filter(({ dwelling }) => /^\d{1,2}$/u.test(dwelling.roomNumber)).length
  const padded = placed.filter(({ dwelling }) => /^0\d{3}$/u.test(dwelling.roomNumber)).length
  return (entrance, floor, roomKey) => {
    const room = String(Number(roomKey))
    return {
      entrance: entranceTexts.get(entrance) ?? entrance,
      floor: String(floor),
      roomNumber:
        dashed * 2 > placed.length
          ? `${floor}-${room}`
          : short * 2 > placed.length
            ? room
            : padded * 2 > placed.length
              ? `${String(floor).padStart(2, '0')}${roomKey}`
              : `${floor}${roomKey}`,
    }
  }
}
