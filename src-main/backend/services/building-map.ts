import type {
  MapBuilding,
  MapCounts,
  MapCrumb,
  MapDwelling,
  MapLevel,
  MapLine,
  MapPlace,
  MapSite,
} from '../../../src-shared/contract/map-types.ts'
import type { BuildingDeclaration } from '../../../src-shared/building-map/lay-out-building.ts'
import { occupancyOf } from '../../../src-shared/building-map/occupancy.ts'
import { buildingKeyOf, compareParts } from '../../../src-shared/building-map/room-place.ts'
import { initialsOf } from '../../../src-shared/pinyin/initials.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import {
  countOverdue,
  listBuildingCounts,
  listBuildingDwellings,
  listCommunityCounts,
  overdueQuery,
  type BuildingDwelling,
  type SumRow,
} from '../queries/building-map.ts'
import type { QueryRunner } from '../queries/query-runner.ts'
import { findRecord, listRecords, toRecordRow, type RecordRow } from '../queries/record-row.ts'
import type { Context } from './context.ts'
import { RequestRefusal } from './request-failure.ts'

/** 房屋示意图: the levels above the dwelling, with their counts. */
export type BuildingMap = {
  readonly level: (input: {
    readonly place: MapPlace
    readonly stationCode: string | null
  }) => Promise<MapLevel>
  readonly building: (input: {
    readonly site: MapSite
    readonly building: string
    readonly stationCode: string | null
  }) => MapBuilding
  /** Where an estate or a dwelling is shown. @throws RequestRefusal when it is not here */
  readonly find: (input: { readonly register: 'estate' | 'dwelling'; readonly id: string }) => {
    readonly site: MapSite
    readonly building: string | null
  }
  /** Records of a register changed: levels read before are out of date. */
  readonly invalidate: (register: RegisterName) => void
  /** Names of communities or streets changed. */
  readonly forget: () => void
}

/** Levels kept: a clerk walks up and down the same few. */
const LEVEL_LIMIT = 40

/** Registers that the counts and names of a level are made of. */
const COUNTED: ReadonlySet<RegisterName> = new Set([
  'dwelling',
  'resident',
  'minor',
  'estate',
  'inspection',
  'serviceRequest',
])

const NOTHING: MapCounts = {
  dwellings: 0,
  vacant: 0,
  rented: 0,
  cancelled: 0,
  residents: 0,
  minors: 0,
  requests: 0,
  hazards: 0,
  overdue: 0,
}

/**
 * The sums stand in tables that triggers keep, so a level costs as many rows as it has lines. What depends on the day (overdue
 * hazards) is read on the query thread from an index of what is open. Both are kept until records change.
 */
export function createBuildingMap(context: Context, runner: QueryRunner): BuildingMap {
  const { read } = context.store
  const levels = new Map<string, Promise<MapLevel>>()
  const overdues = new Map<string, Promise<ReadonlyMap<number, number>>>()
  const initialsByName = new Map<string, readonly string[]>()

  /** Names repeat: a street stands before each of its door numbers. */
  function initialsFor(name: string): readonly string[] {
    const known = initialsByName.get(name)
    if (known) return known
    const made = initialsOf(name)
    initialsByName.set(name, made)
    return made
  }

  function overdueByRow(table: 'community_count' | 'building_count'): Promise<ReadonlyMap<number, number>> {
    const today = context.clock.today()
    const key = `${table} ${today}`
    const known = overdues.get(key)
    if (known) return known
    const reading = runner.numbers(overdueQuery(table, today), 'page').then((rows) => {
      const counts = new Map<number, number>()
      for (const row of rows) counts.set(row, (counts.get(row) ?? 0) + 1)
      return counts
    })
    overdues.set(key, reading)
    reading.catch(() => overdues.delete(key))
    return reading
  }

  async function listCommunities(stationCode: string | null): Promise<readonly MapLine[]> {
    const overdue = await overdueByRow('community_count')
    const sums = new Map<string, MapCounts>()
    for (const { row, communityCode, sums: own } of listCommunityCounts(read, stationCode))
      sums.set(communityCode, add(sums.get(communityCode), own, overdue.get(row)))
    // An estate may be entered before its first dwelling.
    const declared = new Map<string, number>()
    for (const estate of listEstates(null)) {
      const code = textOf(estate.values['communityCode'])
      declared.set(code, (declared.get(code) ?? 0) + declaredCountOf(estate))
      if (!sums.has(code) && isOf(estate, stationCode)) sums.set(code, NOTHING)
    }
    return [...sums]
      .map(([communityCode, counts]): MapLine => {
        const label = communityLabel(communityCode)
        return {
          key: communityCode,
          label,
          initials: initialsFor(label),
          opens: { kind: 'place', place: { kind: 'community', communityCode } },
          counts,
          declared: orNothing(declared.get(communityCode)),
        }
      })
      .toSorted((a, b) => compareParts(a.key, b.key))
  }

  async function listSites(communityCode: string, stationCode: string | null): Promise<readonly MapLine[]> {
    const overdue = await overdueByRow('building_count')
    type Site = { readonly site: MapSite; counts: MapCounts; readonly buildings: Set<string> }
    const sites = new Map<string, Site>()
    const siteOf = (key: string, site: MapSite): Site => {
      const known = sites.get(key)
      if (known) return known
      const made = { site, counts: NOTHING, buildings: new Set<string>() }
      sites.set(key, made)
      return made
    }
    for (const row of listBuildingCounts(read, { kind: 'community', communityCode }, stationCode)) {
      const { estateId, streetCode, doorNumber } = row
      const found =
        estateId === ''
          ? siteOf(JSON.stringify([streetCode, doorNumber]), {
              kind: 'door',
              communityCode,
              streetCode,
              doorNumber,
            })
          : siteOf(estateId, { kind: 'estate', communityCode, estateId })
      found.counts = add(found.counts, row.sums, overdue.get(row.row))
      found.buildings.add(buildingKeyOf(row.building))
    }
    for (const estate of listEstates(communityCode))
      if (estate.status === 'active' && isOf(estate, stationCode))
        siteOf(estate.id, { kind: 'estate', communityCode, estateId: estate.id })
    const estates = new Map(
      listRecords(
        read,
        'estate',
        [...sites.values()].flatMap(({ site }) => (site.kind === 'estate' ? [site.estateId] : [])),
      ).map((estate) => [estate.id, estate]),
    )
    const lines = [...sites].map(([key, { site, counts, buildings }]): MapLine => {
      const label = siteLabel(site, estates)
      if (site.kind === 'estate') {
        const estate = estates.get(site.estateId)
        return {
          key,
          label,
          initials: initialsFor(label),
          opens: { kind: 'place', place: site },
          counts,
          declared: estate && isIn(estate, communityCode) ? orNothing(declaredCountOf(estate)) : null,
        }
      }
      const street = streetLabel(site.streetCode)
      const only = [...buildings]
      return {
        key,
        label,
        initials: initialsFor(street).map((initials) => initials + site.doorNumber.toLowerCase()),
        // A house of its own has no buildings to choose from.
        opens:
          only.length === 1 && only[0] === ''
            ? { kind: 'building', site, building: '' }
            : { kind: 'place', place: site },
        counts,
        declared: null,
      }
    })
    return sortedByKind(lines)
  }

  async function listBuildings(site: MapSite, stationCode: string | null): Promise<readonly MapLine[]> {
    const overdue = await overdueByRow('building_count')
    const counts = new Map<string, MapCounts>()
    const labels = new Map<string, string>()
    const declared = new Map<string, number>()
    for (const { name, declaration } of declarationsOf(site)) {
      const key = buildingKeyOf(name)
      labels.set(key, name)
      counts.set(key, NOTHING)
      declared.set(key, countOf(declaration))
    }
    for (const row of listBuildingCounts(read, site, stationCode)) {
      const key = buildingKeyOf(row.building)
      counts.set(key, add(counts.get(key), row.sums, overdue.get(row.row)))
      if (!labels.has(key)) labels.set(key, row.building)
    }
    return [...counts]
      .map(([key, own]): MapLine => {
        const label = buildingLabel(labels.get(key) ?? '')
        return {
          key,
          label,
          initials: initialsFor(label),
          opens: { kind: 'building', site, building: key },
          counts: own,
          declared: orNothing(declared.get(key)),
        }
      })
      .toSorted((a, b) => compareParts(a.key, b.key))
  }

  /** Estates of a community, or all of them: some thousands at most. */
  function listEstates(communityCode: string | null): readonly RecordRow[] {
    const register = getRegister('estate')
    const rows =
      communityCode === null
        ? read.allOf("SELECT * FROM estate WHERE status = 'active'")
        : read.allOf('SELECT * FROM estate WHERE community_code = ?', communityCode)
    return rows.map((row) => toRecordRow(register, row))
  }

  /** The buildings that the estate's record declares; none for an estate of another community or a door number. */
  function declarationsOf(
    site: MapSite,
  ): readonly { readonly name: string; readonly declaration: BuildingDeclaration }[] {
    const estate = site.kind === 'estate' ? findRecord(read, 'estate', site.estateId) : undefined
    return estate && isIn(estate, site.communityCode) ? declaredBuildings(estate) : []
  }

  function communityLabel(code: string): string {
    return code === '' ? '未填社区' : context.dictionaries.labelOf('community', code)
  }
  function streetLabel(code: string): string {
    return code === '' ? '未填街路' : context.dictionaries.labelOf('street', code)
  }
  function siteLabel(site: MapSite, estates?: ReadonlyMap<string, RecordRow>): string {
    if (site.kind === 'estate') {
      const estate = estates?.get(site.estateId) ?? findRecord(read, 'estate', site.estateId)
      return textOf(estate?.values['name']) || '小区不在本机'
    }
    const door = site.doorNumber === '' ? '未填门牌' : withWord(site.doorNumber, '号')
    return `${streetLabel(site.streetCode)}${door}`
  }
  function crumbsOf(place: MapPlace): readonly MapCrumb[] {
    const all: MapCrumb = { label: '全部社区', place: { kind: 'all' } }
    if (place.kind === 'all') return [all]
    const { communityCode } = place
    const community: MapCrumb = {
      label: communityLabel(communityCode),
      place: { kind: 'community', communityCode },
    }
    return place.kind === 'community'
      ? [all, community]
      : [all, community, { label: siteLabel(place), place }]
  }

  async function readLevel(place: MapPlace, stationCode: string | null): Promise<MapLevel> {
    const lines =
      place.kind === 'all'
        ? await listCommunities(stationCode)
        : place.kind === 'community'
          ? await listSites(place.communityCode, stationCode)
          : await listBuildings(place, stationCode)
    return { crumbs: crumbsOf(place), lines }
  }

  function toMapDwelling(dwelling: BuildingDwelling, overdue: number): MapDwelling {
    const { id, status, entrance, floor, roomNumber, residents, minors, requests, hazards } = dwelling
    const { occupancyUseCode } = dwelling
    return {
      id,
      isCancelled: status === 'cancelled',
      entrance,
      floor,
      roomNumber,
      occupancy: occupancyOf({ status, occupancyUseCode, people: residents + minors }),
      useLabel:
        occupancyUseCode === null ? '' : context.dictionaries.labelOf('occupancy-use', occupancyUseCode),
      residents,
      minors,
      requests,
      hazards,
      overdue,
    }
  }

  return {
    level: ({ place, stationCode }) => {
      const key = JSON.stringify([place, stationCode, context.clock.today()])
      const known = levels.get(key)
      if (known) return known
      const reading = readLevel(place, stationCode)
      levels.set(key, reading)
      reading.catch(() => levels.delete(key))
      for (const oldest of levels.keys()) {
        if (levels.size <= LEVEL_LIMIT) break
        levels.delete(oldest)
      }
      return reading
    },
    building: ({ site, building, stationCode }) => {
      const declared = declarationsOf(site).find(({ name }) => buildingKeyOf(name) === building)
      const spellings = new Set(
        listBuildingCounts(read, site, stationCode)
          .map((row) => row.building)
          .filter((name) => buildingKeyOf(name) === building),
      )
      const dwellings = listBuildingDwellings(read, site, [...spellings], stationCode)
      const overdue = countOverdue(
        read,
        dwellings.filter(({ hazards }) => hazards > 0).map(({ id }) => id),
        context.clock.today(),
      )
      const name = declared?.name ?? [...spellings][0] ?? building
      const isWithoutBuildings = site.kind === 'door' && name === ''
      return {
        crumbs: crumbsOf(
          isWithoutBuildings ? { kind: 'community', communityCode: site.communityCode } : site,
        ),
        label: isWithoutBuildings ? siteLabel(site) : buildingLabel(name),
        declaration: declared?.declaration ?? null,
        dwellings: dwellings.map((dwelling) => toMapDwelling(dwelling, overdue.get(dwelling.id) ?? 0)),
        prefill: prefillOf(site, name, dwellings),
      }
    },
    find: ({ register, id }) => {
      const record = findRecord(read, register, id)
      if (!record)
        throw new RequestRefusal('notFound', `找不到该${getRegister(register).label},可能已被删除。`)
      const communityCode = textOf(record.values['communityCode'])
      if (register === 'estate')
        return { site: { kind: 'estate', communityCode, estateId: id }, building: null }
      const estateId = textOf(record.values['estateId'])
      const site: MapSite =
        estateId === ''
          ? {
              kind: 'door',
              communityCode,
              streetCode: textOf(record.values['streetCode']),
              doorNumber: textOf(record.values['doorNumber']),
            }
          : { kind: 'estate', communityCode, estateId }
      return { site, building: buildingKeyOf(textOf(record.values['building'])) }
    },
    invalidate: (register) => {
      if (!COUNTED.has(register)) return
      levels.clear()
      // Most saves are of people: what is overdue and where it stands does not change with them.
      if (register === 'inspection' || register === 'dwelling') overdues.clear()
    },
    forget: () => levels.clear(),
  }

  /** What a new dwelling of the building begins with; the street of an estate is that of the dwellings it has, where they agree. */
  function prefillOf(
    site: MapSite,
    building: string,
    dwellings: readonly BuildingDwelling[],
  ): MapBuilding['prefill'] {
    const agreed = (of: (dwelling: BuildingDwelling) => string | null): string => {
      const found = new Set(dwellings.map(of))
      return found.size === 1 ? ([...found][0] ?? '') : ''
    }
    const streetCode = site.kind === 'door' ? site.streetCode : agreed((each) => each.streetCode)
    const doorNumber = site.kind === 'door' ? site.doorNumber : agreed((each) => each.doorNumber)
    const written = agreed((each) => each.building) || building
    const all: Readonly<Record<string, { readonly text: string; readonly value: string }>> = {
      communityCode: { text: communityLabel(site.communityCode), value: site.communityCode },
      estateId:
        site.kind === 'estate' ? { text: siteLabel(site), value: site.estateId } : { text: '', value: '' },
      streetCode: { text: streetLabel(streetCode), value: streetCode },
      doorNumber: { text: doorNumber, value: doorNumber },
      building: { text: written, value: written },
    }
    return Object.fromEntries(Object.entries(all).filter(([, { value }]) => value !== ''))
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** 12 → 12号; a text that ends in a word stays. */
function withWord(text: string, word: string): string {
  return /[0-9A-Za-z]$/u.test(text) ? text + word : text
}

function buildingLabel(name: string): string {
  return name === '' ? '未填楼栋' : withWord(name, '栋')
}

function orNothing(count: number | undefined): number | null {
  return count === undefined || count === 0 ? null : count
}

function isOf(estate: RecordRow, stationCode: string | null): boolean {
  return stationCode === null || estate.stationCode === stationCode
}

function isIn(estate: RecordRow, communityCode: string): boolean {
  return estate.status === 'active' && estate.values['communityCode'] === communityCode
}

function countOf({ entranceCount, floorCount, roomsPerFloor }: BuildingDeclaration): number {
  return entranceCount * floorCount * roomsPerFloor
}

function declaredBuildings(
  estate: RecordRow,
): readonly { readonly name: string; readonly declaration: BuildingDeclaration }[] {
  const { buildings } = estate.values
  if (!Array.isArray(buildings)) return []
  return buildings.flatMap((row) => {
    if (typeof row !== 'object' || row === null) return []
    const [entranceCount, floorCount, roomsPerFloor] = [
      row['entranceCount'],
      row['floorCount'],
      row['roomsPerFloor'],
    ]
    if (
      typeof entranceCount !== 'number' ||
      typeof floorCount !== 'number' ||
      typeof roomsPerFloor !== 'number'
    )
      return []
    return [{ name: textOf(row['name']), declaration: { entranceCount, floorCount, roomsPerFloor } }]
  })
}

function declaredCountOf(estate: RecordRow): number {
  return declaredBuildings(estate).reduce((sum, { declaration }) => sum + countOf(declaration), 0)
}

function add(before: MapCounts | undefined, sums: SumRow, overdue: number | undefined): MapCounts {
  const old = before ?? NOTHING
  return {
    dwellings: old.dwellings + sums.dwellings,
    vacant: old.vacant + sums.vacant,
    rented: old.rented + sums.rented,
    cancelled: old.cancelled + sums.cancelled,
    residents: old.residents + sums.residents,
    minors: old.minors + sums.minors,
    requests: old.requests + sums.requests,
    hazards: old.hazards + sums.hazards,
    overdue: old.overdue + (overdue ?? 0),
  }
}

/** Estates by name, then streets by name and door number. */
function sortedByKind(lines: readonly MapLine[]): readonly MapLine[] {
  const isEstate = ({ opens }: MapLine): boolean =>
    opens.kind === 'place' ? opens.place.kind === 'estate' : opens.site.kind === 'estate'
  return lines.toSorted((a, b) => Number(isEstate(b)) - Number(isEstate(a)) || compareParts(a.label, b.label))
}
