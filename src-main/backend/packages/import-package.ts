import {
  answerManifest,
  packagePage,
  packageReceipts,
  type AnswerManifest,
} from '../../../src-shared/contract/package-messages.ts'
import {
  serverRecord,
  type PullAnswer,
  type PushAnswer,
} from '../../../src-shared/contract/server-messages.ts'
import type { PackageResult } from '../../../src-shared/contract/sync-types.ts'
import {
  DAMAGED_PACKAGE,
  openPackage,
  PackageFault,
  readPackage,
  splitContent,
  type ReadPackage,
} from '../../../src-shared/packages/sealed-package.ts'
import { noteStoredAtServer } from '../blobs/photo-uses.ts'
import type { WriteDatabase } from '../database/database.ts'
import { applyServerRecord } from '../services/apply-server-record.ts'
import { actorOf, type Context } from '../services/context.ts'
import { RequestRefusal } from '../services/request-failure.ts'
import { tellTouched, touch, type TouchedRecords } from '../services/touched-records.ts'
import { writeAudit } from '../services/write-audit.ts'
import { storePushAnswer } from '../sync/outbox.ts'
import type { Sync } from '../sync/sync-types.ts'
import { noteEnrolled, writeLineSession } from '../sync/replica-key.ts'
import { readSyncState, writeSyncState } from '../sync/sync-state.ts'
import { carryNow } from './carry-packages.ts'
import { findAnswerPath, readPackageFile, writePackageFile } from './package-file.ts'
import { findPackageParty, findServerKeys } from './package-keys.ts'
import { sealing, unpack } from './sealing.ts'

/** Milliseconds one act of storing takes: a save never waits longer for its turn. */
const ACT_MS = 8

/**
 * 导入: the answer to a package of this store (receipts, and what changed elsewhere), or another store's package to be
 * carried to the server. The file is checked whole before anything is stored; importing it again changes nothing.
 *
 * @throws RequestRefusal with a sentence; nothing was changed then
 */
export async function importPackage(
  context: Context,
  sync: Pick<Sync, 'onLine'>,
  path: string,
): Promise<PackageResult> {
  const bytes = await readPackageFile(path)
  try {
    const read = readPackage(sealing, bytes)
    return read.header.kind === 'answer'
      ? await takeAnswer(context, path, read)
      : await carry(context, sync, path, read, bytes)
  } catch (error) {
    if (error instanceof PackageFault) throw new RequestRefusal('notPossible', error.message)
    throw error
  }
}

async function takeAnswer(context: Context, path: string, read: ReadPackage): Promise<PackageResult> {
  const { store } = context
  const { header } = read
  const sent = store.read.firstOf('SELECT reply_key FROM sent_package WHERE package_id = ?', header.packageId)
  if (!sent) {
    throw new PackageFault(
      `这个回执包(站点${header.stationCode})不是给本机的,没有导入。请拿到导出同步包的那台电脑上导入。`,
    )
  }
  if (header.signer !== findServerKeys(store.read)?.signing)
    throw new PackageFault('这个回执包不是本机所用的服务器签发的,没有导入。请核对文件的来源。')
  const answer = readAnswer(await unpack(openPackage(sealing, read, String(sent['reply_key']))))
  const { manifest } = answer
  await store.write((database) => noteMet(database, manifest, header.replica))
  for (const receipts of answer.receipts) await storeReceipts(context, receipts)
  const rows = await storePages(context, answer)
  await store.write((database) => {
    noteStoredAtServer(database, manifest.photos, manifest.epoch)
    database.runOf(
      'UPDATE sent_package SET answered_at = ? WHERE package_id = ?',
      manifest.serverTime,
      header.packageId,
    )
    writeAudit(database, actorOf(context), 'package.imported', '', '', {
      receipts: manifest.accepted,
      rows,
    })
  })
  return {
    path,
    count: manifest.accepted + rows,
    message: describeAnswer(manifest, rows, manifest.epoch !== readSyncState(store.read).epoch),
  }
}

/** The first answer of a server that was never met over a line: it knows this store now, and its numbers count here. */
function noteMet(database: WriteDatabase, { epoch, serverTime }: AnswerManifest, replica: string): void {
  if (readSyncState(database).epoch !== null || findPackageParty(database)?.enrolment === undefined) return
  writeSyncState(database, { epoch })
  noteEnrolled(database, serverTime)
  writeLineSession(database, { replica, refresh: null })
}

type Answer = {
  readonly manifest: AnswerManifest
  readonly receipts: readonly PushAnswer[]
  readonly pages: readonly PullAnswer[]
}

function readAnswer(content: Uint8Array): Answer {
  const [first = '', ...rest] = Buffer.from(splitContent(content).lines).toString('utf8').split('\n')
  try {
    const manifest = answerManifest.parse(JSON.parse(first))
    if (rest.length !== manifest.receipts + manifest.pages) throw new Error('count')
    return {
      manifest,
      receipts: rest.slice(0, manifest.receipts).map((line) => packageReceipts.parse(JSON.parse(line))),
      pages: rest.slice(manifest.receipts).map((line) => packagePage.parse(JSON.parse(line))),
    }
  } catch {
    throw new PackageFault(DAMAGED_PACKAGE)
  }
}

/** Stores receipts of ops that have none yet; what the line has brought meanwhile stands. */
async function storeReceipts(context: Context, answer: PushAnswer): Promise<void> {
  const touched: TouchedRecords = new Map()
  await context.store.write((database) => {
    const numbers = [...answer.receipts.map(([n]) => n), ...answer.results.map(({ n }) => n)]
    const open = new Set(
      database.pluck<number>(
        `SELECT n FROM outbox WHERE n IN (SELECT value FROM json_each(?)) AND state IN ('pending', 'setAside')`,
        JSON.stringify(numbers),
      ),
    )
    storePushAnswer(
      database,
      {
        ...answer,
        receipts: answer.receipts.filter(([n]) => open.has(n)),
        results: answer.results.filter(({ n }) => open.has(n)),
      },
      touched,
    )
  })
  tell(context, touched)
}

/**
 * Stores the pages that follow on what is here; what the line has brought meanwhile is passed over.
 * @returns how many rows were stored
 */
async function storePages(context: Context, { manifest, pages }: Answer): Promise<number> {
  const { store } = context
  let from = manifest.cursor
  let stored = 0
  for (const page of pages) {
    let at = 0
    do {
      const touched: TouchedRecords = new Map()
      at = await store.write((database) =>
        storeSome(context, database, { manifest, page, from, at }, touched),
      )
      tell(context, touched)
      // Keys and saves are answered between two acts.
      await new Promise((resolve) => setImmediate(resolve))
    } while (at < page.rows.length)
    if (at === page.rows.length) stored += page.rows.length
    from = page.next
  }
  return stored
}

/**
 * One act of storing a page, from a row on.
 * @returns the row to go on with; more than there are where the page does not follow on what is here
 */
function storeSome(
  context: Context,
  database: WriteDatabase,
  place: {
    readonly manifest: AnswerManifest
    readonly page: PullAnswer
    readonly from: number
    readonly at: number
  },
  touched: TouchedRecords,
): number {
  const { rows, next } = place.page
  const { cursor, epoch, lost } = readSyncState(database)
  const follows =
    // A server that has lost something is brought to the same footing over the line.
    epoch === place.manifest.epoch && lost === null && cursor >= place.from && next > cursor
  if (!follows) return Number.POSITIVE_INFINITY
  const deadline = performance.now() + ACT_MS
  let index = place.at
  for (;;) {
    const row = rows[index]
    if (row === undefined) break
    const parsed = serverRecord.safeParse(row)
    if (parsed.success) {
      applyServerRecord(database, parsed.data, { touched })
      touch(touched, parsed.data.register, parsed.data.recordId)
    } else context.log(`package: left out change ${row.seq} of ${row.register}: not known here`)
    index += 1
    if (performance.now() > deadline && index < rows.length) return index
  }
  writeSyncState(database, { cursor: next })
  return index
}

/** Tells pages and look-ups of what was stored. */
function tell(context: Context, touched: TouchedRecords): void {
  tellTouched(touched, (register, ids) => context.recordsStored(register, ids, 'server'))
}

function describeAnswer(
  { accepted, conflicts, setAside, isMore }: AnswerManifest,
  rows: number,
  isOtherEpoch: boolean,
): string {
  return [
    `服务器接收了${accepted}项修改`,
    ...(conflicts > 0 ? [`(其中${conflicts}项与别站不一致,请到「冲突处理」核对)`] : []),
    ...(setAside > 0 ? [`,有${setAside}项没有接收,原因见队列`] : []),
    `;更新了${rows}条记录。`,
    ...(isMore ? ['别站还有更多修改,请再导出、导入一次同步包。'] : []),
    ...(isOtherEpoch ? ['服务器恢复过备份:别站的修改要等连网同步后才能更新。'] : []),
  ].join('')
}

async function carry(
  context: Context,
  sync: Pick<Sync, 'onLine'>,
  path: string,
  { header }: ReadPackage,
  bytes: Buffer,
): Promise<PackageResult> {
  const { store } = context
  const isOwn =
    header.replica === readSyncState(store.read).replica ||
    store.read.firstOf('SELECT 1 AS found FROM sent_package WHERE package_id = ?', header.packageId) !==
      undefined
  if (isOwn) {
    throw new PackageFault(
      '这是本机自己导出的同步包:请拿到服务器(或另一台能联网的居服通电脑)上导入,再把回执包拿回来。',
    )
  }
  const server = findServerKeys(store.read)
  if (server && header.recipient !== server.sealing)
    throw new PackageFault('这个同步包是给另一个服务器的,本机不能带到。请核对文件。')
  const answer = await carryNow(context, sync, header.packageId, bytes)
  if (answer === undefined) {
    return {
      path,
      count: 0,
      message: `站点${header.stationCode}的同步包已存在本机,联网后自动带到服务器。之后请在本机再导入一次这个文件,就能得到回执包。`,
    }
  }
  const answerPath = await findAnswerPath(path)
  await writePackageFile(answerPath, answer)
  return {
    path: answerPath,
    count: 1,
    message: `站点${header.stationCode}的同步包已带到服务器。回执包存为 ${answerPath},请拿回原来的电脑导入。`,
  }
}
