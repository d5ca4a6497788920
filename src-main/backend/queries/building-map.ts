import type { CompiledQuery } from 'kysely'
import { sql } from 'kysely'
import type { MapPlace, MapSite } from '../../../src-shared/contract/map-types.ts'
import { build, type ReadDatabase, type SqlRow } from '../database/database.ts'

/** Sums of one row of `community_count` or `building_count`; the overdue hazards depend on the day and come beside them. */
const SUMS = 'dwellings, vacant, rented, cancelled, residents, minors, requests, hazards'

/** One building of one station, as it is written in the records. */
export type BuildingRow = {
  readonly row: number
  readonly communityCode: string
  readonly estateId: string
  readonly streetCode: string
  readonly doorNumber: string
  readonly building: string
  readonly sums: SumRow
}

export type SumRow = Readonly<
  Record<
    'dwellings' | 'vacant' | 'rented' | 'cancelled' | 'residents' | 'minors' | 'requests' | 'hazards',
    number
  >
>

function sumsOf(row: SqlRow): SumRow {
  return {
    dwellings: Number(row['dwellings']),
    vacant: Number(row['vacant']),
    rented: Number(row['rented']),
    cancelled: Number(row['cancelled']),
    residents: Number(row['residents']),
    minors: Number(row['minors']),
    requests: Number(row['requests']),
    hazards: Number(row['hazards']),
  }
}

/** The sums of every community that has dwellings, one row a station. `stationCode` null asks for all stations. */
export function listCommunityCounts(
  read: ReadDatabase,
  stationCode: string | null,
): readonly { readonly row: number; readonly communityCode: string; readonly sums: SumRow }[] {
  return read
    .allOf(
      `SELECT row, community_code, ${SUMS} FROM community_count
       WHERE dwellings + cancelled > 0 AND (? IS NULL OR station_code = ?)`,
      stationCode,
      stationCode,
    )
    .map((row) => ({
      row: Number(row['row']),
      communityCode: String(row['community_code']),
      sums: sumsOf(row),
    }))
}

/** SQL and parameters of the buildings of a place: a run of the table's own key. */
export function buildingCountsQuery(
  place: Exclude<MapPlace, { readonly kind: 'all' }>,
  stationCode: string | null,
): { readonly sql: string; readonly parameters: readonly (string | null)[] } {
  const conditions = ['community_code = ?']
  const parameters: (string | null)[] = [place.communityCode]
  if (place.kind === 'estate') {
    conditions.push('estate_id = ?')
    parameters.push(place.estateId)
  } else if (place.kind === 'door') {
    conditions.push("estate_id = ''", 'street_code = ?', 'door_number = ?')
    parameters.push(place.streetCode, place.doorNumber)
  }
  if (stationCode !== null) {
    conditions.push('station_code = ?')
    parameters.push(stationCode)
  }
  return {
    sql: `SELECT row, community_code, estate_id, street_code, door_number, building, ${SUMS} FROM building_count
          WHERE ${conditions.join(' AND ')} AND dwellings + cancelled > 0`,
    parameters,
  }
}

/** The sums of every building of a place that has dwellings, one row a station and spelling of its name. */
export function listBuildingCounts(
  read: ReadDatabase,
  place: Exclude<MapPlace, { readonly kind: 'all' }>,
  stationCode: string | null,
): readonly BuildingRow[] {
  const query = buildingCountsQuery(place, stationCode)
  return read.allOf(query.sql, ...query.parameters).map((row) => ({
    row: Number(row['row']),
    communityCode: String(row['community_code']),
    estateId: String(row['estate_id']),
    streetCode: String(row['street_code']),
    doorNumber: String(row['door_number']),
    building: String(row['building']),
    sums: sumsOf(row),
  }))
}

/**
 * The row of `community_count` or `building_count` of every hazard that should have been dealt with before `today`, as often as
 * there are such hazards. A statement for the query thread: it looks at what is open only, by an index of its own.
 */
export function overdueQuery(table: 'community_count' | 'building_count', today: string): CompiledQuery {
  const same =
    table === 'community_count'
      ? sql`place.community_code = share.community_code AND place.station_code = share.station_code`
      : sql`place.community_code = share.community_code AND place.estate_id = share.estate_id
          AND place.street_code = share.street_code AND place.door_number = share.door_number
          AND place.building = share.building AND place.station_code = share.station_code`
  return sql`SELECT place.row FROM inspection INDEXED BY inspection_open
    CROSS JOIN dwelling_share AS share ON share.dwelling_id = inspection.dwelling_id
    CROSS JOIN ${sql.table(table)} AS place ON ${same}
    WHERE inspection.status = 'active' AND inspection.stage_code = '20' AND inspection.rectify_by_date < ${today}`.compile(
    build,
  )
}

/** SQL of the dwellings of one building as its name is written; `?` are the site's values, the name, and the station twice. */
export function dwellingsQuery(site: MapSite): string {
  const where =
    site.kind === 'estate'
      ? "dwelling.estate_id = ? AND dwelling.building IS ? AND +coalesce(dwelling.community_code, '') = ?"
      : `dwelling.street_code IS ? AND dwelling.door_number IS ? AND +dwelling.building IS ?
         AND coalesce(+dwelling.estate_id, '') = '' AND coalesce(+dwelling.community_code, '') = ?`
  return `SELECT dwelling.id, dwelling.status, dwelling.street_code, dwelling.door_number, dwelling.building, dwelling.entrance,
      dwelling.floor, dwelling.room_number, dwelling.occupancy_use_code, coalesce(tally.residents, 0) AS residents,
      coalesce(tally.minors, 0) AS minors, coalesce(tally.requests, 0) AS requests, coalesce(tally.hazards, 0) AS hazards
    FROM dwelling LEFT JOIN dwelling_tally AS tally ON tally.dwelling_id = dwelling.id
    WHERE ${where} AND (? IS NULL OR +dwelling.station_code = ?)
    ORDER BY dwelling.row`
}

/** A dwelling of a building with what its tally says. */
export type BuildingDwelling = {
  readonly id: string
  readonly status: 'active' | 'cancelled'
  readonly streetCode: string | null
  readonly doorNumber: string | null
  readonly building: string
  readonly entrance: string
  readonly floor: string
  readonly roomNumber: string
  readonly occupancyUseCode: string | null
  readonly residents: number
  readonly minors: number
  readonly requests: number
  readonly hazards: number
}

const orNull = (text: string): string | null => (text === '' ? null : text)
const textOf = (value: SqlRow[string] | undefined): string => (typeof value === 'string' ? value : '')

/** The dwellings of a building. `names` are the spellings of its name in the records: 3, 3栋, and '' for none. */
export function listBuildingDwellings(
  read: ReadDatabase,
  site: MapSite,
  names: readonly string[],
  stationCode: string | null,
): readonly BuildingDwelling[] {
  const text = dwellingsQuery(site)
  return names.flatMap((name) => {
    const place =
      site.kind === 'estate'
        ? [site.estateId, orNull(name)]
        : [orNull(site.streetCode), orNull(site.doorNumber), orNull(name)]
    return read
      .allOf(text, ...place, site.communityCode, stationCode, stationCode)
      .map((row): BuildingDwelling => ({
        id: String(row['id']),
        status: row['status'] === 'cancelled' ? 'cancelled' : 'active',
        streetCode: orNull(textOf(row['street_code'])),
        doorNumber: orNull(textOf(row['door_number'])),
        building: textOf(row['building']),
        entrance: textOf(row['entrance']),
        floor: textOf(row['floor']),
        roomNumber: textOf(row['room_number']),
        occupancyUseCode: orNull(textOf(row['occupancy_use_code'])),
        residents: Number(row['residents']),
        minors: Number(row['minors']),
        requests: Number(row['requests']),
        hazards: Number(row['hazards']),
      }))
  })
}

/** How many hazards of each of these dwellings are past their day. */
export function countOverdue(
  read: ReadDatabase,
  dwellingIds: readonly string[],
  today: string,
): ReadonlyMap<string, number> {
  if (dwellingIds.length === 0) return new Map()
  return new Map(
    read
      .allOf(
        `SELECT dwelling_id, count(*) AS overdue FROM inspection
         WHERE dwelling_id IN (SELECT value FROM json_each(?)) AND status = 'active' AND stage_code = '20'
           AND +rectify_by_date < ?
         GROUP BY dwelling_id`,
        JSON.stringify(dwellingIds),
        today,
      )
      .map((row) => [String(row['dwelling_id']), Number(row['overdue'])]),
  )
}
