import { randomUUID } from 'node:crypto'
import {
  MAX_PACKAGE_OPS,
  opsManifest,
  PACKAGE_FORMAT,
  PACKAGE_VERSION,
  packageOp,
  type AnswerManifest,
  type OpsManifest,
  type PackageHeader,
} from '../../src-shared/contract/package-messages.ts'
import type { OpEnvelope, PushAnswer } from '../../src-shared/contract/server-messages.ts'
import {
  DAMAGED_PACKAGE,
  joinContent,
  openPackage,
  PackageFault,
  readPackage,
  sealPackage,
  splitContent,
} from '../../src-shared/packages/sealed-package.ts'
import { writeAudit } from '../accounts/audit.ts'
import { enrolByCode, findAccess } from '../accounts/replica-access.ts'
import type { Session } from '../accounts/session.ts'
import { storeBlob } from '../blobs/store-blob.ts'
import type { ServerContext } from '../context.ts'
import { Refusal } from '../refusal.ts'
import { getMeta } from '../storage/database.ts'
import { listEpochs } from '../storage/epochs.ts'
import { listChanges } from '../sync/list-changes.ts'
import { receiveOps } from '../sync/receive-ops.ts'
import { getHead } from '../sync/replica.ts'
import { getPackageKeys, isReplicaKey } from './package-keys.ts'
import { pack, sealing, unpack } from './sealing.ts'

/** Ops of one push: other stations get their turn between two. */
const OPS_PER_PUSH = 500
/** A page is stored at once: so few rows that a save beside it never waits long. */
const ROWS_PER_PAGE = 150
/** Characters of JSON of changes in one answer; what is left comes with the next. */
const MAX_ANSWER_LENGTH = 48 * 1_048_576

export type ImportedPackage = {
  readonly answer: Uint8Array
  readonly stationCode: string
  readonly ops: number
  readonly accepted: number
  readonly conflicts: number
  readonly setAside: number
  readonly photos: number
}

type PackageContext = Pick<ServerContext, 'database' | 'now' | 'knownCodes'>

/**
 * Takes a package of ops as if they had come over the line: the same ops, the same receipts, as often and in whatever
 * order it comes. Everything about the file is checked before anything is stored.
 *
 * @throws PackageFault with a sentence: no package, damaged, of another server or store; nothing was stored then
 */
export async function importPackage(context: PackageContext, bytes: Uint8Array): Promise<ImportedPackage> {
  const { database } = context
  const read = readPackage(sealing, bytes)
  const { header } = read
  if (header.kind !== 'ops')
    throw new PackageFault('这是服务器给各站的回执包,不用在服务器上导入。请拿到原来的电脑上导入。')
  const keys = await getPackageKeys(database)
  if (header.recipient !== keys.sealing.publicKey)
    throw new PackageFault('这个同步包是给另一个服务器的,没有导入。请核对文件,或拿到那个服务器上导入。')
  const isKnown = await isReplicaKey(database, header.replica, header.signer)
  const content = await readOps(await unpack(openPackage(sealing, read, keys.sealing.privateKey)))
  const { manifest } = content
  if (manifest.replica !== header.replica) throw new PackageFault(DAMAGED_PACKAGE)
  const epoch = await checkLineage(context, manifest)
  if (!isKnown) await enrolStore(context, header, manifest)
  const session = await findSession(context, header, manifest)

  const answers: PushAnswer[] = []
  for (let start = 0; start < content.ops.length; start += OPS_PER_PUSH) {
    const ops = content.ops.slice(start, start + OPS_PER_PUSH)
    // What is missing before them is not lost: it waits at the station, which sends it with its own receipts.
    const push = { replica: header.replica, epoch, batchId: randomUUID(), afterN: 0, ops }
    answers.push((await receiveOps(context, session, push)).answer)
  }
  const photos = await storePhotos(context, session, content.photos)
  const { pages, isMore } = await listPages(context, session, epoch, manifest.cursor)
  const accepted = answers.reduce((sum, answer) => sum + answer.receipts.length, 0)
  const results = answers.flatMap((answer) => answer.results)
  const setAside = results.filter((result) => result.outcome === 'setAside').length
  const answer = await sealAnswer(
    {
      header,
      manifest: {
        epoch,
        serverTime: context.now(),
        accepted,
        conflicts: results.length - setAside,
        setAside,
        photos: [...photos],
        receipts: answers.length,
        pages: pages.length,
        cursor: manifest.cursor,
        isMore,
      },
      replyKey: manifest.replyKey,
      signer: keys.signing,
    },
    [...answers.map((each) => JSON.stringify(each)), ...pages],
  )
  await writeAudit(
    database,
    session.account,
    'package',
    { ops: content.ops.length, accepted, photos: photos.length },
    context.now(),
  )
  return {
    answer,
    stationCode: header.stationCode,
    ops: content.ops.length,
    accepted,
    conflicts: results.length - setAside,
    setAside,
    photos: photos.length,
  }
}

type OpsContent = {
  readonly manifest: OpsManifest
  readonly ops: readonly OpEnvelope[]
  readonly photos: readonly { readonly hash: string; readonly bytes: Uint8Array }[]
}

async function readOps(content: Uint8Array): Promise<OpsContent> {
  const { lines, photos } = splitContent(content)
  const [first = '', ...rest] = Buffer.from(lines).toString('utf8').split('\n')
  try {
    const manifest = opsManifest.parse(JSON.parse(first))
    if (rest.length !== manifest.ops || rest.length > MAX_PACKAGE_OPS) throw new Error('count')
    const ops: OpEnvelope[] = []
    for (const [index, line] of rest.entries()) {
      ops.push(packageOp.parse(JSON.parse(line)))
      // Others are served meanwhile.
      if (index % OPS_PER_PUSH === OPS_PER_PUSH - 1) await new Promise((resolve) => setImmediate(resolve))
    }
    let at = 0
    const parts = manifest.photos.map(({ hash, size }) => {
      at += size
      return { hash, bytes: photos.subarray(at - size, at) }
    })
    if (at !== photos.length) throw new Error('size')
    return { manifest, ops, photos: parts }
  } catch {
    throw new PackageFault(DAMAGED_PACKAGE)
  }
}

/**
 * The epoch to store the ops under. A base of a database that was restored since then never looks seen: numbers are skipped at
 * a restore.
 * @throws PackageFault where the package belongs to a database that this one does not descend from
 */
async function checkLineage({ database }: PackageContext, manifest: OpsManifest): Promise<string> {
  const epoch = await getMeta(database, 'epoch')
  if (manifest.epoch === epoch) return epoch
  if ((await listEpochs(database)).some((each) => each.epoch === manifest.epoch)) return epoch
  throw new PackageFault(
    '这个同步包属于另一个服务器数据库,没有导入。请让导出它的电脑先与本服务器连网同步一次,再重新导出。',
  )
}

/**
 * A store that never had a line shows the one-time code of its station file inside its package, which it has signed by its
 * key: that is as good as the same over a line.
 * @throws PackageFault where there is no code, or it is not (or no longer) good
 */
async function enrolStore(
  { database, now }: PackageContext,
  { replica, signer }: PackageHeader,
  { enrolment }: OpsManifest,
): Promise<void> {
  if (enrolment === undefined) {
    throw new PackageFault(
      '服务器不认识导出这个同步包的电脑:它还没有与本服务器同步过,没有导入。请先让那台电脑连网同步一次,或在那台电脑上导入入网文件后重新导出。',
    )
  }
  try {
    const asked = { ...enrolment, replica, publicKey: signer }
    const { stationCode } = await enrolByCode(database, asked, now())
    await writeAudit(database, { accountName: '', stationCode }, 'enrol', {}, now())
  } catch (error) {
    if (error instanceof Refusal) throw new PackageFault(`${error.message}同步包没有导入。`)
    throw error
  }
}

/**
 * Who the ops are stored for: the account that was signed in on the station, as it may act today; a station where none ever
 * could be acts by what its station file allows, as a clerk.
 */
async function findSession(
  { database }: PackageContext,
  header: PackageHeader,
  manifest: OpsManifest,
): Promise<Session> {
  if (manifest.accountName === '') return findStationSession({ database }, header)
  const row = await database
    .selectFrom('replica')
    .innerJoin('account', (join) => join.on('account.name', '=', manifest.accountName))
    .innerJoin('station', 'station.code', 'account.station_code')
    .select([
      'account.name as accountName',
      'account.display_name as displayName',
      'account.role as role',
      'account.station_code as stationCode',
      'station.name as stationName',
      'station.scope as scope',
      'replica.scope as replicaScope',
    ])
    .where('replica.id', '=', header.replica)
    .executeTakeFirst()
  if (!row || row.scope !== row.replicaScope) {
    throw new PackageFault(
      `同步包由账号「${manifest.accountName}」导出,服务器在那台电脑的管辖范围内没有这个账号,没有导入。`,
    )
  }
  if (row.role === 'viewer')
    throw new PackageFault(`账号「${row.accountName}」只能查看,它导出的同步包没有导入。`)
  const { scope, replicaScope: _, ...account } = row
  return { account, scope, expiresAt: 0, replica: header.replica, hasKey: true, tokenHash: '' }
}

async function findStationSession(
  { database }: Pick<PackageContext, 'database'>,
  { replica, signer }: PackageHeader,
): Promise<Session> {
  const access = await findAccess(database, replica)
  const station =
    access?.publicKey === signer
      ? await database
          .selectFrom('station')
          .select(['code', 'name', 'scope'])
          .where('code', '=', access.stationCode)
          .executeTakeFirst()
      : undefined
  if (!station)
    throw new PackageFault(
      '导出这个同步包的电脑没有登录过账号,也没有入网,没有导入。请在那台电脑上导入入网文件。',
    )
  return {
    account: {
      accountName: '',
      displayName: '',
      role: 'clerk',
      stationCode: station.code,
      stationName: station.name,
    },
    scope: station.scope,
    expiresAt: 0,
    replica,
    hasKey: true,
    tokenHash: '',
  }
}

/** Stores those photos that ops of the scope name and that are what they say. */
async function storePhotos(
  { database, now }: PackageContext,
  { scope }: Session,
  photos: OpsContent['photos'],
): Promise<readonly string[]> {
  const stored: string[] = []
  for (const { hash, bytes } of photos) {
    const answer = await database.transaction().execute(async (transaction) => {
      const use = await transaction
        .selectFrom('blob_use')
        .select('hash')
        .where('scope', '=', scope)
        .where('hash', '=', hash)
        .executeTakeFirst()
      return use ? storeBlob(transaction, scope, hash, Buffer.from(bytes), now()) : 'not named'
    })
    if (typeof answer !== 'string') stored.push(hash)
  }
  return stored
}

/** The JSON texts of pages of what changed after the station's cursor, as a pull would give them. */
async function listPages(
  { database, now }: PackageContext,
  session: Session,
  epoch: string,
  from: number,
): Promise<{ readonly pages: readonly string[]; readonly isMore: boolean }> {
  const pages: string[] = []
  let length = 0
  let cursor = Math.min(from, await getHead(database))
  // Nobody's id: every row is whole, for what the station has meanwhile is not known here.
  const replica = randomUUID()
  for (;;) {
    const text = await listChanges(database, session, { replica, epoch, cursor, limit: ROWS_PER_PAGE }, now())
    pages.push(text)
    length += text.length
    const page = JSON.parse(text) as { readonly next: number; readonly more: boolean }
    cursor = page.next
    if (!page.more) return { pages, isMore: false }
    if (length > MAX_ANSWER_LENGTH) return { pages, isMore: true }
  }
}

async function sealAnswer(
  parts: {
    readonly header: PackageHeader
    readonly manifest: AnswerManifest
    readonly replyKey: string
    readonly signer: Awaited<ReturnType<typeof getPackageKeys>>['signing']
  },
  lines: readonly string[],
): Promise<Uint8Array> {
  const text = [JSON.stringify(parts.manifest), ...lines].join('\n')
  return sealPackage(sealing, {
    header: {
      format: PACKAGE_FORMAT,
      version: PACKAGE_VERSION,
      kind: 'answer',
      packageId: parts.header.packageId,
      replica: parts.header.replica,
      stationCode: parts.header.stationCode,
      recipient: parts.replyKey,
      madeAt: parts.manifest.serverTime,
    },
    signer: parts.signer,
    content: await pack(joinContent(sealing, Buffer.from(text, 'utf8'), [])),
  })
}
