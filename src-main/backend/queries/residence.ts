import { sql, type CompiledQuery, type RawBuilder } from 'kysely'
import { columnName } from '../../../src-shared/fields/columns.ts'
import { LET_OCCUPANCY_USE_CODE } from '../../../src-shared/registers/dwelling-rules.ts'
import { PERMIT_STAGE } from '../../../src-shared/registers/residence-permit-flow.ts'
import {
  ageBandsOn,
  isOwnGrouping,
  isPlaceGrouping,
  OWN_FIELDS,
  PLACE_FIELDS,
  type PlaceGrouping,
  type ResidenceFigure,
  type ResidenceGrouping,
  type ResidencePeriod,
} from '../../../src-shared/residence/figures.ts'
import { build } from '../database/database.ts'

/**
 * A statement of 在住情况. Each row it answers has the `value` of a row of the table (null: none), whether the dwelling of these people
 * is `absent` from the store, and one column a figure, named like it.
 */
export type FigureQuery = { readonly figures: readonly ResidenceFigure[]; readonly query: CompiledQuery }

/** People of one sex; somebody of whom it is not known counts in neither column. */
const PEOPLE_SUMS = sql`count(*) AS people, coalesce(sum(sex_code = '1'), 0) AS men, coalesce(sum(sex_code = '2'), 0) AS women`

const FIGURES_OF_PEOPLE = {
  resident: ['residents', 'residentMen', 'residentWomen'],
  minor: ['minors', 'minorBoys', 'minorGirls'],
} as const satisfies Record<string, readonly ResidenceFigure[]>

/** Every statement of one grouping, to be run in one transaction. Those who live here come from indexes that hold all that is asked. */
export function figureQueries(grouping: ResidenceGrouping, period: ResidencePeriod): readonly FigureQuery[] {
  const people = (['resident', 'minor'] as const)
    .filter((register) => register === 'resident' || !isOwnGrouping(grouping))
    .map((register): FigureQuery => ({
      figures: FIGURES_OF_PEOPLE[register],
      query: peopleQuery(grouping, register, period.today),
    }))
  return [
    ...people,
    ...(isPlaceGrouping(grouping)
      ? [{ figures: ['occupied', 'rented'] as const, query: dwellingsQuery(PLACE_FIELDS[grouping]) }]
      : []),
    counted(
      'permitHolders',
      sql`resident WHERE status = 'active' AND id IN (
        SELECT applicant_id FROM residence_permit INDEXED BY residence_permit_ending
        WHERE status = 'active' AND stage_code = ${sql.raw(`'${PERMIT_STAGE.issued}'`)} AND valid_until_date >= ${period.today})`,
    ),
    counted(
      'registered',
      sql`resident INDEXED BY resident_created_at WHERE created_at BETWEEN ${period.fromAt} AND ${period.toAt}`,
    ),
    counted(
      'cancelled',
      sql`resident INDEXED BY resident_cancel_date WHERE status = 'cancelled'
        AND json_extract(cancellation, '$.cancelDate') BETWEEN ${period.from} AND ${period.to}`,
    ),
  ]

  /** How many of these residents belong to each row. Who holds several permits is found once. */
  function counted(figure: ResidenceFigure, residents: RawBuilder<unknown>): FigureQuery {
    const query = isPlaceGrouping(grouping)
      ? sql`SELECT ${placeColumn(grouping)} AS value, place.id IS NULL AS absent, count(*) AS ${sql.raw(figure)}
          FROM (SELECT dwelling_id FROM ${residents}) AS home
          LEFT JOIN dwelling AS place INDEXED BY dwelling_place ON place.id = home.dwelling_id
          GROUP BY value, absent`
      : sql`SELECT ${ownValue(grouping, period.today)} AS value, 0 AS absent, count(*) AS ${sql.raw(figure)}
          FROM ${residents} GROUP BY value`
    return { figures: [figure], query: query.compile(build) }
  }
}

function placeColumn(grouping: PlaceGrouping): RawBuilder<unknown> {
  return sql.raw(`place.${columnName(PLACE_FIELDS[grouping])}`)
}

/** What a person itself is grouped by: a code, or the age band on a day; null for none. */
function ownValue(grouping: Exclude<ResidenceGrouping, PlaceGrouping>, today: string): RawBuilder<unknown> {
  if (isOwnGrouping(grouping)) return sql.raw(columnName(OWN_FIELDS[grouping]))
  const cases = ageBandsOn(today).flatMap(({ value, from }) =>
    from === undefined ? [] : [sql`WHEN birth_date >= ${from} THEN ${value}`],
  )
  const oldest = ageBandsOn(today).at(-1)?.value ?? ''
  return sql`CASE WHEN birth_date IS NULL THEN NULL ${sql.join(cases, sql` `)} ELSE ${oldest} END`
}

function peopleQuery(
  grouping: ResidenceGrouping,
  register: 'resident' | 'minor',
  today: string,
): CompiledQuery {
  const [all, men, women] = FIGURES_OF_PEOPLE[register]
  const living = sql`${sql.table(register)} INDEXED BY ${sql.raw(`${register}_living`)} WHERE status = 'active'`
  const sums = sql`sum(people) AS ${sql.raw(all)}, sum(men) AS ${sql.raw(men)}, sum(women) AS ${sql.raw(women)}`
  if (isPlaceGrouping(grouping))
    // First by dwelling, in the order of the index: what is sorted then is a third of the people.
    return sql`SELECT ${placeColumn(grouping)} AS value, place.id IS NULL AS absent, ${sums}
      FROM (SELECT dwelling_id, ${PEOPLE_SUMS} FROM ${living} GROUP BY dwelling_id) AS home
      LEFT JOIN dwelling AS place INDEXED BY dwelling_place ON place.id = home.dwelling_id
      GROUP BY value, absent`.compile(build)
  return sql`SELECT value, 0 AS absent, ${sums}
    FROM (SELECT ${ownValue(grouping, today)} AS value, ${PEOPLE_SUMS} FROM ${living} GROUP BY 1)
    GROUP BY value`.compile(build)
}

/** Dwellings in which somebody is registered come from the tallies that triggers keep. */
function dwellingsQuery(field: string): CompiledQuery {
  return sql`SELECT ${sql.raw(`place.${columnName(field)}`)} AS value, 0 AS absent,
      coalesce(sum(tally.residents + tally.minors > 0), 0) AS occupied,
      coalesce(sum(place.occupancy_use_code = ${LET_OCCUPANCY_USE_CODE}), 0) AS rented
    FROM dwelling AS place INDEXED BY dwelling_place
    LEFT JOIN dwelling_tally AS tally ON tally.dwelling_id = place.id
    WHERE place.status = 'active' GROUP BY value`.compile(build)
}
