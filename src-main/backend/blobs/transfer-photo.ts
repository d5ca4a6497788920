import {
  blobPatchAnswer,
  MAX_BLOB_BYTES,
  OFFSET_HEADER,
  REPLICA_HEADER,
  SIZE_HEADER,
} from '../../../src-shared/contract/blob-messages.ts'
import type { Store } from '../database/open-store.ts'
import { ServerFailure, type ServerClient } from '../sync/server-client.ts'
import { dropPhotoPart, findPhotoPart, keepPhotoPart, noteStoredAtServer, storePhoto } from './photo-uses.ts'

/** Bytes of one request: on a line that is cut often, so much is sent again at most. */
const CHUNK_BYTES = 65_536
/** How often the server may say that it holds another part than we thought before the photo is left for the next round. */
const MAX_TURNS = 4

/** The line photos go over, and who we are on it. */
export type PhotoLine = {
  readonly store: Pick<Store, 'read' | 'write'>
  readonly client: Pick<ServerClient, 'ask' | 'exchange'>
  readonly token: () => string | null
  readonly signal: AbortSignal
  readonly replica: string
  readonly epoch: string
  /** The server's time, UTC milliseconds. */
  readonly now: () => number
  readonly timeoutMs?: number
  /** Bytes of one request; smaller in tests. */
  readonly chunkBytes?: number
}

/**
 * Sends a photo, from where the server has it. It counts as stored only when the server says so.
 * @throws ServerFailure
 */
export async function sendPhoto(line: PhotoLine, hash: string, content: Buffer): Promise<void> {
  const chunkBytes = line.chunkBytes ?? CHUNK_BYTES
  let offset = content.length <= chunkBytes ? 0 : await askOffset(line, hash)
  let turns = 0
  for (;;) {
    // All of it is there and yet it is not stored: it begins anew.
    if (offset >= content.length) offset = 0
    let answer: { readonly offset: number; readonly isStored: boolean }
    try {
      const reply = await line.client.exchange(
        {
          method: 'PATCH',
          path: pathOf(hash),
          bytes: content.subarray(offset, offset + chunkBytes),
          headers: {
            [REPLICA_HEADER]: line.replica,
            [OFFSET_HEADER]: String(offset),
            [SIZE_HEADER]: String(content.length),
          },
        },
        askOptions(line),
      )
      answer = blobPatchAnswer.parse(JSON.parse(reply.bytes.toString('utf8')))
    } catch (error) {
      if (!(error instanceof ServerFailure) || error.code !== 'gap' || turns >= MAX_TURNS) throw error
      turns += 1
      offset = error.answer?.expectN ?? 0
      continue
    }
    if (answer.isStored) {
      await line.store.write((database) => noteStoredAtServer(database, [hash], line.epoch))
      return
    }
    offset = answer.offset
  }
}

async function askOffset(line: PhotoLine, hash: string): Promise<number> {
  const reply = await line.client.exchange(
    { method: 'HEAD', path: pathOf(hash), headers: { [REPLICA_HEADER]: line.replica } },
    askOptions(line),
  )
  const offset = Number(reply.header(OFFSET_HEADER) ?? 0)
  return reply.status === 200 && Number.isInteger(offset) && offset >= 0 ? offset : 0
}

/**
 * Fetches a photo, from where it stopped last time, and stores it when the content is what its name says.
 * @throws ServerFailure also where the content is not
 */
export async function fetchPhoto(line: PhotoLine, hash: string): Promise<void> {
  const chunkBytes = line.chunkBytes ?? CHUNK_BYTES
  let held = findPhotoPart(line.store.read, hash)
  for (;;) {
    const from = held.length
    const reply = await line.client.exchange(
      {
        method: 'GET',
        path: pathOf(hash),
        headers: { range: `bytes=${from}-${from + chunkBytes - 1}` },
      },
      askOptions(line),
    )
    const size = Number(reply.header(SIZE_HEADER))
    const isUsable =
      reply.status === 206 &&
      reply.bytes.length > 0 &&
      size <= MAX_BLOB_BYTES &&
      from + reply.bytes.length <= size
    const content = Buffer.concat([held, reply.bytes])
    if (!isUsable) {
      await line.store.write((database) => dropPhotoPart(database, hash))
      throw damaged()
    }
    if (content.length === size) {
      const isStored = await line.store.write((database) => {
        const stored = storePhoto(database, hash, content, line.now())
        if (stored) noteStoredAtServer(database, [hash], line.epoch)
        return stored
      })
      if (!isStored) throw damaged()
      return
    }
    await line.store.write((database) => keepPhotoPart(database, hash, content))
    held = content
  }
}

function damaged(): ServerFailure {
  return new ServerFailure('nonsense', '收到的照片内容不对,没有采用,将重新下载。')
}

function pathOf(hash: string): string {
  return `/sync/1/blob/${hash}`
}

function askOptions(line: PhotoLine): { token: string | null; signal: AbortSignal; timeoutMs?: number } {
  return {
    token: line.token(),
    signal: line.signal,
    ...(line.timeoutMs === undefined ? {} : { timeoutMs: line.timeoutMs }),
  }
}
