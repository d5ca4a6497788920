import { v7 as makeUuid } from 'uuid'
import {
  MAX_PACKAGE_BYTES,
  MAX_PACKAGE_OPS,
  MAX_PACKAGE_PHOTOS,
  PACKAGE_FORMAT,
  PACKAGE_VERSION,
  type OpsManifest,
} from '../../../src-shared/contract/package-messages.ts'
import type { PackageResult } from '../../../src-shared/contract/sync-types.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { joinContent, sealPackage } from '../../../src-shared/packages/sealed-package.ts'
import { listPhotoHashes } from '../../../src-shared/registers/photo-hashes.ts'
import { findPhoto } from '../blobs/photo-uses.ts'
import type { ReadDatabase } from '../database/database.ts'
import { actorOf, type Context } from '../services/context.ts'
import { RequestRefusal } from '../services/request-failure.ts'
import { writeAudit } from '../services/write-audit.ts'
import { readSyncState } from '../sync/sync-state.ts'
import { writePackageFile } from './package-file.ts'
import { findPackageParty } from './package-keys.ts'
import { pack, sealing } from './sealing.ts'

/** Ops read in one step; keys are answered between two. */
const STEP = 500
/** Exported packages whose answers are still taken. */
const KEPT_PACKAGES = 1_000

/**
 * 导出同步包: writes ops without a receipt (those that wait, or the given ones with what their records need before them)
 * and their photos into a signed file that only the server can open. The ops stay as they are: they also go over the line when
 * it comes back first.
 *
 * @throws RequestRefusal where this store has neither met its server nor read a station file, or the file cannot be written
 */
export async function exportPackage(
  context: Context,
  version: string,
  input: { readonly path: string; readonly numbers: readonly number[] | null },
): Promise<PackageResult> {
  const { read } = context.store
  const state = readSyncState(read)
  const party = findPackageParty(read)
  const { replica, account } = state
  if (!party || replica === null) {
    throw new RequestRefusal(
      'notPossible',
      '本机还没有与服务器同步过,不能导出同步包。请先连网同步一次(登录后按 F9),以后没有网络时就可以导出;' +
        '一直没有网络的,请向管理员要入网文件,在「系统设置—系统初始化」中导入。',
    )
  }
  const { server, signer, enrolment } = party
  const epoch = state.epoch ?? party.epoch
  const stationCode = account?.stationCode ?? enrolment?.stationCode
  if (stationCode === undefined)
    throw new RequestRefusal('notSignedIn', '还没有登录,不能导出同步包。请先登录站点账号。')
  const numbers = input.numbers === null ? listWaiting(read) : listWithEarlier(read, new Set(input.numbers))
  const { lines, hashes } = await readOps(read, numbers)
  const photos = collectPhotos(read, hashes, epoch)
  const reply = sealing.makeSealingKeys()
  const packageId = makeUuid()
  const madeAt = context.clock.now()
  const manifest: OpsManifest = {
    replica,
    epoch,
    app: version,
    accountName: account?.accountName ?? '',
    ...(enrolment && { enrolment: { code: enrolment.code, label: enrolment.label } }),
    cursor: state.cursor,
    replyKey: reply.publicKey,
    ops: numbers.length,
    photos: photos.map(({ hash, bytes }) => ({ hash, size: bytes.length })),
  }
  const content = await pack(
    joinContent(
      sealing,
      Buffer.concat([Buffer.from(JSON.stringify(manifest)), ...lines]),
      photos.map(({ bytes }) => bytes),
    ),
  )
  const bytes = sealPackage(sealing, {
    header: {
      format: PACKAGE_FORMAT,
      version: PACKAGE_VERSION,
      kind: 'ops',
      packageId,
      replica,
      stationCode,
      recipient: server.sealing,
      madeAt,
    },
    signer,
    content,
  })
  if (bytes.length > MAX_PACKAGE_BYTES) {
    throw new RequestRefusal(
      'notPossible',
      '待上传的内容太多,一个同步包装不下。请在队列中选一部分,分几次导出。',
    )
  }
  // The answer must be readable before the package is on its way.
  await context.store.write((database) => {
    database.runOf(
      'INSERT INTO sent_package (package_id, reply_key, made_at, ops) VALUES (?, ?, ?, ?)',
      packageId,
      reply.privateKey,
      madeAt,
      numbers.length,
    )
    database.runOf(
      `DELETE FROM sent_package WHERE package_id NOT IN
         (SELECT package_id FROM sent_package ORDER BY package_id DESC LIMIT ${KEPT_PACKAGES})`,
    )
    writeAudit(database, actorOf(context), 'package.exported', '', '', {
      ops: numbers.length,
      photos: photos.length,
    })
  })
  await writePackageFile(input.path, bytes)
  return {
    path: input.path,
    count: numbers.length,
    message:
      `已导出${numbers.length}项修改${photos.length > 0 ? `和${photos.length}张照片` : ''}。` +
      '请把文件拿到服务器(或另一台能联网的居服通电脑)上导入,再把得到的回执包拿回本机导入。',
  }
}

/** Every op that waits for a receipt and is not held by the clerk. */
function listWaiting(read: ReadDatabase): readonly number[] {
  const numbers = read.pluck<number>(
    `SELECT n FROM outbox WHERE state = 'pending' AND NOT EXISTS (
       SELECT 1 FROM held_record WHERE held_record.register = outbox.register
         AND held_record.record_id IN (outbox.record_id, outbox.loser_id)
     ) ORDER BY n LIMIT ?`,
    MAX_PACKAGE_OPS + 1,
  )
  return checkCount(numbers)
}

/** The given ops without a receipt, and what waits before them on the same records: an op never arrives before its own past. */
function listWithEarlier(read: ReadDatabase, chosen: ReadonlySet<number>): readonly number[] {
  let numbers = read.pluck<number>(
    "SELECT n FROM outbox WHERE state <> 'acked' AND n IN (SELECT value FROM json_each(?)) ORDER BY n",
    JSON.stringify([...chosen]),
  )
  for (;;) {
    // A merge is about two records, each with a past of its own.
    const more = read.pluck<number>(
      `WITH chosen AS (SELECT value AS n FROM json_each(?)), named AS (
         SELECT register, record_id AS id, max(n) AS n FROM outbox WHERE n IN (SELECT n FROM chosen) GROUP BY 1, 2
         UNION
         SELECT register, loser_id, max(n) FROM outbox
         WHERE loser_id IS NOT NULL AND n IN (SELECT n FROM chosen) GROUP BY 1, 2
       )
       SELECT outbox.n FROM named JOIN outbox
         ON outbox.register = named.register AND outbox.n < named.n
           AND (outbox.record_id = named.id OR outbox.loser_id = named.id)
       WHERE outbox.state = 'pending'
       UNION SELECT n FROM chosen
       ORDER BY 1`,
      JSON.stringify(numbers),
    )
    if (more.length === numbers.length) return checkCount(numbers)
    numbers = more
  }
}

function checkCount(numbers: readonly number[]): readonly number[] {
  if (numbers.length <= MAX_PACKAGE_OPS) return numbers
  throw new RequestRefusal(
    'notPossible',
    `待上传的修改超过${MAX_PACKAGE_OPS}项,一个同步包装不下。请在队列中选一部分,分几次导出。`,
  )
}

type OpLines = { readonly lines: readonly Buffer[]; readonly hashes: ReadonlySet<string> }

async function readOps(read: ReadDatabase, numbers: readonly number[]): Promise<OpLines> {
  const lines: Buffer[] = []
  const hashes = new Set<string>()
  for (let start = 0; start < numbers.length; start += STEP) {
    const rows = read.allOf(
      `SELECT n, op_id, register, record_id, kind, base_seq, body, hash FROM outbox
       WHERE n IN (SELECT value FROM json_each(?)) ORDER BY n`,
      JSON.stringify(numbers.slice(start, start + STEP)),
    )
    let text = ''
    for (const row of rows) {
      const body = JSON.parse(String(row['body'])) as { readonly fields: RecordValues }
      const register = String(row['register'])
      for (const hash of listPhotoHashes(register, body.fields)) hashes.add(hash)
      text += `\n${JSON.stringify({
        n: Number(row['n']),
        opId: row['op_id'],
        register,
        recordId: row['record_id'],
        kind: row['kind'],
        baseSeq: Number(row['base_seq']),
        body,
        hash: row['hash'],
      })}`
    }
    lines.push(Buffer.from(text))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { lines, hashes }
}

/** Photos that are here and that the server is not known to have, up to what a package holds. */
function collectPhotos(
  read: ReadDatabase,
  hashes: ReadonlySet<string>,
  epoch: string,
): readonly { readonly hash: string; readonly bytes: Buffer }[] {
  const photos: { readonly hash: string; readonly bytes: Buffer }[] = []
  let total = 0
  for (const hash of hashes) {
    const isStored = read.firstOf(
      'SELECT 1 AS found FROM photo_use WHERE hash = ? AND stored_epoch = ?',
      hash,
      epoch,
    )
    const bytes = isStored ? undefined : findPhoto(read, hash)
    if (!bytes) continue
    total += bytes.length
    if (total > MAX_PACKAGE_PHOTOS) break
    photos.push({ hash, bytes })
  }
  return photos
}
