import { blobsAnswer, MAX_BLOB_QUESTION } from '../../../src-shared/contract/blob-messages.ts'
import { ServerFailure } from '../sync/server-client.ts'
import {
  countOpenPhotos,
  findPhoto,
  listOpenPhotos,
  listPhotosHere,
  notePhotoAttempt,
  noteStoredAtServer,
  prunePhotos,
} from './photo-uses.ts'
import { fetchPhoto, sendPhoto, type PhotoLine } from './transfer-photo.ts'

/** Photos one round looks at; the next ones follow with the next round. */
const PHOTOS_PER_ROUND = 2_000
/** Milliseconds a round spends on photos, each way: records that are saved meanwhile do not wait longer for their turn. */
const TIME_PER_ROUND = 20_000

export type BlobRound = PhotoLine & {
  /** Accounts that may only look send nothing. */
  readonly mayUpload: boolean
  /** Something was sent or compared in this round: the server may have lost photos that are known to have been there. */
  readonly asksAnyway: boolean
  readonly onProgress: (done: number, total: number) => void
  /** One line for the log, without personal data. */
  readonly log: (line: string) => void
  readonly timeMs?: number
}

export type BlobReport = {
  readonly sent: number
  readonly fetched: number
  /** Photos that are still to be sent or fetched. */
  readonly left: number
  /** The time was up: there is more that could go at once. */
  readonly isMore: boolean
}

/**
 * After the records of a round: sends the photos the server lacks and fetches those of records here. Where nothing is
 * open and nothing else happened nothing is asked. What was done before a failure stays done.
 * @throws ServerFailure why the line stopped
 */
export async function syncBlobs(round: BlobRound): Promise<BlobReport> {
  const { store, epoch } = round
  const open = listOpenPhotos(store.read, epoch, PHOTOS_PER_ROUND)
  const totals = { sent: 0, fetched: 0, isMore: false }
  const questions = Math.max(Math.ceil(open.length / MAX_BLOB_QUESTION), round.asksAnyway ? 1 : 0)
  for (let start = 0; start < questions * MAX_BLOB_QUESTION; start += MAX_BLOB_QUESTION) {
    const here = new Set<string>()
    const asked = open.slice(start, start + MAX_BLOB_QUESTION)
    for (const photo of asked) if (photo.isHere) here.add(photo.hash)
    const answer = await round.client.ask(
      '/sync/1/blobs',
      { replica: round.replica, epoch, hashes: asked.map((photo) => photo.hash) },
      blobsAnswer,
      { token: round.token(), signal: round.signal },
    )
    const stored = new Set(answer.stored)
    const toFetch = asked.filter((photo) => !photo.isHere && stored.has(photo.hash)).map(({ hash }) => hash)
    const toSend = round.mayUpload
      ? [
          ...answer.missing.filter((hash) => here.has(hash)),
          // Another station's photo that the server has lost, or that its station could not send: whoever has it heals it.
          ...listPhotosHere(store.read, answer.wanted),
        ]
      : []
    const settled = new Set([...toFetch, ...toSend, ...answer.stored])
    await store.write((database) => {
      noteStoredAtServer(
        database,
        answer.stored.filter((hash) => here.has(hash)),
        epoch,
      )
      notePhotoAttempt(
        database,
        asked.map(({ hash }) => hash).filter((hash) => !settled.has(hash)),
        null,
      )
    })
    const total = open.length + toSend.length
    const sent = await inTime(round, toSend, totals.sent + totals.fetched, total, async (hash) => {
      const content = findPhoto(store.read, hash)
      if (content) await sendPhoto(round, hash, content)
    })
    const fetched = await inTime(round, toFetch, totals.sent + totals.fetched + sent.done, total, (hash) =>
      fetchPhoto(round, hash),
    )
    totals.sent += sent.done
    totals.fetched += fetched.done
    totals.isMore ||= sent.isMore || fetched.isMore
    if (totals.isMore) break
  }
  await store.write((database) => prunePhotos(database, round.now()))
  return { ...totals, left: open.length === 0 ? 0 : countOpenPhotos(store.read, epoch) }
}

/** Does one after the other until the time is up. A photo the server refuses is noted, and the others go on. */
async function inTime(
  round: BlobRound,
  hashes: readonly string[],
  before: number,
  total: number,
  act: (hash: string) => Promise<void>,
): Promise<{ readonly done: number; readonly isMore: boolean }> {
  const end = performance.now() + (round.timeMs ?? TIME_PER_ROUND)
  let done = 0
  for (const hash of hashes) {
    if (performance.now() > end) return { done, isMore: true }
    round.onProgress(before + done, total)
    try {
      await act(hash)
      done += 1
    } catch (error) {
      if (!isAboutThisPhoto(error)) throw error
      round.log(`sync: photo ${hash.slice(0, 8)} not exchanged: ${error.kind} ${error.code ?? ''}`)
      await round.store.write((database) => notePhotoAttempt(database, [hash], error.message))
    }
  }
  if (hashes.length > 0) round.onProgress(before + done, total)
  return { done, isMore: false }
}

/** Whether the next photo may fare better; a line that is cut, or a session that has ended, ends them all. */
function isAboutThisPhoto(error: unknown): error is ServerFailure {
  if (!(error instanceof ServerFailure)) return false
  if (error.kind === 'nonsense') return true
  return (
    error.kind === 'refusal' &&
    (['badRequest', 'damaged', 'notFound', 'gap', 'tooLarge'] as const).some((code) => code === error.code)
  )
}
