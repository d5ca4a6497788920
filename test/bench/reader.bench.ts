// Card on → the event that fills a form, through the service as the client runs it, over a played reader. The wire alone needs
// 114 ms for the 1,295 bytes of a card at 115200 baud; the poll (200 ms) adds 100 on average, wherever the card comes in between.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPhotoDecoder } from '../../src-main/backend/readers/photo-decoder.ts'
import { createReaderService } from '../../src-main/backend/readers/reader-service.ts'
import { createNativeModules } from '../../src-main/backend/readers/transports/native-modules.ts'
import { parseCardText } from '../../src-main/backend/readers/card-text.ts'
import { createFrameParser } from '../../src-main/backend/readers/frame-parser.ts'
import { buildFrame } from '../../src-main/backend/readers/frame.ts'
import { DEFAULT_READER_SETTINGS } from '../../src-shared/readers/reader-types.ts'
import { makeCard } from '../../tools/reader-simulator/simulated-card.ts'
import { getPerson } from '../../tools/reader-simulator/simulated-people.ts'
import {
  createSimulatedReader,
  type Habit,
  type ReaderManners,
} from '../../tools/reader-simulator/simulated-reader.ts'
import { openPty, serveTcp } from '../../tools/reader-simulator/simulator-lines.ts'
import { percentile, randomFrom } from './bench-store.ts'
import { printTable } from './print-table.ts'

const CARDS = 50

const random = randomFrom(5)

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}

async function measure(
  name: string,
  manners: Partial<ReaderManners>,
  isSerial: boolean,
): Promise<readonly string[]> {
  const reader = createSimulatedReader(manners)
  const tcp = await serveTcp(reader)
  const pty = isSerial ? await openPty(tcp.path, join(tmpdir(), `ttyBENCH${process.pid}`)) : undefined
  const times: number[] = []
  let heard = 0
  let isWrong = false
  let hear: () => void = () => undefined
  const service = createReaderService({
    settings: () => ({ ...DEFAULT_READER_SETTINGS, kind: 'serial', port: pty?.path ?? tcp.path }),
    modules: createNativeModules(),
    emit: (event) => {
      if (event !== 'reader.card') return
      heard += 1
      hear()
    },
    putPhoto: () => Promise.resolve(''),
    createDecoder: createPhotoDecoder,
    makeId: () => String(heard),
    now: Date.now,
    today: () => '2026-11-28',
    log: () => undefined,
  })
  service.start()
  while (service.status().state !== 'ready') await pause(10)
  for (let card = 0; card < CARDS; card += 1) {
    // Anywhere between two polls.
    await pause(random() * 200)
    const isHeard = new Promise<void>((resolve) => {
      hear = resolve
    })
    const before = heard
    const putOnAt = performance.now()
    reader.putOn(makeCard(getPerson(card)))
    await isHeard
    times.push(performance.now() - putOnAt)
    isWrong ||= heard !== before + 1
    reader.takeAway()
    await pause(450)
  }
  await service.stop()
  await pty?.close()
  await tcp.close()
  const shares = [0.5, 0.95, 1].map((share) => percentile(times, share).toFixed(0))
  return [name, ...shares, isWrong || heard !== CARDS ? `${heard} events!` : `${heard} of ${CARDS}`]
}

const wire = { bytesPerSecond: 11_520 }
const rows: (readonly string[])[] = []
for (const habit of ['quiet', 'repeating'] as const satisfies readonly Habit[]) {
  rows.push(await measure(`serial port, wire of 115200 baud, ${habit} reader`, { ...wire, habit }, true))
}
rows.push(await measure('serial port, no wire (USB speed)', {}, true))
rows.push(await measure('TCP line, wire of 115200 baud', wire, false))
rows.push(
  await measure('serial port, wire, noise before one answer in five', { ...wire, noiseShare: 0.2 }, true),
)
printTable(`Card on → reader.card (ms, ${CARDS} cards each, put on at random between polls)`, [
  ['', 'p50', 'p95', 'max', 'events'],
  ...rows,
])
console.log(
  'The wire alone: 1,295 + 66 bytes of find, select, read and address at 11,520 bytes a second = 118 ms.',
)

const frame = buildFrame(
  Uint8Array.of(0, 0, 0x90, 1, 0, 4, 0, ...makeCard(getPerson(0)).text, ...new Uint8Array(1_024)),
)
const startedAt = performance.now()
const parser = createFrameParser()
const rounds = 20_000
for (let round = 0; round < rounds; round += 1) {
  const body = parser.push(frame)[0]
  if (!body || !parseCardText(body.subarray(7, 263)).ok) throw new Error('not read')
}
const each = ((performance.now() - startedAt) * 1_000) / rounds
console.log(`Codec and text block of one card: ${each.toFixed(1)} µs.`)
