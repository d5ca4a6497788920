import { z } from 'zod'
import { LOOKUP_REGISTER_NAMES, type FieldValue, type RecordValues } from '../fields/field.ts'
import { AUDIT_GROUPS, type AuditPage, type AuditState } from './audit-types.ts'
import {
  KEPT_BACKUPS,
  type BackupComparison,
  type BackupFile,
  type BackupState,
  type MadeBackup,
} from './backup-types.ts'
import type { Batch, DayEnd, DayEndSheet, Meter } from './batch-types.ts'
import { REGISTER_NAMES, type RuleBreach } from '../registers/register.ts'
import { TODO_KINDS } from './todo-kinds.ts'
import type {
  ReadNowResult,
  ReaderList,
  ReaderLogLine,
  ReaderSettings,
  ReaderStatus,
  ReaderTest,
} from '../readers/reader-types.ts'
import type {
  Account,
  AppState,
  CoordinatorHoldings,
  Draft,
  DwellingOccupancy,
  FoundRecord,
  HistoryLine,
  LabelledRecord,
  LinkedRecords,
  LookupEntry,
  LookupPage,
  Occupant,
  QueryPage,
  RecordVersion,
  ServerCertificate,
  Settings,
  SyncStatus,
  TodoCount,
  TodoPage,
} from './types.ts'
import { PROVENANCES } from '../values/provenance.ts'
import type { ResidenceTable } from './residence-types.ts'
import { RESIDENCE_GROUPINGS } from '../residence/figures.ts'
import type {
  DictionaryEntryDetail,
  DictionaryRows,
  DictionarySummary,
  EntryUse,
  ImportPreview,
  LocalEntries,
} from './dictionary-types.ts'
import type { MapBuilding, MapHousehold, MapLevel, MapSite } from './map-types.ts'
import type {
  CheckReport,
  ConflictPage,
  DuplicatePage,
  EnrolmentPreview,
  MergeLine,
  PackageResult,
  QueuePage,
  RoundPage,
} from './sync-types.ts'

/**
 * The one list of what a page may ask for. Input is checked at the door (src-main/bridge) by the schema;
 * output is a type only. There is no other channel.
 */

const registerName = z.enum(REGISTER_NAMES)
const recordId = z.uuid()
const fieldName = z.string().max(60)
const shortText = z.string().max(2_000)
const scalar = z.union([z.string().max(2_000), z.number(), z.boolean(), z.null()])
const fieldValue: z.ZodType<FieldValue> = z.union([
  scalar,
  z.array(z.string().max(200)).max(100),
  z.array(z.record(fieldName, scalar)).max(100),
])
const recordValues: z.ZodType<RecordValues> = z.record(fieldName, fieldValue)
const lookupSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('dictionary'), name: z.string().max(60) }),
  z.object({ kind: z.literal('register'), name: z.enum(LOOKUP_REGISTER_NAMES) }),
])
const status = z.enum(['active', 'cancelled'])
const ownCondition = z.union([
  z.object({ field: fieldName, operator: z.literal('equals'), value: fieldValue }),
  z.object({ field: fieldName, operator: z.enum(['startsWith', 'contains']), value: shortText }),
  z.object({ field: fieldName, operator: z.literal('name'), value: shortText }),
  z.object({
    field: fieldName,
    operator: z.literal('between'),
    from: z.union([z.string().max(20), z.number()]).exactOptional(),
    to: z.union([z.string().max(20), z.number()]).exactOptional(),
  }),
  z.object({ field: fieldName, operator: z.literal('within'), value: z.string().max(60) }),
])
const condition = z.union([
  ownCondition,
  z.object({
    field: fieldName,
    operator: z.literal('refersTo'),
    conditions: z.array(ownCondition).max(10).nullable(),
  }),
])
const query = z.object({
  register: registerName,
  conditions: z.array(condition).max(50),
  statuses: z.array(status).max(2),
  stationCode: z.string().max(40).nullable(),
  sort: z.object({ field: fieldName, direction: z.enum(['ascending', 'descending']) }),
})
// A paste may be longer than any field allows: the draft keeps it all the same, for the clerk to shorten.
const draftInput = z.object({
  text: z.string().max(20_000),
  value: fieldValue,
  provenance: z.enum(PROVENANCES).exactOptional(),
})
const draft: z.ZodType<Draft> = z.object({
  id: z.uuid(),
  register: registerName,
  recordId: recordId.nullable(),
  revision: z.int().min(0),
  inputs: z.record(fieldName, draftInput),
  focusedField: fieldName.nullable(),
  caret: z.int().min(0),
  pinnedFields: z.array(fieldName).max(100),
  batchCount: z.int().min(0),
  batchId: z.uuid().nullable().exactOptional(),
  openedFrom: z.object({ draftId: z.uuid(), field: fieldName }).nullable(),
  changeInputs: z.record(fieldName, draftInput).exactOptional(),
  updatedAt: z.number(),
})
const serverSettings = z.object({
  isEnabled: z.boolean(),
  host: z.string().max(253),
  port: z.int().min(1).max(65_535),
  usesTls: z.boolean(),
  allowsPlain: z.boolean(),
  authority: z.string().max(20_000),
})
const readerSettings: z.ZodType<ReaderSettings> = z.object({
  kind: z.enum(['auto', 'serial', 'hid', 'usb', 'none']),
  port: z.string().max(500),
  profile: z.string().max(60),
  autoRead: z.boolean(),
  playsSound: z.boolean(),
  photoDecoder: z.enum(['none', 'external']),
  photoProgram: z.string().max(1_000),
  photoLimitSeconds: z.int().min(1).max(60),
})
const settings: z.ZodType<Settings> = z.object({
  server: serverSettings,
  syncPeriodMinutes: z.int().min(0).max(1_440),
  fontSizePercent: z.int().min(100).max(175),
  reader: readerSettings,
  isFirstRunDone: z.boolean(),
  region: z.string().min(1).max(60),
})
/** Any JSON; its recursive type would only slow the compiler. */
const json: z.ZodType<unknown> = z.json()
const none = z.strictObject({})
const opNumber = z.int().min(1)
const day = z.iso.date()
const expectedCount = z.int().min(1).max(9_999)
const milliseconds = z.int().min(0).max(86_400_000)
const page = { offset: z.int().min(0), limit: z.int().min(1).max(500) }
const filePath = z.string().min(1).max(1_000)
const backupPassword = z.string().max(200)
const save = z.strictObject({
  /** A new record's id is made by the page when the form opens, so that a repeated save is the same save. */
  id: recordId,
  /** 0 for a new record; else the revision the form was opened on. */
  revision: z.int().min(0),
  values: recordValues,
  /** How the values came into the form; fields that are not named are not known. */
  provenance: z.record(fieldName, z.enum(PROVENANCES)).exactOptional(),
  /** Where a card that was read into the form had said otherwise, and what the clerk chose. */
  cardChoices: z
    .record(fieldName, z.strictObject({ took: z.enum(['card', 'typed']), other: fieldValue }))
    .exactOptional(),
  /** Of a stored record: a new fact since a day, or the putting right of what was never so. */
  change: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('change'), effectiveDate: z.string().max(10).nullable() }),
      z.strictObject({ kind: z.literal('correction'), reason: z.string().min(1).max(200) }),
    ])
    .exactOptional(),
  /** The draft that ends with this save, in the same transaction. */
  draftId: z.uuid().nullable(),
  /** The batch whose sheet a new record is (批量录入). */
  batchId: z.uuid().nullable().exactOptional(),
})
const cancel = z.strictObject({ ids: z.array(recordId).min(1).max(1_000), cancellation: recordValues })
const restore = z.strictObject({
  ids: z.array(recordId).min(1).max(1_000),
  reason: z.string().min(1).max(200),
})

const withinDays = z.int().min(1).max(366)
/** A step of a flow for one or many records: its name, and the answers to what it asks. */
const advance = z.strictObject({
  ids: z.array(recordId).min(1).max(1_000),
  step: z.string().min(1).max(40),
  answers: recordValues,
})
const people = z
  .array(z.object({ register: z.enum(['resident', 'minor']), id: recordId }))
  .min(1)
  .max(1_000)
const mapSite = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('estate'),
    communityCode: z.string().max(60),
    estateId: z.string().max(60),
  }),
  z.strictObject({
    kind: z.literal('door'),
    communityCode: z.string().max(60),
    streetCode: z.string().max(60),
    doorNumber: z.string().max(60),
  }),
])
const mapPlace = z.union([
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('community'), communityCode: z.string().max(60) }),
  mapSite,
])
/** Only records of this station's area; null asks for all that this replica holds. */
const stationCode = z.string().max(40).nullable()

const auditConditions = z.strictObject({
  from: day.nullable(),
  to: day.nullable(),
  accountName: z.string().max(60).nullable(),
  group: z.enum(AUDIT_GROUPS).nullable(),
  register: registerName.nullable(),
  recordId: recordId.nullable(),
})
/** Number of the newest line when the list was asked for: what came after it does not move the list. */
const newest = z.int().min(0)
const ranges = z
  .array(z.tuple([z.int().min(0), z.int().min(0)]))
  .min(1)
  .max(10_000)
const dictionaryName = z.string().min(1).max(60)
const entryCode = z.string().min(1).max(60)
/** What a list of entries shows: those that fit the text, in force or also retired. */
const entryList = {
  name: dictionaryName,
  query: z.string().max(200),
  showsRetired: z.boolean(),
}
/** What the clerk says of an entry; empty texts are nothing said. */
const entryWords = {
  entryName: z.string().max(200),
  parentCode: z.string().max(60).nullable(),
  mnemonic: z.string().max(60),
}

type RequestDefinition<Input, Output, By extends 'backend' | 'main'> = {
  readonly input: z.ZodType<Input>
  /** Carries the output's type; never set. */
  readonly output?: Output
  /** Who answers: the backend process, or Electron's main process (windows, clipboard, restart). */
  readonly answeredBy: By
}

function backend<Output>() {
  return <Input>(input: z.ZodType<Input>): RequestDefinition<Input, Output, 'backend'> => ({
    input,
    answeredBy: 'backend',
  })
}

function main<Output>() {
  return <Input>(input: z.ZodType<Input>): RequestDefinition<Input, Output, 'main'> => ({
    input,
    answeredBy: 'main',
  })
}

/** What a successful save tells: it is on disk, fsynced, at `savedAt` (UTC ms); `record` is what is stored. */
export type SaveOutput = { readonly savedAt: number; readonly record: LabelledRecord }
export type CountOutput = { readonly count: number; readonly savedAt: number }
/** What the region says of an application, with what the program will fill in. */
export type PermitJudgement = {
  readonly breaches: readonly RuleBreach[]
  readonly attentions: readonly string[]
  readonly automatic: {
    readonly dueDate: string | null
    readonly validUntilDate: string | null
    readonly acceptedByName: string | null
  }
}
/** Dwellings that a move has left empty and that are not called 空置. */
export type MoveOutput = CountOutput & {
  readonly emptied: readonly { readonly id: string; readonly title: string }[]
}
/** An existing record that looks like the one being typed. */
export type DuplicateOutput = {
  readonly id: string
  readonly title: string
  readonly detail: string
  readonly status: 'active' | 'cancelled'
}

export const requests = {
  'app.state': backend<AppState>()(none),
  'app.restart': main<null>()(none),
  'app.quit': main<null>()(none),
  /** 显示—字号: enlarges the whole window, lists and dialogs included. */
  'window.zoom': main<null>()(z.strictObject({ percent: z.int().min(100).max(175) })),
  'clipboard.write': main<null>()(z.strictObject({ text: z.string().max(50_000_000) })),
  /** Opens the folder with the logs in the file manager. */
  'log.open': main<null>()(none),

  'settings.save': backend<{ readonly settings: Settings; readonly needsRestart: boolean }>()(
    z.strictObject({ settings }),
  ),
  /** 测试连接: asks the server at an address that is not saved yet. */
  'server.test': backend<{
    readonly ok: boolean
    readonly message: string
    readonly elapsedMs: number
    /** What the server showed; null over plain HTTP and where no TLS came about. */
    readonly certificate: ServerCertificate | null
  }>()(z.strictObject(serverSettings.omit({ isEnabled: true }).shape)),
  'account.signIn': backend<Account>()(
    z.strictObject({ accountName: z.string().min(1).max(60), password: z.string().min(1).max(200) }),
  ),
  'account.signOut': backend<null>()(none),

  'lookup.search': backend<LookupPage>()(
    z.strictObject({
      source: lookupSource,
      query: z.string().max(200),
      offset: z.int().min(0),
      limit: z.int().min(1).max(100),
      /** Only entries directly below this code (streets of a community), where the source has parents. */
      parent: z.string().max(60).exactOptional(),
      /** With `parent`: entries that name no parent as well (a street that runs through several communities). */
      orWithoutParent: z.boolean().exactOptional(),
      /** Entries below this code come first among equally good ones. */
      preferredParent: z.string().max(60).exactOptional(),
      /** The day at which entries must be in force; today when absent. */
      onDate: z.string().max(10).exactOptional(),
    }),
  ),
  /** The entries of known codes, in the order asked; unknown codes are left out. */
  'lookup.entries': backend<readonly LookupEntry[]>()(
    z.strictObject({ source: lookupSource, codes: z.array(z.string().max(60)).max(200) }),
  ),
  /** Notes that the clerk took an entry: recent ones rank first. Never awaited by the form. */
  'lookup.taken': backend<null>()(z.strictObject({ source: lookupSource, code: z.string().max(60) })),

  'resident.save': backend<SaveOutput>()(save),
  'resident.cancel': backend<CountOutput>()(cancel),
  'resident.restore': backend<CountOutput>()(restore),
  'dwelling.save': backend<SaveOutput>()(save),
  'dwelling.cancel': backend<CountOutput>()(cancel),
  'dwelling.restore': backend<CountOutput>()(restore),
  /** 房屋恢复出租: a dwelling whose use is no longer letting is let again. */
  'dwelling.restoreLetting': backend<CountOutput>()(restore),
  /** Who lives in these dwellings, minors included, and which leases are in force there. */
  'dwelling.occupancy': backend<readonly DwellingOccupancy[]>()(
    z.strictObject({ dwellingIds: z.array(recordId).min(1).max(1_000) }),
  ),
  /** 房屋注销 with 全部迁出 or 全部迁往…: everybody named, then the dwelling, in one transaction. */
  'dwelling.vacate': backend<CountOutput>()(
    z.strictObject({
      id: recordId,
      cancellation: recordValues,
      people,
      wayOut: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('cancel'), cancellation: recordValues }),
        z.strictObject({ kind: z.literal('move'), dwellingId: recordId, moveInDate: day }),
      ]),
    }),
  ),
  /** Calls dwellings 空置 that a move has left empty. */
  'dwelling.markVacant': backend<CountOutput>()(restore),
  /** The selected residents and the minors with them: who moves at 整户迁移. */
  'household.list': backend<{ readonly people: readonly Occupant[] }>()(
    z.strictObject({ residentIds: z.array(recordId).min(1).max(1_000) }),
  ),
  /** 整户迁移: these people to another dwelling, with one reason, in one transaction. */
  'household.move': backend<MoveOutput>()(
    z.strictObject({ people, dwellingId: recordId, moveInDate: day, reason: z.string().min(1).max(200) }),
  ),
  /** 分配协管员, one or many at once; works on dwellings and on employers. */
  'dwelling.assignCoordinator': backend<CountOutput>()(
    z.strictObject({ ids: z.array(recordId).min(1).max(1_000), coordinatorId: recordId }),
  ),
  'employer.save': backend<SaveOutput>()(save),
  'employer.cancel': backend<CountOutput>()(cancel),
  'employer.restore': backend<CountOutput>()(restore),
  'coordinator.save': backend<SaveOutput>()(save),
  /** What a successor takes over at 协管员注销. */
  'coordinator.holdings': backend<CoordinatorHoldings>()(z.strictObject({ id: recordId })),
  /** Dwellings and employers of the cancelled coordinator go to `successorId`; it may be null only when there are none. */
  'coordinator.cancel': backend<CountOutput>()(
    z.strictObject({
      ids: z.array(recordId).length(1),
      cancellation: recordValues,
      successorId: recordId.nullable(),
    }),
  ),
  'coordinator.restore': backend<CountOutput>()(restore),
  'minor.save': backend<SaveOutput>()(save),
  'minor.cancel': backend<CountOutput>()(cancel),
  'minor.restore': backend<CountOutput>()(restore),
  'school.save': backend<SaveOutput>()(save),
  'school.cancel': backend<CountOutput>()(cancel),
  'school.restore': backend<CountOutput>()(restore),
  'estate.save': backend<SaveOutput>()(save),
  'estate.cancel': backend<CountOutput>()(cancel),
  'estate.restore': backend<CountOutput>()(restore),
  'residencePermit.save': backend<SaveOutput>()(save),
  /** What the region's rules say of an application while it is typed; writes nothing. */
  'residencePermit.judge': backend<PermitJudgement>()(z.strictObject({ id: recordId, values: recordValues })),
  'residencePermit.cancel': backend<CountOutput>()(cancel),
  'residencePermit.restore': backend<CountOutput>()(restore),
  'residencePermit.advance': backend<CountOutput>()(advance),
  'lease.save': backend<SaveOutput>()(save),
  'lease.cancel': backend<CountOutput>()(cancel),
  'lease.restore': backend<CountOutput>()(restore),
  'lease.advance': backend<CountOutput>()(advance),
  /** Leases in force of the same dwelling in the same days: the form says so, nothing is refused. */
  'lease.findOverlapping': backend<readonly DuplicateOutput[]>()(
    z.strictObject({
      dwellingId: recordId,
      startDate: z.iso.date(),
      endDate: z.iso.date(),
      exceptId: recordId.nullable(),
    }),
  ),
  'inspection.save': backend<SaveOutput>()(save),
  'inspection.cancel': backend<CountOutput>()(cancel),
  'inspection.restore': backend<CountOutput>()(restore),
  'inspection.advance': backend<CountOutput>()(advance),
  'serviceRequest.save': backend<SaveOutput>()(save),
  'serviceRequest.cancel': backend<CountOutput>()(cancel),
  'serviceRequest.restore': backend<CountOutput>()(restore),
  'serviceRequest.advance': backend<CountOutput>()(advance),

  /** Logged as a look at personal data when `purpose` is `view`, and as the opening of its form when it is `modify`. */
  'record.get': backend<LabelledRecord>()(
    z.strictObject({ register: registerName, id: recordId, purpose: z.enum(['view', 'modify', 'show']) }),
  ),
  /** 查找功能或记录: records by number, name and initials (`key`), or by address and parts of names (`list`). */
  'record.find': backend<readonly FoundRecord[]>()(
    z.strictObject({ text: z.string().max(200), by: z.enum(['key', 'list']) }),
  ),
  'record.history': backend<readonly HistoryLine[]>()(
    z.strictObject({ register: registerName, id: recordId }),
  ),
  /** The record as it was after one line of its history; logged as a look at personal data. */
  'record.version': backend<RecordVersion>()(
    z.strictObject({ register: registerName, id: recordId, version: z.int().min(1) }),
  ),
  'record.linked': backend<readonly LinkedRecords[]>()(
    z.strictObject({ register: registerName, id: recordId }),
  ),
  /** Records with the same natural key: here, and (when online) at other stations. */
  'record.findDuplicates': backend<readonly DuplicateOutput[]>()(
    z.strictObject({ register: registerName, values: recordValues, exceptId: recordId.nullable() }),
  ),
  /** The newest record this account saved in a register: F4 and Ctrl+D copy from it. */
  'record.previous': backend<LabelledRecord | null>()(z.strictObject({ register: registerName })),
  'record.query': backend<QueryPage>()(
    z.strictObject({ query, offset: z.int().min(0), limit: z.int().min(1).max(500) }),
  ),
  'record.count': backend<{ readonly total: number }>()(z.strictObject({ query })),
  /** Tab-separated text with a header line; at most 100,000 rows; logged. A range is the first and the last row's index, both inclusive. */
  'record.copy': backend<{ readonly text: string; readonly count: number }>()(
    z.strictObject({
      query,
      columns: z.array(fieldName).min(1).max(80),
      ranges,
    }),
  ),
  /** 房屋示意图: communities; or what stands in one: estates and door numbers; or their buildings. With counts. */
  'map.level': backend<MapLevel>()(z.strictObject({ place: mapPlace, stationCode })),
  /** The dwellings of one building; `building` is the key that a line of the level above has. */
  'map.building': backend<MapBuilding>()(
    z.strictObject({ site: mapSite, building: z.string().max(60), stationCode }),
  ),
  /** Who lives in a dwelling and what is open there; logged as a look at personal data. */
  'map.household': backend<MapHousehold>()(z.strictObject({ id: recordId })),
  /** Where an estate or a dwelling stands on the map; the building is null for an estate. */
  'map.find': backend<{ readonly site: MapSite; readonly building: string | null }>()(
    z.strictObject({ register: z.enum(['estate', 'dwelling']), id: recordId }),
  ),
  /** Undo of the latest save of a batch: a new record is cancelled with the reason 录入撤销. */
  'record.undoSave': backend<CountOutput>()(z.strictObject({ register: registerName, id: recordId })),

  /** What is due, counted off the thread that saves. `withinDays` looks ahead for permits that end. */
  'todo.counts': backend<readonly TodoCount[]>()(z.strictObject({ withinDays })),
  /** One list of what is due, the earliest first. */
  'todo.list': backend<TodoPage>()(z.strictObject({ kind: z.enum(TODO_KINDS), withinDays, ...page })),

  /** Journals the fields that changed since the last call; merges into the stored draft. */
  'draft.write': backend<null>()(z.strictObject({ draft })),
  'draft.list': backend<readonly Draft[]>()(none),
  'draft.discard': backend<null>()(z.strictObject({ id: z.uuid() })),

  /** 批量录入: opens a batch; a new form of its register joins it from then on. */
  'batch.open': backend<Batch>()(
    z.strictObject({
      register: registerName,
      communityCode: z.string().max(60).nullable(),
      collectorId: recordId.nullable(),
      collectionDate: day,
      expectedCount,
    }),
  ),
  /** Goes on with one; one that was closed today is opened again. */
  'batch.continue': backend<Batch>()(z.strictObject({ id: recordId })),
  'batch.close': backend<Batch>()(z.strictObject({ id: recordId })),
  'batch.setExpected': backend<Batch>()(z.strictObject({ id: recordId, expectedCount })),
  'batch.get': backend<Batch>()(z.strictObject({ id: recordId })),
  /** The open batch that a new form of the register joins, or null. */
  'batch.present': backend<Batch | null>()(z.strictObject({ register: registerName })),
  /** The open ones and those closed today, the present one first. */
  'batch.list': backend<readonly Batch[]>()(z.strictObject({ register: registerName.nullable() })),
  /** 作废 or 搁置 of the sheet that is being typed; its draft ends, a deferred one keeps what was typed. */
  'batch.setSheet': backend<Batch>()(
    z.strictObject({
      batchId: recordId,
      state: z.enum(['void', 'deferred']),
      reason: z.string().min(1).max(200),
      draft: draft.nullable(),
      draftId: z.uuid(),
    }),
  ),
  /** Takes a void or deferred sheet up again; answers the draft that comes back. */
  'batch.resumeSheet': backend<Draft>()(z.strictObject({ id: z.int().min(1) })),
  /** 日结 of a day at the place of work. */
  'dayEnd.get': backend<DayEnd>()(z.strictObject({ day })),
  /** The sheets behind one number of a line; `batchId` null asks for 未列入批次. */
  'dayEnd.sheets': backend<readonly DayEndSheet[]>()(
    z.strictObject({
      day,
      batchId: recordId.nullable(),
      column: z.enum(['saved', 'void', 'deferred', 'undone', 'stored', 'uploaded', 'different']),
    }),
  ),
  /** 确认日结; a reason is wanted where it does not balance. */
  'dayEnd.confirm': backend<DayEnd>()(z.strictObject({ day, reason: z.string().max(200) })),
  /** 我的录入: what one saved record took. Kept on this machine, for this account alone. */
  'meter.add': backend<null>()(
    z.strictObject({
      register: registerName,
      keyCount: z.int().min(0).max(100_000),
      openingMs: milliseconds,
      savingMs: milliseconds,
      listMs: milliseconds,
    }),
  ),
  'meter.read': backend<Meter>()(none),
  'meter.reset': backend<null>()(none),

  /** Stores a JPEG of at most 200 KiB given as base64 and answers its SHA-256. */
  'photo.put': backend<{ readonly hash: string }>()(z.strictObject({ base64: z.string().max(280_000) })),
  'photo.get': backend<{ readonly base64: string }>()(z.strictObject({ hash: z.string().length(64) })),

  'reader.state': backend<ReaderStatus>()(none),
  /** Ports, devices and models, for the settings page. */
  'reader.list': backend<ReaderList>()(none),
  /** 测试读卡, with settings that are not saved yet. */
  'reader.test': backend<ReaderTest>()(z.strictObject({ reader: readerSettings })),
  /** F2: waits a few seconds for a card. The reading itself comes as `reader.card`. */
  'reader.readNow': backend<ReadNowResult>()(none),
  /** The newest frames, oldest first, without what belongs to a person. */
  'reader.log': backend<{ readonly lines: readonly ReaderLogLine[] }>()(none),

  'sync.run': backend<SyncStatus>()(none),
  'sync.cancel': backend<null>()(none),
  'sync.status': backend<SyncStatus>()(none),
  /** The queue: ops without a receipt, oldest first. */
  'sync.queue': backend<QueuePage>()(
    z.strictObject({ state: z.enum(['pending', 'held', 'setAside']).nullable(), ...page }),
  ),
  /** 单独上传: one op now (with those of the same record before it). */
  'sync.sendOne': backend<SyncStatus>()(z.strictObject({ n: opNumber })),
  /** 搁置 and its end: ops of the records of these ops wait until they are let go again. */
  'sync.hold': backend<CountOutput>()(
    z.strictObject({ numbers: z.array(opNumber).min(1).max(1_000), isHeld: z.boolean() }),
  ),
  /** 撤回 of an op the server has set aside: kept and exportable, but no longer sent or shown; logged. */
  'sync.withdraw': backend<CountOutput>()(
    z.strictObject({ numbers: z.array(opNumber).min(1).max(1_000), reason: z.string().min(1).max(200) }),
  ),
  'sync.rounds': backend<RoundPage>()(z.strictObject(page)),
  /** 核对: compares what is here with the server, bucket by bucket, and repairs by adding. */
  'sync.check': backend<CheckReport>()(none),
  /** The answer to `SyncStatus.question`. */
  'sync.answer': backend<SyncStatus>()(z.strictObject({ isAccepted: z.boolean() })),

  /** 冲突处理: open conflicts, oldest first. */
  'conflict.list': backend<ConflictPage>()(z.strictObject(page)),
  /** Fields that belong together are decided together; the loser stays in the history. */
  'conflict.resolve': backend<CountOutput>()(
    z.strictObject({
      register: registerName,
      recordId,
      decisions: z
        .array(
          z.discriminatedUnion('choice', [
            z.object({ conflictId: z.string().max(200), choice: z.enum(['kept', 'lost']) }),
            z.object({ conflictId: z.string().max(200), choice: z.literal('other'), value: fieldValue }),
          ]),
        )
        .min(1)
        .max(100),
    }),
  ),
  'duplicate.list': backend<DuplicatePage>()(z.strictObject(page)),
  /** 不是同一个: the pair is not offered again. */
  'duplicate.dismiss': backend<CountOutput>()(
    z.strictObject({ register: registerName, ids: z.tuple([recordId, recordId]) }),
  ),
  /** 合并: the loser becomes another name of the winner; references follow. A field not named stays the winner's. */
  'record.merge': backend<CountOutput>()(
    z.strictObject({
      register: registerName,
      winnerId: recordId,
      loserId: recordId,
      picks: z.record(fieldName, z.enum(['winner', 'loser'])),
    }),
  ),
  'record.unmerge': backend<CountOutput>()(
    z.strictObject({ register: registerName, loserId: recordId, reason: z.string().min(1).max(200) }),
  ),
  /** Merged records, newest first: what can be taken apart again. */
  'merge.list': backend<{ readonly rows: readonly MergeLine[]; readonly total: number }>()(
    z.strictObject(page),
  ),
  /** A record that should never have been made (administrators only). It goes out of sight; the log keeps it, and a restoration brings it back. */
  'record.delete': backend<CountOutput>()(
    z.strictObject({ register: registerName, ids: z.array(recordId).min(1).max(100), reason: shortText }),
  ),

  /** Where a file goes to or comes from, as the clerk chose it in the system's dialog; null when given up. */
  'file.chooseTarget': main<{ readonly path: string } | null>()(
    z.strictObject({ title: z.string().max(60), suggestedName: z.string().max(120) }),
  ),
  'file.chooseSource': main<{ readonly path: string } | null>()(
    z.strictObject({ title: z.string().max(60), extension: z.string().max(20) }),
  ),
  'file.chooseFolder': main<{ readonly path: string } | null>()(
    z.strictObject({ title: z.string().max(60) }),
  ),
  /** 导出同步包: ops (all that wait when `numbers` is null) into a signed, encrypted file for a server without a line. */
  'package.export': backend<PackageResult>()(
    z.strictObject({ path: filePath, numbers: z.array(opNumber).min(1).max(100_000).nullable() }),
  ),
  /** 导入: the server's answer to a package (receipts and changes), or another station's package to be carried on. */
  'package.import': backend<PackageResult>()(z.strictObject({ path: filePath })),

  /** 站点入网文件: what it says, before anything is changed. */
  'enrolment.read': backend<EnrolmentPreview>()(z.strictObject({ path: filePath })),
  /** Makes this replica's key, registers it by the file's one-time code, and sets the server's address. */
  'enrolment.apply': backend<Settings>()(z.strictObject({ path: filePath })),

  /** 重建本机数据库: a new file beside the old one with the queue carried over; the old one is kept. Restart needed. */
  'store.rebuild': backend<{ readonly message: string }>()(none),

  /** 在住情况: the figures of one grouping, counted in one transaction off the thread that saves; the days bound what is new and ended. */
  'residence.figures': backend<ResidenceTable>()(
    z.strictObject({ grouping: z.enum(RESIDENCE_GROUPINGS), from: day, to: day }),
  ),
  /** 操作日志: how far it goes, who stands in it, and what the asked record is called. */
  'audit.state': backend<AuditState>()(
    z.strictObject({ record: z.strictObject({ register: registerName, id: recordId }).nullable() }),
  ),
  /** Lines of the log, the newest first. No request changes or removes a line. */
  'audit.list': backend<AuditPage>()(z.strictObject({ conditions: auditConditions, newest, ...page })),
  /** Tab-separated text of the chosen lines with a header line; at most 100,000; logged. */
  'audit.copy': backend<{ readonly text: string; readonly count: number }>()(
    z.strictObject({ conditions: auditConditions, newest, ranges }),
  ),
  /** A store that cannot be opened is kept under another name, and the client starts anew with an empty one. */
  'store.setAside': main<null>()(none),

  /** 备份与恢复: what is known of backups here, what runs, and what waits for the restart. */
  'backup.state': backend<BackupState>()(none),
  /** 备份: answers when the file is whole, read back and named; progress comes as events. */
  'backup.make': backend<MadeBackup>()(z.strictObject({ folder: filePath, password: backupPassword })),
  'backup.cancel': backend<null>()(none),
  /** Backups of a folder, or (null) of the folders known here. */
  'backup.list': backend<readonly BackupFile[]>()(z.strictObject({ folder: filePath.nullable() })),
  /** Checks a backup, or a store that was replaced here, makes a copy of it ready, and compares it with the store. */
  'backup.inspect': backend<BackupComparison>()(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('file'), path: filePath, password: backupPassword }),
      z.strictObject({ kind: z.literal('kept'), name: z.string().max(100) }),
    ]),
  ),
  /** 恢复: the copy that was compared takes the store's place at the next start; `reason` where something typed is not in it. */
  'backup.reinstate': backend<BackupState>()(z.strictObject({ id: z.uuid(), reason: z.string().max(200) })),
  /** Gives up the copy, also one that waits for the restart. */
  'backup.drop': backend<BackupState>()(none),
  /** 自动备份; `password` null leaves the one that was set. */
  'backup.setAutomatic': backend<BackupState>()(
    z.strictObject({
      isOn: z.boolean(),
      folder: filePath.nullable(),
      keep: z.int().min(KEPT_BACKUPS.least).max(KEPT_BACKUPS.most),
      password: backupPassword.nullable(),
    }),
  ),
  /** 字典管理: every dictionary, in the order of their Chinese names. */
  'dictionary.list': backend<readonly DictionarySummary[]>()(none),
  /** The entries that fit the text, found and ordered as the look-up does. */
  'dictionary.entries': backend<DictionaryRows>()(z.strictObject({ ...entryList, ...page })),
  'dictionary.entry': backend<DictionaryEntryDetail>()(
    z.strictObject({ name: dictionaryName, code: entryCode }),
  ),
  /** How many records hold a code, field by field; counted off the thread that saves. */
  'dictionary.countUses': backend<readonly EntryUse[]>()(
    z.strictObject({ name: dictionaryName, code: entryCode }),
  ),
  /** Tab-separated text with a header line; at most 100,000 rows. */
  'dictionary.copy': backend<{ readonly text: string; readonly count: number }>()(
    z.strictObject({
      ...entryList,
      ranges: z
        .array(z.tuple([z.int().min(0), z.int().min(0)]))
        .min(1)
        .max(10_000),
    }),
  ),
  /** A code for a new entry that no server gives. */
  'dictionary.proposeCode': backend<{ readonly code: string }>()(z.strictObject({ name: dictionaryName })),
  /** 单机模式 only, and only for the tables that no standard defines. */
  'dictionary.addEntry': backend<CountOutput & { readonly code: string }>()(
    z.strictObject({
      name: dictionaryName,
      /** Empty: the one that would be proposed. */
      code: z.string().max(60),
      ...entryWords,
      validFrom: day.nullable(),
    }),
  ),
  /** 更正: a typing error put right; what it was stays in the log. */
  'dictionary.correctEntry': backend<CountOutput>()(
    z.strictObject({ name: dictionaryName, code: entryCode, ...entryWords }),
  ),
  /** 停用: `lastDay` is the last one on which it may be given. */
  'dictionary.retireEntry': backend<CountOutput>()(
    z.strictObject({ name: dictionaryName, code: entryCode, lastDay: day }),
  ),
  'dictionary.reinstateEntry': backend<CountOutput>()(
    z.strictObject({ name: dictionaryName, code: entryCode }),
  ),
  /** What a CSV file would do; writes nothing. `isComplete`: entries that the file lacks are retired. */
  'dictionary.previewImport': backend<ImportPreview>()(
    z.strictObject({ name: dictionaryName, path: filePath, isComplete: z.boolean() }),
  ),
  /** Writes what the preview showed, in one transaction; `hash` is that of the file shown. */
  'dictionary.import': backend<CountOutput>()(
    z.strictObject({
      name: dictionaryName,
      path: filePath,
      isComplete: z.boolean(),
      hash: z.string().length(64),
    }),
  ),
  /** Entries made on this machine: what a clerk should know before the machine joins a server. */
  'dictionary.localEntries': backend<LocalEntries>()(none),

  /** 演示数据: an invented district; progress comes as events. */
  'demo.load': backend<{ readonly count: number }>()(none),
  'demo.remove': backend<{ readonly count: number }>()(none),

  /** Remembers a page's own small state (column choice and order) on this machine. */
  'preference.read': backend<unknown>()(z.strictObject({ key: z.string().max(100) })),
  'preference.write': backend<null>()(z.strictObject({ key: z.string().max(100), value: json })),
} as const

export type RequestName = keyof typeof requests
type DeepReadonly<Value> = Value extends object
  ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
  : Value

/** The checked input; no schema here transforms, so it is also what a page passes. */
export type RequestInput<Name extends RequestName> = DeepReadonly<z.output<(typeof requests)[Name]['input']>>
export type RequestOutput<Name extends RequestName> = Exclude<(typeof requests)[Name]['output'], undefined>

/** Whether a text from outside is the name of a request. */
export function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(requests, name)
}
