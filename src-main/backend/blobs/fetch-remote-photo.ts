import { RequestRefusal } from '../services/request-failure.ts'
import { ServerFailure } from '../sync/server-client.ts'
import { fetchPhoto, type PhotoLine } from './transfer-photo.ts'

/** A person waits in front of the picture. */
const TIMEOUT = 5_000

/** Brings a photo that somebody wants to see now from the server into the store; the same one is fetched once at a time. */
export function createPhotoFetcher(
  onLine: <Result>(act: (line: PhotoLine) => Promise<Result>) => Promise<Result>,
): (hash: string) => Promise<void> {
  const running = new Map<string, Promise<void>>()

  async function fetchNow(hash: string): Promise<void> {
    try {
      await onLine((line) => fetchPhoto({ ...line, timeoutMs: TIMEOUT }, hash))
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error
      // The server's own sentence says that no station has sent it yet.
      if (error.code === 'notFound') throw new RequestRefusal('notFound', error.message)
      throw new RequestRefusal(
        error.kind === 'refusal' ? 'serverRefused' : 'serverUnreachable',
        `这张照片还没有下载到本机:与服务器连通后会自动下载。(${error.message})`,
      )
    }
  }

  return (hash) => {
    const known = running.get(hash)
    if (known) return known
    const mine = fetchNow(hash).finally(() => running.delete(hash))
    running.set(hash, mine)
    return mine
  }
}
