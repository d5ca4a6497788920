import { createPhotoDecoder } from '../../src-main/backend/readers/photo-decoder.ts'
import { createReaderService, type ReaderService } from '../../src-main/backend/readers/reader-service.ts'
import {
  createNativeModules,
  type NativeModules,
} from '../../src-main/backend/readers/transports/native-modules.ts'
import type { CardReading } from '../../src-shared/readers/card-reading.ts'
import {
  DEFAULT_READER_SETTINGS,
  type ReaderSettings,
  type ReaderStatus,
} from '../../src-shared/readers/reader-types.ts'

/** The reader service by itself, with everything it tells. */
export type ReaderWorld = {
  readonly service: ReaderService
  readonly cards: CardReading[]
  readonly statuses: ReaderStatus[]
  readonly photos: {
    readonly readingId: string
    readonly hash: string | null
    readonly message: string | null
  }[]
  /** Lines of the program's log. */
  readonly log: string[]
  readonly storedPhotos: Uint8Array[]
  readonly change: (settings: Partial<ReaderSettings>) => Promise<void>
  /** Waits until `is` holds. @throws Error with the newest status when it does not within ten seconds */
  readonly until: (is: () => boolean, what?: string) => Promise<void>
}

/** Starts the service with some settings; polls as often as the client does unless told otherwise. */
export function startReaderWorld(
  given: Partial<ReaderSettings>,
  options: {
    readonly modules?: NativeModules
    readonly readSign?: () => string | null
    readonly pollMs?: number
    readonly scanMs?: number
  } = {},
): ReaderWorld {
  let settings: ReaderSettings = { ...DEFAULT_READER_SETTINGS, ...given }
  const cards: CardReading[] = []
  const statuses: ReaderStatus[] = []
  const photos: ReaderWorld['photos'] = []
  const log: string[] = []
  const storedPhotos: Uint8Array[] = []
  let nextId = 0
  const service = createReaderService({
    settings: () => settings,
    modules: options.modules ?? createNativeModules(),
    emit: (event, payload) => {
      if (event === 'reader.card') cards.push(payload as CardReading)
      else if (event === 'reader.status') statuses.push(payload as ReaderStatus)
      else photos.push(payload as ReaderWorld['photos'][number])
    },
    putPhoto: (jpeg) => {
      storedPhotos.push(jpeg)
      return Promise.resolve('a'.repeat(64))
    },
    createDecoder: createPhotoDecoder,
    makeId: () => `reading-${(nextId += 1)}`,
    now: Date.now,
    today: () => '2026-11-28',
    log: (line) => log.push(line),
    ...(options.readSign ? { readSign: options.readSign } : {}),
    pollMs: options.pollMs ?? 20,
    scanMs: options.scanMs ?? 100,
    reopenMs: 50,
  })
  service.start()

  return {
    service,
    cards,
    statuses,
    photos,
    log,
    storedPhotos,
    change: async (change) => {
      settings = { ...settings, ...change }
      await service.settingsChanged()
    },
    until: async (is, what = 'what was waited for') => {
      const limit = performance.now() + 10_000
      while (!is()) {
        if (performance.now() > limit) {
          throw new Error(`${what} did not come: ${JSON.stringify(service.status())}`)
        }
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
  }
}
