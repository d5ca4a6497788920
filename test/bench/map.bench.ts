// 房屋示意图 over a million residents in 400,000 dwellings: each level as the page asks for it, beside counting the records at each
// look; then what the kept sums cost a save. Nothing fails because it is slow.
import { rmSync } from 'node:fs'
import { v7 as makeUuid } from 'uuid'
import { createBackend } from '../../src-main/backend/create-backend.ts'
import { openConnection } from '../../src-main/backend/database/connection.ts'
import { layOutBuilding } from '../../src-shared/building-map/lay-out-building.ts'
import type { MapPlace, MapSite } from '../../src-shared/contract/map-types.ts'
import { getDemoRecord } from '../../src-shared/demo/generate-demo.ts'
import type { DemoSize } from '../../src-shared/demo/district.ts'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import { BENCH_STATION, copyOfBenchStore, noKeyStore, percentile, randomFrom, ROOT } from './bench-store.ts'
import { printTable } from './print-table.ts'

const RESIDENTS = 1_000_000
const LOOKS = 60
const SAVES = 300

/** Beside the million residents what a city of that size has. Every third street has estates of 96 rooms. */
const DISTRICT = {
  dwellings: 400_000,
  estates: 1_600,
  minors: 120_000,
  leases: 60_000,
  inspections: 40_000,
  serviceRequests: 20_000,
} satisfies Partial<DemoSize>
const SIZE: DemoSize = {
  communities: 60,
  streets: 1_200,
  coordinators: 300,
  employers: 20_000,
  residents: RESIDENTS,
  ...DISTRICT,
}

const folder = await copyOfBenchStore(RESIDENTS, 'map-bench', DISTRICT)
const backend = await createBackend({
  dataFolder: folder,
  resourcesFolder: ROOT,
  version: 'bench',
  keyStore: noKeyStore,
  emit: () => undefined,
  worksInBackground: false,
  workers: {
    query: new URL('../../src-main/backend/queries/query-worker.ts', import.meta.url),
    lookup: new URL('../../src-main/backend/lookup/lookup-worker.ts', import.meta.url),
  },
})
const { context } = backend
const random = randomFrom(5)
const stationCode = BENCH_STATION

/** Looks are forgotten, as by a save of anybody. */
function forget(): void {
  context.recordsStored('resident', [], 'server')
}
async function timed(act: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await act()
  return performance.now() - startedAt
}
async function timeLooks(look: () => unknown, before: () => void): Promise<readonly number[]> {
  const times: number[] = []
  for (let index = 0; index < LOOKS; index += 1) {
    before()
    times.push(await timed(look))
  }
  return times
}
function pick<Value>(list: readonly Value[]): Value {
  const value = list[Math.floor(random() * list.length)]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}

const all: MapPlace = { kind: 'all' }
const first = await timed(() => backend.call('map.level', { place: all, stationCode }))
const communities = (await backend.call('map.level', { place: all, stationCode })).lines
const communityOf = (): MapPlace => {
  const { opens } = pick(communities)
  if (opens.kind !== 'place') throw new Error('a community opens a level')
  return opens.place
}
const estates: MapSite[] = []
const doors: MapSite[] = []
for (const { opens } of communities.slice(0, 12)) {
  if (opens.kind !== 'place') continue
  for (const line of (await backend.call('map.level', { place: opens.place, stationCode })).lines) {
    if (line.opens.kind === 'building') doors.push(line.opens.site)
    else if (line.opens.place.kind === 'estate') estates.push(line.opens.place)
  }
}
const building = (site: MapSite, key: string) =>
  backend.call('map.building', { site, building: key, stationCode })

const rows: (readonly string[])[] = [['', 'p50', 'p95', 'max']]
function add(name: string, times: readonly number[]): void {
  rows.push([name, ...[0.5, 0.95, 1].map((share) => percentile(times, share).toFixed(1))])
}
add(
  '全部社区: 60 communities',
  await timeLooks(() => backend.call('map.level', { place: all, stationCode }), forget),
)
add(
  '一个社区: its estates and door numbers',
  await timeLooks(() => backend.call('map.level', { place: communityOf(), stationCode }), forget),
)
add(
  'the same after a hazard was saved: what is overdue is read anew',
  await timeLooks(
    () => backend.call('map.level', { place: communityOf(), stationCode }),
    () => context.recordsStored('inspection', [], 'server'),
  ),
)
add(
  '一个小区: its buildings',
  await timeLooks(() => backend.call('map.level', { place: pick(estates), stationCode }), forget),
)
add('一栋 of an estate: 48 dwellings', await timeLooks(() => building(pick(estates), '1'), forget))
add('a house of its own: 12 dwellings', await timeLooks(() => building(pick(doors), ''), forget))
const dwellings = (await building(pick(estates), '1')).dwellings
add(
  '一户: people and what is open (with its log entry, fsynced)',
  await timeLooks(() => backend.call('map.household', { id: pick(dwellings).id }), forget),
)
add(
  'any level again, nothing changed',
  await timeLooks(
    () => backend.call('map.level', { place: all, stationCode }),
    () => undefined,
  ),
)
const tower = Array.from({ length: 33 * 4 * 8 }, (_, index) => ({
  id: String(index),
  isCancelled: false,
  entrance: `${(Math.floor(index / 8) % 4) + 1}单元`,
  floor: '',
  roomNumber: `${Math.floor(index / 32) + 1}0${(index % 8) + 1}`,
}))
add(
  'layout of a tower (33 floors × 4 × 8 rooms), in the page',
  await timeLooks(
    () => layOutBuilding(tower, { entranceCount: 4, floorCount: 33, roomsPerFloor: 8 }),
    () => undefined,
  ),
)
// The peer: the same counts, read from the records at each look.
const { file, key } = context.store
const peer = openConnection(file, key, 'read')
const counting: number[] = []
for (let index = 0; index < 1; index += 1) {
  counting.push(
    await timed(() =>
      peer
        .prepare(
          `SELECT d.community_code, count(DISTINCT d.id), count(DISTINCT r.id) FROM dwelling d
           LEFT JOIN resident r ON r.dwelling_id = d.id AND r.status = 'active' GROUP BY d.community_code`,
        )
        .all(),
    ),
  )
}
peer.close()
add('peer: 全部社区 counted from the records at each look', counting)
printTable(
  `房屋示意图 with ${RESIDENTS.toLocaleString('en')} residents, 400,000 dwellings (ms, ${LOOKS} looks each)`,
  rows,
)
console.log(`The first look after the start, with the query thread's own start: ${first.toFixed(0)} ms.`)

/** A resident that passes every rule: an invented one under another number. */
function inventValues(): RecordValues {
  for (;;) {
    const { values, cancellation } = getDemoRecord('resident', Math.floor(random() * RESIDENTS), {
      size: SIZE,
    })
    if (cancellation === null) return { ...values, remarks: `第${Math.floor(random() * 1e9)}份` }
  }
}
async function timeSaves(): Promise<readonly number[]> {
  const times: number[] = []
  for (let index = 0; index < SAVES; index += 1) {
    const input = { id: makeUuid(), revision: 0, values: inventValues(), draftId: null }
    times.push(await timed(() => backend.call('resident.save', input)))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return times.slice(20)
}
/** The same store without the triggers of 0210: in turns with them, so that the machine's moods fall on both. */
const triggers = context.store.read.allOf(
  "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND (name LIKE '%\\_tally\\_%' ESCAPE '\\' OR name LIKE 'dwelling\\_share\\_%' ESCAPE '\\')",
)
async function setTriggers(areOn: boolean): Promise<void> {
  await context.store.write((database) => {
    for (const { name, sql } of triggers) database.runOf(areOn ? String(sql) : `DROP TRIGGER ${String(name)}`)
  })
}
const withSums: number[] = []
const without: number[] = []
for (let turn = 0; turn < 3; turn += 1) {
  withSums.push(...(await timeSaves()))
  await setTriggers(false)
  without.push(...(await timeSaves()))
  await setTriggers(true)
}
const saves: (readonly string[])[] = [['', 'p50', 'p95', 'max']]
for (const [name, times] of [
  ['保存 of a new resident, sums kept', withSums],
  ['the same without the triggers', without],
] as const)
  saves.push([name, ...[0.5, 0.95, 1].map((share) => percentile(times, share).toFixed(2))])
await backend.stop()
printTable(`What the sums cost a save (ms, 3 turns of ${SAVES - 20} saves each)`, saves)
rmSync(folder, { recursive: true, force: true })
