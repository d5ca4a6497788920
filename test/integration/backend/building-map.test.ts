import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import {
  buildingCountsQuery,
  dwellingsQuery,
  overdueQuery,
} from '../../../src-main/backend/queries/building-map.ts'
import { loadDemo } from '../../../src-main/backend/services/demo-data.ts'
import type { MapLine, MapSite } from '../../../src-shared/contract/map-types.ts'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import {
  addStreets,
  countRows,
  coordinatorValues,
  dwellingValues,
  inventNumber,
  makeBackend,
  refusalOf,
  residentValues,
  saveNew,
  workers,
  type BackendFixture,
} from '../../support/backend-fixture.ts'

let fixture: BackendFixture

afterEach(() => fixture.remove())

const community = { kind: 'community', communityCode: '999901001' } as const
const level = (
  place: Parameters<typeof fixture.backend.call<'map.level'>>[1]['place'],
  stationCode: string | null = null,
) => fixture.backend.call('map.level', { place, stationCode })
const all = () => level({ kind: 'all' })
function lineOf(lines: readonly MapLine[], label: string): MapLine {
  const line = lines.find((each) => each.label === label)
  if (!line) throw new Error(`no line ${label} among ${lines.map((each) => each.label).join()}`)
  return line
}

describe('the map of a street', () => {
  let coordinatorId: string
  let dwellingId: string
  let estateId: string

  async function save(
    register: 'estate' | 'minor' | 'inspection' | 'serviceRequest',
    values: RecordValues,
  ): Promise<string> {
    const id = makeUuid()
    await fixture.backend.call(`${register}.save`, { id, revision: 0, values, draftId: null })
    return id
  }
  async function saveDwelling(change: Record<string, FieldValue>): Promise<string> {
    const id = makeUuid()
    await saveNew(fixture.backend, 'dwelling', id, dwellingValues({ coordinatorId, ...change }))
    return id
  }
  async function change(register: 'dwelling' | 'resident', id: string, values: Record<string, FieldValue>) {
    const record = await fixture.backend.call('record.get', { register, id, purpose: 'modify' })
    await fixture.backend.call(`${register}.save`, {
      id,
      revision: record.revision,
      values: { ...record.values, ...values },
      draftId: null,
    })
  }

  beforeEach(async () => {
    // Its day is 2026-03-16.
    fixture = await makeBackend()
    await addStreets(fixture.backend)
    coordinatorId = makeUuid()
    await saveNew(fixture.backend, 'coordinator', coordinatorId, coordinatorValues())
    estateId = await save('estate', {
      name: '丹心花园',
      communityCode: '999901001',
      address: '东风路12号',
      buildings: [{ name: '3', entranceCount: 2, floorCount: 6, roomsPerFloor: 2 }],
    })
    dwellingId = await saveDwelling({ estateId, building: '3栋' })
  })

  it('counts people, open requests and hazards on every level, and follows each save', async () => {
    expect(lineOf((await all()).lines, '丹心社区')).toMatchObject({
      counts: { dwellings: 1, rented: 1, vacant: 0, residents: 0, minors: 0, requests: 0, hazards: 0 },
      declared: 24,
    })
    const residentId = makeUuid()
    await saveNew(
      fixture.backend,
      'resident',
      residentId,
      residentValues({ dwellingId, collectorId: coordinatorId }),
    )
    await save('minor', {
      name: '张小',
      sexCode: '1',
      birthDate: '2018-01-01',
      guardianId: residentId,
      kinshipCode: '10',
      dwellingId,
      schoolingCode: '10',
      collectorId: coordinatorId,
      collectionDate: '2026-03-02',
    })
    await save('serviceRequest', {
      applicantId: residentId,
      serviceTypeCode: '10',
      content: '开具证明',
      acceptanceDate: '2026-03-02',
      dueDate: '2026-04-02',
    })
    for (const rectifyByDate of ['2026-03-10', '2026-03-16'])
      await save('inspection', {
        dwellingId,
        inspectionDate: rectifyByDate === '2026-03-10' ? '2026-03-01' : '2026-03-02',
        inspectorId: coordinatorId,
        hazardCodes: ['10'],
        rectifyByDate,
      })
    const counts = {
      dwellings: 1,
      rented: 1,
      vacant: 0,
      cancelled: 0,
      residents: 1,
      minors: 1,
      requests: 1,
      hazards: 2,
      // The day itself is still in time.
      overdue: 1,
    }
    expect(lineOf((await all()).lines, '丹心社区').counts).toEqual(counts)
    const { lines, crumbs } = await level(community)
    expect(crumbs.map(({ label }) => label)).toEqual(['全部社区', '丹心社区'])
    expect(lineOf(lines, '丹心花园')).toMatchObject({ counts, declared: 24, initials: ['dxhy'] })
    const site: MapSite = { ...community, kind: 'estate', estateId }
    // 3栋 of the records and 3 of the estate are one building.
    expect((await level(site)).lines).toMatchObject([{ key: '3', label: '3栋', counts, declared: 24 }])
    const building = await fixture.backend.call('map.building', { site, building: '3', stationCode: null })
    expect(building).toMatchObject({
      label: '3栋',
      declaration: { entranceCount: 2, floorCount: 6, roomsPerFloor: 2 },
      dwellings: [{ id: dwellingId, occupancy: 'rented', residents: 1, minors: 1, hazards: 2, overdue: 1 }],
      prefill: {
        communityCode: { text: '丹心社区', value: '999901001' },
        estateId: { text: '丹心花园', value: estateId },
        streetCode: { text: '东风路', value: '9999010001' },
        doorNumber: { value: '12' },
        building: { value: '3栋' },
      },
    })

    await fixture.backend.call('resident.cancel', {
      ids: [residentId],
      cancellation: { reasonCode: '10', cancelDate: '2026-03-16' },
    })
    // Whoever has left takes his request along; the minor stays until he is moved.
    expect(lineOf((await all()).lines, '丹心社区').counts).toMatchObject({
      residents: 0,
      minors: 1,
      requests: 0,
    })
  })

  it('moves a dwelling that is corrected, and says where it is', async () => {
    const residentId = makeUuid()
    await saveNew(
      fixture.backend,
      'resident',
      residentId,
      residentValues({ dwellingId, collectorId: coordinatorId, documentNumber: inventNumber(3) } as never),
    )
    await change('dwelling', dwellingId, { communityCode: '999901002', estateId: null, building: null })
    const { lines } = await all()
    expect(lineOf(lines, '乐民社区').counts).toMatchObject({ dwellings: 1, residents: 1 })
    expect(lineOf(lines, '丹心社区')).toMatchObject({ counts: { dwellings: 0, residents: 0 }, declared: 24 })
    const found = await fixture.backend.call('map.find', { register: 'dwelling', id: dwellingId })
    const site = { kind: 'door', communityCode: '999901002', streetCode: '9999010001', doorNumber: '12' }
    expect(found).toEqual({ site, building: '' })
    // A house of its own: no level of buildings between.
    const [line] = (await level({ kind: 'community', communityCode: '999901002' })).lines
    expect(line).toMatchObject({ label: '东风路12号', opens: { kind: 'building', building: '' } })
    const own = await fixture.backend.call('map.building', { ...found, building: '', stationCode: null })
    expect(own).toMatchObject({ label: '东风路12号', declaration: null, dwellings: [{ id: dwellingId }] })
    expect(own.crumbs.map(({ label }) => label)).toEqual(['全部社区', '乐民社区'])
  })

  it('logs a look at a household before it answers', async () => {
    const residentId = makeUuid()
    await saveNew(
      fixture.backend,
      'resident',
      residentId,
      residentValues({ dwellingId, collectorId: coordinatorId }),
    )
    const before = countRows(fixture.backend, 'audit')
    const household = await fixture.backend.call('map.household', { id: dwellingId })
    expect(household.groups[0]).toMatchObject({
      label: '流动人员',
      total: 1,
      items: [{ id: residentId, title: '张伟', statusLabel: '在住' }],
    })
    expect(countRows(fixture.backend, 'audit')).toBe(before + 1)
    expect(
      fixture.backend.context.store.read.firstOf('SELECT * FROM audit ORDER BY id DESC LIMIT 1'),
    ).toMatchObject({
      act: 'record.viewed',
      register: 'dwelling',
      record_id: dwellingId,
      detail: '{"people":1}',
    })
    expect(JSON.stringify(household)).not.toContain(inventNumber(1))
    expect(await refusalOf(fixture.backend, 'map.household', { id: makeUuid() })).toMatchObject({
      code: 'notFound',
    })
  })

  it('shows the records of one station, or of all', async () => {
    await fixture.backend.context.store.write((database) =>
      database.runOf("UPDATE dwelling SET station_code = 'S2' WHERE id = ?", dwellingId),
    )
    await saveDwelling({ estateId, roomNumber: '502' })
    fixture.backend.context.recordsStored('dwelling', [], 'server')
    const countOf = async (stationCode: string | null): Promise<number | undefined> =>
      (await level({ kind: 'all' }, stationCode)).lines[0]?.counts.dwellings
    expect(await countOf(null)).toBe(2)
    expect(await countOf('S2')).toBe(1)
    expect(await countOf('S3')).toBeUndefined()
    const site: MapSite = { ...community, kind: 'estate', estateId }
    const ids = (await fixture.backend.call('map.building', { site, building: '3', stationCode: 'S2' }))
      .dwellings
    expect(ids.map(({ id }) => id)).toEqual([dwellingId])
  })
})

describe('the map of a district', () => {
  const size = {
    communities: 3,
    streets: 6,
    coordinators: 4,
    employers: 10,
    dwellings: 1_200,
    residents: 600,
    estates: 4,
    minors: 80,
    inspections: 60,
    serviceRequests: 50,
  }
  beforeEach(async () => {
    fixture = await makeBackend({ workers })
    await loadDemo(fixture.backend.context, () => undefined, size)
  })

  it('has the same sums on every level, and every dwelling in one building', async () => {
    const { lines: communities } = await all()
    const seen: string[] = []
    for (const line of communities) {
      if (line.opens.kind !== 'place') throw new Error('a community is a place')
      const { lines: sites } = await level(line.opens.place)
      const sum = (lines: readonly MapLine[], name: keyof MapLine['counts']): number =>
        lines.reduce((total, { counts }) => total + counts[name], 0)
      for (const name of [
        'dwellings',
        'residents',
        'minors',
        'requests',
        'hazards',
        'overdue',
        'vacant',
      ] as const)
        expect(sum(sites, name), name).toBe(line.counts[name])
      for (const site of sites) {
        const buildings = site.opens.kind === 'place' ? (await level(site.opens.place)).lines : [site]
        for (const { opens, counts } of buildings) {
          if (opens.kind !== 'building') throw new Error('a building is the last level')
          const { dwellings } = await fixture.backend.call('map.building', {
            site: opens.site,
            building: opens.building,
            stationCode: null,
          })
          const valid = dwellings.filter(({ isCancelled }) => !isCancelled)
          expect(valid).toHaveLength(counts.dwellings)
          expect(valid.filter(({ occupancy }) => occupancy === 'vacant')).toHaveLength(counts.vacant)
          expect(valid.filter(({ occupancy }) => occupancy === 'rented')).toHaveLength(counts.rented)
          expect(dwellings.reduce((total, { overdue }) => total + overdue, 0)).toBe(counts.overdue)
          seen.push(...dwellings.map(({ id }) => id))
        }
      }
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength(countRows(fixture.backend, 'dwelling'))
    const people = communities.reduce((total, { counts }) => total + counts.residents, 0)
    expect(people).toBe(
      Number(
        fixture.backend.context.store.read.pluck<number>(
          "SELECT active FROM register_count WHERE register = 'resident'",
        )[0],
      ),
    )
    expect(people).toBeGreaterThan(500)
  })

  it('never scans people or dwellings', () => {
    const { read } = fixture.backend.context.store
    const planOf = (sql: string, parameters: readonly unknown[]): string =>
      read
        .allOf(`EXPLAIN QUERY PLAN ${sql}`, ...(parameters as string[]))
        .map((row) => String(row['detail']))
        .join('\n')
    const estate: MapSite = { ...community, kind: 'estate', estateId: 'x' }
    const door: MapSite = { ...community, kind: 'door', streetCode: 's', doorNumber: '1' }
    for (const place of [community, estate, door]) {
      const { sql, parameters } = buildingCountsQuery(place, null)
      expect(planOf(sql, parameters)).toMatch(
        /^SEARCH building_count USING INDEX sqlite_autoindex_building_count_1 \(community_code=\?/,
      )
    }
    const ofEstate = planOf(dwellingsQuery(estate), ['x', '1', 'c', null, null])
    expect(ofEstate).toMatch(
      /SEARCH dwelling USING INDEX dwelling_estate_building \(estate_id=\? AND building=\?\)/,
    )
    const ofDoor = planOf(dwellingsQuery(door), ['s', '1', null, 'c', null, null])
    expect(ofDoor).toMatch(
      /SEARCH dwelling USING INDEX dwelling_address \(street_code=\? AND door_number=\?\)/,
    )
    for (const table of ['community_count', 'building_count'] as const) {
      const { sql, parameters } = overdueQuery(table, '2026-03-16')
      const plan = planOf(sql, parameters)
      expect(plan).toMatch(/SEARCH inspection USING COVERING INDEX inspection_open \(rectify_by_date<\?\)/)
      expect(plan).toMatch(/SEARCH dwelling USING INDEX sqlite_autoindex_dwelling_1 \(id=\?\)/)
      expect(plan).not.toMatch(/SCAN|TEMP B-TREE/)
    }
    for (const plan of [ofEstate, ofDoor]) expect(plan).not.toContain('SCAN')
  })
})
