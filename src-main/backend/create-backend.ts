import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { v7 as makeUuid } from 'uuid'
import { describeFault } from '../../src-shared/contract/describe-fault.ts'
import type { RequestResult } from '../../src-shared/contract/errors.ts'
import type { EventMessage, EventName, Events } from '../../src-shared/contract/events.ts'
import {
  isRequestName,
  requests,
  type RequestInput,
  type RequestName,
  type RequestOutput,
} from '../../src-shared/contract/requests.ts'
import type { AppState } from '../../src-shared/contract/types.ts'
import { createBackupRunner } from './backups/backup-runner.ts'
import { createPhotoFetcher } from './blobs/fetch-remote-photo.ts'
import { UPGRADE_STEPS, type UpgradeStep } from './database/migrate.ts'
import { openStore, type Store } from './database/open-store.ts'
import type { KeyStore } from './database/store-key.ts'
import { openLog } from './log-file.ts'
import { loadDictionaries } from './lookup/dictionaries.ts'
import { readDictionarySources, type DictionarySource } from './lookup/dictionary-sources.ts'
import { createLocalLookupBuilder, createThreadedLookupBuilder } from './lookup/lookup-builder.ts'
import { createLookupSources, type LookupSources } from './lookup/lookup-sources.ts'
import { exportPackage } from './packages/export-package.ts'
import { importPackage } from './packages/import-package.ts'
import { createPhotoDecoder } from './readers/photo-decoder.ts'
import { createReaderService, type ReaderService } from './readers/reader-service.ts'
import { createNativeModules } from './readers/transports/native-modules.ts'
import { createLocalQueryRunner } from './queries/query-runner.ts'
import { createThreadedQueryRunner } from './queries/threaded-query-runner.ts'
import { readSetting, writeSetting } from './queries/settings.ts'
import { advanceRecords } from './services/advance-stage.ts'
import { findOverlappingLeases } from './services/overlapping-leases.ts'
import { assignCoordinator, cancelCoordinator, countHoldings } from './services/assign-coordinator.ts'
import { createAuditLog, type AuditLog } from './services/audit-log.ts'
import { createBackups, type Backups } from './services/backups.ts'
import { createBuildingMap, type BuildingMap } from './services/building-map.ts'
import { cancelRecords, restoreLetting, restoreRecords } from './services/change-status.ts'
import {
  closeBatch,
  continueBatch,
  findPresentBatch,
  getBatch,
  listBatches,
  openBatch,
  resumeSheet,
  setExpected,
  setSheet,
} from './services/batches.ts'
import { createClock, type Clock } from './services/clock.ts'
import { listConflicts } from './services/conflicts.ts'
import type { Context } from './services/context.ts'
import { confirmDayEnd, getDayEnd, listDayEndSheets } from './services/day-end.ts'
import { isDemoLoaded, loadDemo, removeDemo } from './services/demo-data.ts'
import {
  copyDictionaryEntries,
  countEntryUses,
  getDictionaryEntry,
  listDictionaries,
  listDictionaryEntries,
  listLocalEntries,
} from './services/dictionary-pages.ts'
import { createDraftJournal, type DraftJournal } from './services/draft-journal.ts'
import { listDuplicates } from './services/duplicates.ts'
import { findRecords } from './services/find-records.ts'
import { importEntries, previewImport } from './services/import-entries.ts'
import { judgeWhileTyped } from './services/judge-permit.ts'
import {
  addEntry,
  correctEntry,
  proposeCode,
  reinstateEntry,
  retireEntry,
  type EntriesStored,
} from './services/keep-dictionary.ts'
import { markVacant, moveHousehold, vacateDwelling } from './services/move-household.ts'
import { listHousehold, listOccupancy } from './services/occupancy.ts'
import { readHousehold } from './services/map-household.ts'
import { listMerges } from './services/merge-list.ts'
import { deleteRecords, dismissDuplicate, mergeRecords, unmergeRecord } from './services/merge-records.ts'
import { addToMeter, readMeter, resetMeter } from './services/own-meter.ts'
import { getPhoto, putPhoto } from './services/photos.ts'
import { countRecords, createRecordQueries, type RecordQueries } from './services/query-records.ts'
import {
  findLocalDuplicates,
  findPreviousRecord,
  getLabelledRecord,
  listLinked,
} from './services/read-record.ts'
import { listHistory } from './services/record-history.ts'
import { getRecordVersion } from './services/record-versions.ts'
import { loadRegions } from './services/regions.ts'
import { refuseViewer } from './services/viewer-limits.ts'
import { RequestRefusal, toRequestError } from './services/request-failure.ts'
import { createResidence, type Residence } from './services/residence.ts'
import { noteGoodRound, requestRebuild } from './services/request-rebuild.ts'
import { resolveConflicts } from './services/resolve-conflicts.ts'
import { saveRecord, type SaveInput } from './services/save-record.ts'
import { readSettings, saveSettings } from './services/settings.ts'
import { holdOps, listQueue, withdrawOps } from './services/sync-queue.ts'
import { createTodo, type Todo } from './services/todo.ts'
import { undoSave } from './services/undo-save.ts'
import { listRounds } from './sync/round-history.ts'
import { applyEnrolment, readEnrolment } from './sync/enrolment.ts'
import { createSync } from './sync/sync.ts'
import type { Sync } from './sync/sync-types.ts'

/** What the window says while an older store is brought to the newest shape. */
const UPGRADE_WORDS: Readonly<Record<UpgradeStep, string>> = {
  copy: '复制一份',
  alter: '改为新格式',
  check: '检查新的一份',
}

/** Requests that Electron's main process does not answer itself. */
export type BackendRequestName = {
  [Name in RequestName]: (typeof requests)[Name]['answeredBy'] extends 'main' ? never : Name
}[RequestName]

/** One answer for every request of the contract: a missing one does not compile. */
type Handlers = {
  readonly [Name in BackendRequestName]: (
    input: RequestInput<Name>,
  ) => RequestOutput<Name> | Promise<RequestOutput<Name>>
}

export type BackendOptions = {
  readonly dataFolder: string
  /** `migrations/client` and `dictionaries` stand in it. */
  readonly resourcesFolder: string
  readonly version: string
  readonly keyStore: KeyStore
  readonly emit: (message: EventMessage) => void
  readonly clock?: Clock
  /** Programs of the threads (query-worker, lookup-worker, backup-worker); their work is done on this thread when absent. */
  readonly workers?: { readonly query: URL; readonly lookup: URL; readonly backup?: URL }
  /** Milliseconds to wait for another process to let go of the folder. */
  readonly lockWait?: number
  /** False for tests that do not want background work. */
  readonly worksInBackground?: boolean
}

export type Backend = {
  /** Answers a request that the bridge has checked; never rejects. */
  readonly request: (name: string, input: unknown) => Promise<RequestResult<unknown>>
  /** The same with types, for tests. @throws RequestRefusal */
  readonly call: <Name extends BackendRequestName>(
    name: Name,
    input: RequestInput<Name>,
  ) => Promise<RequestOutput<Name>>
  readonly context: Context
  readonly sync: Sync
  readonly backups: Backups
  /** Waits until the look-ups stand; background work does so by itself. */
  readonly warmUp: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Pages are told no more ids than this; none means many. */
const MOST_IDS_TOLD = 1_000

/** More entries than this at once are found when their look-up is built anew; fewer are added to it. */
const MOST_ENTRIES_ADDED = 500

/** Somebody who has asked a look-up or changed a form within this time (ms) is typing. */
const TYPING_PAUSE_MS = 10_000

/**
 * Opens the store and serves requests.
 *
 * @throws StoreFailure when the store cannot be opened
 */
export async function createBackend(options: BackendOptions): Promise<Backend> {
  const log = openLog(options.dataFolder)
  const clock = options.clock ?? createClock()
  let isUpgraded = false
  const store = await openStore({
    dataFolder: options.dataFolder,
    migrationsFolder: join(options.resourcesFolder, 'migrations', 'client'),
    keyStore: options.keyStore,
    ...(options.lockWait === undefined ? {} : { lockWait: options.lockWait }),
    onUpgrade: (step) => {
      log(`upgrade of the store: ${step}`)
      options.emit({
        event: 'work.progress',
        payload: {
          label: `正在升级本机数据:${UPGRADE_WORDS[step]}`,
          done: UPGRADE_STEPS.indexOf(step) + 1,
          total: UPGRADE_STEPS.length,
          isFinished: false,
        },
      })
      isUpgraded = true
    },
  })
  if (isUpgraded)
    options.emit({
      event: 'work.progress',
      payload: { label: '本机数据已升级', done: 1, total: 1, isFinished: true },
    })
  const replicaId = await readOrMakeReplicaId(store)
  const dictionariesFolder = join(options.resourcesFolder, 'dictionaries')
  const dictionaries = loadDictionaries(dictionariesFolder, store.read)
  const regions = loadRegions(join(dictionariesFolder, 'regions'))
  for (const problem of [...dictionaries.problems, ...regions.problems]) log(problem)

  const emit = <Name extends EventName>(event: Name, payload: Events[Name]): void => {
    options.emit({ event, payload } as EventMessage)
  }
  const context: Context = {
    store,
    clock,
    dictionaries,
    regions,
    account: () => sync.account(),
    replicaId,
    emit,
    log,
    recordsStored: (register, ids, source) => {
      queries.invalidate(register)
      todo.invalidate()
      buildingMap.invalidate(register)
      lookups.recordsStored(register, ids)
      emit('records.changed', { register, ids: ids.length > MOST_IDS_TOLD ? [] : ids, source })
      if (source === 'local') sync.noteSaved()
    },
  }
  const threads = options.workers
    ? createThreadedQueryRunner(options.workers.query, { file: store.file, key: store.key })
    : undefined
  if (threads) store.onCommit(threads.noteCommit)
  const runner = threads ?? createLocalQueryRunner(store.read)
  const queries = createRecordQueries(context, runner)
  const todo = createTodo(context, runner)
  const buildingMap = createBuildingMap(context, runner)
  const auditLog = createAuditLog(context, runner)
  const residence = createResidence(context, runner)
  const lookupBuilder = options.workers
    ? createThreadedLookupBuilder({
        script: options.workers.lookup,
        store,
        dictionaries,
        dictionariesFolder,
        cacheFolder: join(options.dataFolder, 'lookup-cache'),
        replicaId,
        log,
      })
    : createLocalLookupBuilder(store, dictionaries)
  const lookups = createLookupSources(context, lookupBuilder)
  const drafts = createDraftJournal(context)
  const dictionariesStored = (names: readonly string[]): void => {
    dictionaries.reload(store.read, names)
    lookups.dictionariesStored(names)
    buildingMap.forget()
  }
  const entriesStored: EntriesStored = async (name, codes, isNew) => {
    dictionaries.reload(store.read, [name])
    buildingMap.forget()
    if (codes.length > MOST_ENTRIES_ADDED) lookups.dictionariesStored([name])
    else await lookups.entriesStored(name, codes, isNew)
  }
  let typedAt = Number.NEGATIVE_INFINITY
  const sync = createSync({
    store,
    isClerkTyping: () => performance.now() - typedAt < TYPING_PAUSE_MS,
    settings: () => readSettings(store.read),
    clock,
    emit: options.emit,
    recordsStored: (register, ids) => context.recordsStored(register, ids, 'server'),
    recordsMarked: (register, ids) => {
      queries.invalidate(register)
      emit('records.changed', { register, ids: ids.length > MOST_IDS_TOLD ? [] : ids, source: 'server' })
    },
    dictionariesStored,
    roundCompleted: () => noteGoodRound(store),
    version: options.version,
    log,
  })
  const readers = createReaderService({
    settings: () => readSettings(store.read).reader,
    modules: createNativeModules(),
    emit,
    putPhoto: async (jpeg) => (await putPhoto(context, Buffer.from(jpeg).toString('base64'))).hash,
    createDecoder: createPhotoDecoder,
    makeId: makeUuid,
    now: clock.now,
    today: clock.today,
    log,
  })
  const backups = createBackups(context, {
    runner: createBackupRunner(options.workers?.backup),
    version: options.version,
    idleFor: () => performance.now() - typedAt,
    flushDrafts: () => drafts.flush(),
  })
  const handlers = createHandlers({
    context,
    backups,
    readers,
    queries,
    todo,
    buildingMap,
    auditLog,
    residence,
    lookups,
    drafts,
    sync,
    dictionariesStored,
    entriesStored,
    dictionarySources: readDictionarySources(dictionariesFolder),
    options,
  })

  async function call<Name extends BackendRequestName>(
    name: Name,
    input: RequestInput<Name>,
  ): Promise<RequestOutput<Name>> {
    const handler: (input: RequestInput<Name>) => RequestOutput<Name> | Promise<RequestOutput<Name>> =
      handlers[name]
    refuseViewer(context, name, input)
    return await handler(input)
  }

  let warming: Promise<void> | undefined
  const warmUp = (): Promise<void> => {
    warming ??= lookups.warmUp()
    return warming
  }
  if (options.worksInBackground !== false) {
    await sync.start()
    // Not at once: the window draws its first form now, and two cores are all it may have.
    setTimeout(() => {
      warmUp().catch((error: unknown) => log(`warm-up: ${String(error)}`))
    }, 1_200).unref()
    // Later still: nobody puts a card on before the window is there, and native modules take their time to load.
    setTimeout(readers.start, 2_500).unref()
    backups.start()
  }
  if (store.setAsideAs !== null) log(`store set aside as ${store.setAsideAs}`)
  if (store.reinstatement.kind !== 'none')
    log(
      `backup put in place: ${store.reinstatement.kind}${
        store.reinstatement.kind === 'failed' ? ` ${describeFault(store.reinstatement.failure)}` : ''
      }`,
    )
  log(`store open, key protected by ${store.keyProtection}`)
  if (store.rebuild !== 'notAsked')
    log(store.rebuild === 'rebuilt' ? 'store rebuilt' : `store not rebuilt: ${describeFault(store.rebuild)}`)

  return {
    context,
    sync,
    backups,
    call,
    warmUp,
    request: async (name, input) => {
      if (!isBackendRequestName(name)) {
        return { ok: false, error: { code: 'invalidInput', message: `没有「${name}」这个操作。` } }
      }
      if (/^(lookup|draft)\.|\.save$/.test(name)) typedAt = performance.now()
      try {
        return { ok: true, output: await call(name, input as never) }
      } catch (error) {
        // A refusal is an answer; anything else is noted with its trace, which names no person.
        if (!(error instanceof RequestRefusal)) log(`${name}: ${describeFault(error)}`)
        return { ok: false, error: toRequestError(error) }
      }
    },
    stop: async () => {
      // A port that hangs while it is opened must not keep drafts from the disk.
      const readersStopped = Promise.race([readers.stop(), pause(1_000, undefined, { ref: false })])
      await sync.stop()
      await backups.stop()
      await drafts.flush()
      await readersStopped
      await runner.stop()
      await lookupBuilder.stop()
      await store.close()
      log('store closed')
    },
  }
}

function isBackendRequestName(name: string): name is BackendRequestName {
  return isRequestName(name) && requests[name].answeredBy === 'backend'
}

async function readOrMakeReplicaId(store: Store): Promise<string> {
  const known = readSetting(store.read, 'replicaId')
  if (typeof known === 'string') return known
  const made = makeUuid()
  await store.write((database) => writeSetting(database, 'replicaId', made))
  return made
}

type Parts = {
  readonly context: Context
  readonly backups: Backups
  readonly queries: RecordQueries
  readonly todo: Todo
  readonly buildingMap: BuildingMap
  readonly auditLog: AuditLog
  readonly residence: Residence
  readonly lookups: LookupSources
  readonly drafts: DraftJournal
  readonly sync: Sync
  readonly readers: ReaderService
  readonly dictionariesStored: (names: readonly string[]) => void
  readonly entriesStored: EntriesStored
  readonly dictionarySources: ReadonlyMap<string, DictionarySource>
  readonly options: BackendOptions
}

function createHandlers(parts: Parts): Handlers {
  const { context, backups, queries, todo, buildingMap, auditLog, lookups, drafts, sync, readers } = parts
  const { residence, dictionariesStored, options } = parts
  const { entriesStored, dictionarySources } = parts
  const { store } = context
  /** Demo data is loaded or removed once at a time. */
  let demoWork: Promise<unknown> = Promise.resolve()
  const fetchRemotePhoto = createPhotoFetcher(sync.onLine)

  async function appState(): Promise<AppState> {
    const settings = readSettings(store.read)
    return {
      version: options.version,
      dataFolder: options.dataFolder,
      keyProtection: store.keyProtection,
      today: context.clock.today(),
      settings,
      account: sync.account(),
      sync: await sync.status(),
      backupNotice: backups.notice(),
      setAsideAs: store.setAsideAs,
      isDemoLoaded: isDemoLoaded(store.read),
      dictionaryProblems: context.dictionaries.problems,
      region: context.regions.state(settings.region),
      counts: countRecords(context),
    }
  }

  /** The draft ends with the act, in its transaction; a refused one leaves it, and the next form of a batch uses its id again. */
  async function endDraft<Result>(draftId: string | null, act: () => Promise<Result>): Promise<Result> {
    if (draftId !== null) drafts.end(draftId)
    try {
      const result = await act()
      if (draftId !== null) await drafts.reopen(draftId, false)
      return result
    } catch (error) {
      if (draftId !== null) await drafts.reopen(draftId, true)
      throw error
    }
  }
  function save(register: Parameters<typeof saveRecord>[1], input: SaveInput): ReturnType<typeof saveRecord> {
    return endDraft(input.draftId, () => saveRecord(context, register, input))
  }

  function inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const mine = demoWork.then(act)
    demoWork = mine.catch(() => undefined)
    return mine
  }

  /** Counts of the queue have changed though no record was saved. */
  async function thenTell<Result>(act: Promise<Result>): Promise<Result> {
    const result = await act
    sync.noteSaved()
    return result
  }

  return {
    'app.state': appState,
    'settings.save': async ({ settings }) => {
      const result = await saveSettings(context, settings)
      if (!result.needsRestart) sync.settingsChanged()
      // Not waited for: a reader that is being closed keeps no page waiting.
      void readers.settingsChanged()
      return result
    },
    'server.test': (address) => sync.testServer(address),
    'account.signIn': ({ accountName, password }) => sync.signIn(accountName, password),
    'account.signOut': async () => {
      await sync.signOut()
      return null
    },
    'lookup.search': (input) => lookups.search(input),
    'lookup.entries': ({ source, codes }) => lookups.entries(source, codes),
    'lookup.taken': async ({ source, code }) => {
      await lookups.taken(source, code)
      return null
    },
    'resident.save': (input) => save('resident', input),
    'resident.cancel': (input) => cancelRecords(context, 'resident', input),
    'resident.restore': (input) => restoreRecords(context, 'resident', input),
    'dwelling.save': (input) => save('dwelling', input),
    'dwelling.cancel': (input) => cancelRecords(context, 'dwelling', input),
    'dwelling.restore': (input) => restoreRecords(context, 'dwelling', input),
    'dwelling.restoreLetting': (input) => restoreLetting(context, input),
    'dwelling.occupancy': (input) => listOccupancy(context, input),
    'dwelling.vacate': (input) => vacateDwelling(context, input),
    'dwelling.markVacant': (input) => markVacant(context, input),
    'household.list': (input) => listHousehold(context, input),
    'household.move': (input) => moveHousehold(context, input),
    'dwelling.assignCoordinator': (input) => assignCoordinator(context, input),
    'employer.save': (input) => save('employer', input),
    'employer.cancel': (input) => cancelRecords(context, 'employer', input),
    'employer.restore': (input) => restoreRecords(context, 'employer', input),
    'coordinator.save': (input) => save('coordinator', input),
    'coordinator.holdings': (input) => countHoldings(context, input),
    'coordinator.cancel': (input) => cancelCoordinator(context, input),
    'coordinator.restore': (input) => restoreRecords(context, 'coordinator', input),
    'minor.save': (input) => save('minor', input),
    'minor.cancel': (input) => cancelRecords(context, 'minor', input),
    'minor.restore': (input) => restoreRecords(context, 'minor', input),
    'school.save': (input) => save('school', input),
    'school.cancel': (input) => cancelRecords(context, 'school', input),
    'school.restore': (input) => restoreRecords(context, 'school', input),
    'estate.save': (input) => save('estate', input),
    'estate.cancel': (input) => cancelRecords(context, 'estate', input),
    'estate.restore': (input) => restoreRecords(context, 'estate', input),
    'residencePermit.save': (input) => save('residencePermit', input),
    'residencePermit.judge': ({ id, values }) => judgeWhileTyped(store.read, context, id, values),
    'residencePermit.cancel': (input) => cancelRecords(context, 'residencePermit', input),
    'residencePermit.restore': (input) => restoreRecords(context, 'residencePermit', input),
    'residencePermit.advance': (input) => advanceRecords(context, 'residencePermit', input),
    'lease.save': (input) => save('lease', input),
    'lease.cancel': (input) => cancelRecords(context, 'lease', input),
    'lease.restore': (input) => restoreRecords(context, 'lease', input),
    'lease.advance': (input) => advanceRecords(context, 'lease', input),
    'lease.findOverlapping': async (input) => findOverlappingLeases(context, input),
    'inspection.save': (input) => save('inspection', input),
    'inspection.cancel': (input) => cancelRecords(context, 'inspection', input),
    'inspection.restore': (input) => restoreRecords(context, 'inspection', input),
    'inspection.advance': (input) => advanceRecords(context, 'inspection', input),
    'serviceRequest.save': (input) => save('serviceRequest', input),
    'serviceRequest.cancel': (input) => cancelRecords(context, 'serviceRequest', input),
    'serviceRequest.restore': (input) => restoreRecords(context, 'serviceRequest', input),
    'serviceRequest.advance': (input) => advanceRecords(context, 'serviceRequest', input),
    'record.get': (input) => getLabelledRecord(context, input),
    'record.find': (input) => findRecords(context, lookups, input),
    'record.history': (input) => listHistory(context, input),
    'record.version': (input) => getRecordVersion(context, input),
    'record.linked': (input) => listLinked(context, input),
    'record.findDuplicates': async (input) => {
      const here = findLocalDuplicates(context, input)
      // The clerk sees at once what is known here; the network is asked only where nothing is.
      if (here.length > 0) return here
      return sync.findRemoteDuplicates(input.register, input.values, input.exceptId)
    },
    'record.previous': ({ register }) => findPreviousRecord(context, register),
    'record.query': ({ query, offset, limit }) => queries.page(query, offset, limit),
    'record.count': ({ query }) => queries.count(query),
    'record.copy': (input) => queries.copy(input),
    'map.level': (input) => buildingMap.level(input),
    'map.building': (input) => buildingMap.building(input),
    'map.household': (input) => readHousehold(context, input),
    'map.find': (input) => buildingMap.find(input),
    'record.undoSave': (input) => undoSave(context, input),
    'todo.counts': (input) => todo.counts(input),
    'todo.list': (input) => todo.list(input),
    'draft.write': async ({ draft }) => {
      await drafts.write(draft)
      return null
    },
    'draft.list': () => drafts.list(),
    'draft.discard': async ({ id }) => {
      await drafts.discard(id)
      return null
    },
    'batch.open': (head) => openBatch(context, head),
    'batch.continue': ({ id }) => continueBatch(context, id),
    'batch.close': ({ id }) => closeBatch(context, id),
    'batch.setExpected': (input) => setExpected(context, input.id, input.expectedCount),
    'batch.get': ({ id }) => getBatch(context, id),
    'batch.present': ({ register }) => findPresentBatch(context, register),
    'batch.list': ({ register }) => listBatches(context, register),
    'batch.setSheet': (input) => endDraft(input.draftId, () => setSheet(context, input)),
    'batch.resumeSheet': ({ id }) => resumeSheet(context, id),
    'dayEnd.get': (input) => getDayEnd(context, input.day),
    'dayEnd.sheets': (input) => listDayEndSheets(context, input),
    'dayEnd.confirm': (input) => confirmDayEnd(context, input),
    'meter.add': async (reading) => {
      await addToMeter(context, reading)
      return null
    },
    'meter.read': () => readMeter(context),
    'meter.reset': async () => {
      await resetMeter(context)
      return null
    },
    'photo.put': ({ base64 }) => putPhoto(context, base64),
    'photo.get': ({ hash }) => getPhoto(context, hash, fetchRemotePhoto),
    'sync.run': () => sync.run(),
    'sync.cancel': () => {
      sync.cancel()
      return null
    },
    'sync.status': () => sync.status(),
    'sync.queue': (input) => listQueue(context, input),
    'sync.sendOne': ({ n }) => sync.sendOne(n),
    'sync.hold': (input) => thenTell(holdOps(context, input)),
    'sync.withdraw': (input) => thenTell(withdrawOps(context, input)),
    'sync.rounds': async (input) => listRounds(store.read, input, (await sync.status()).isRunning),
    'sync.check': () => sync.check(),
    'sync.answer': ({ isAccepted }) => sync.answer(isAccepted),
    'conflict.list': (input) => listConflicts(context, input),
    'conflict.resolve': (input) => resolveConflicts(context, input),
    'duplicate.list': (input) => listDuplicates(context, input),
    'duplicate.dismiss': (input) => dismissDuplicate(context, input),
    'record.merge': (input) => mergeRecords(context, input),
    'record.unmerge': (input) => unmergeRecord(context, input),
    'merge.list': (input) => listMerges(context, input),
    'record.delete': (input) => deleteRecords(context, input),
    'reader.state': () => readers.status(),
    'reader.list': () => readers.list(),
    'reader.test': ({ reader }) => readers.test(reader),
    'reader.readNow': () => readers.readNow(),
    'reader.log': () => ({ lines: readers.rawLog() }),
    'package.export': (input) => exportPackage(context, options.version, input),
    'package.import': ({ path }) => importPackage(context, sync, path),
    'enrolment.read': ({ path }) => readEnrolment(path),
    'enrolment.apply': async ({ path }) => {
      const settings = await applyEnrolment(context, path)
      sync.settingsChanged()
      return settings
    },
    'store.rebuild': async () => requestRebuild(context, await sync.status()),
    'residence.figures': (input) => residence.figures(input),
    'audit.state': (input) => auditLog.state(input),
    'audit.list': (input) => auditLog.list(input),
    'audit.copy': (input) => auditLog.copy(input),
    'backup.state': () => backups.state(),
    'backup.make': (input) => backups.make(input),
    'backup.cancel': () => {
      backups.cancel()
      return null
    },
    'backup.list': ({ folder }) => backups.list(folder),
    'backup.inspect': (input) => backups.inspect(input),
    'backup.reinstate': (input) => backups.reinstate(input),
    'backup.drop': () => backups.drop(),
    'backup.setAutomatic': (input) => backups.setAutomatic(input),
    'dictionary.list': () => listDictionaries(context, lookups, dictionarySources),
    'dictionary.entries': (input) => listDictionaryEntries(context, lookups, input),
    'dictionary.entry': (input) => getDictionaryEntry(context, input),
    'dictionary.countUses': (input) => countEntryUses(context, queries, input),
    'dictionary.copy': (input) => copyDictionaryEntries(context, lookups, input),
    'dictionary.proposeCode': ({ name }) => proposeCode(context, name),
    'dictionary.addEntry': (input) => addEntry(context, entriesStored, input),
    'dictionary.correctEntry': (input) => correctEntry(context, entriesStored, input),
    'dictionary.retireEntry': (input) => retireEntry(context, entriesStored, input),
    'dictionary.reinstateEntry': (input) => reinstateEntry(context, entriesStored, input),
    'dictionary.previewImport': (input) => previewImport(context, input),
    'dictionary.import': (input) => importEntries(context, entriesStored, input),
    'dictionary.localEntries': () => listLocalEntries(context),
    'demo.load': () => inTurn(() => loadDemo(context, dictionariesStored)),
    'demo.remove': async () => {
      const removed = await inTurn(() => removeDemo(context, dictionariesStored))
      auditLog.forget()
      return removed
    },
    'preference.read': ({ key }) => readSetting(store.read, `preference.${key}`) ?? null,
    'preference.write': async ({ key, value }) => {
      await store.write((database) => writeSetting(database, `preference.${key}`, value))
      return null
    },
  }
}
