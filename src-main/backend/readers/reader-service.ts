import type { Events } from '../../../src-shared/contract/events.ts'
import type { CardPhoto, CardReading } from '../../../src-shared/readers/card-reading.ts'
import { describeCardMasked } from '../../../src-shared/readers/card-values.ts'
import type {
  ReadNowResult,
  ReaderList,
  ReaderLineStatus,
  ReaderLogLine,
  ReaderSettings,
  ReaderState,
  ReaderStatus,
  ReaderTest,
} from '../../../src-shared/readers/reader-types.ts'
import { parseAddress, parseCardText } from './card-text.ts'
import {
  findTargets,
  listReaders,
  listTypedPorts,
  readDeviceSign,
  targetOfPort,
  type FoundTargets,
} from './find-targets.ts'
import {
  connectReader,
  startReaderLine,
  type LineEnd,
  type ReaderLine,
  type ReaderTarget,
} from './reader-line.ts'
import type { PhotoDecoder } from './photo-decoder.ts'
import { parseCardContent, type CardContent } from './response.ts'
import { toTransportFailure } from './transports/byte-transport.ts'
import type { NativeModules } from './transports/native-modules.ts'

export type ReaderServiceOptions = {
  readonly settings: () => ReaderSettings
  readonly modules: NativeModules
  readonly emit: <Name extends 'reader.status' | 'reader.card' | 'reader.photo'>(
    event: Name,
    payload: Events[Name],
  ) => void
  /** Stores a picture (JPEG) and answers the name under which records have it. */
  readonly putPhoto: (jpeg: Uint8Array) => Promise<string>
  readonly createDecoder: (settings: ReaderSettings) => PhotoDecoder
  readonly makeId: () => string
  /** UTC milliseconds. */
  readonly now: () => number
  /** The day at the place of work, `YYYY-MM-DD`. */
  readonly today: () => string
  /** For the program's log: never anything about a person. */
  readonly log: (line: string) => void
  /** What changes when a device is put in or taken out; null where the devices have to be listed each time. */
  readonly readSign?: () => string | null
  /** Time (ms) between two finds, two looks for devices, and before a typed port is opened again. */
  readonly pollMs?: number
  readonly scanMs?: number
  readonly reopenMs?: number
}

export type ReaderService = {
  /** Begins to look for readers; a second call does nothing. */
  readonly start: () => void
  /** Other settings hold from now on. */
  readonly settingsChanged: () => Promise<void>
  readonly status: () => ReaderStatus
  readonly list: () => Promise<ReaderList>
  /** 测试读卡, with settings that need not be stored. */
  readonly test: (settings: ReaderSettings) => Promise<ReaderTest>
  /** F2. */
  readonly readNow: () => Promise<ReadNowResult>
  readonly rawLog: () => readonly ReaderLogLine[]
  readonly stop: () => Promise<void>
}

const MOST_LOG_LINES = 500
/** A reader's adapter where nobody answered is asked again after this time (ms): its reader may have been switched on. */
const SILENT_PAUSE_MS = 30_000
/** How long (ms) the notice of a reader that is gone stays while others go on. */
const LOST_NOTICE_MS = 60_000

type LastNotice = {
  readonly status: ReaderLineStatus
  /** Monotonic milliseconds. */
  readonly until: number
}

type Running = { readonly target: ReaderTarget; readonly line: ReaderLine }

/** All readers of this machine: finds them, keeps a line to each, and tells what cards are put on them. */
export function createReaderService(options: ReaderServiceOptions): ReaderService {
  const { modules, emit } = options
  const scanMs = options.scanMs ?? 3_000
  const lines = new Map<string, Running>()
  /** What was last said of a reader that is found by itself and is not there now, by its key. */
  const lastNotices = new Map<string, LastNotice>()
  /** Where nobody answered, and until when (monotonic ms) it is not asked again; also asked when it was taken out meanwhile. */
  const silentUntil = new Map<string, number>()
  const readyKeys = new Set<string>()
  const rawLog: ReaderLogLine[] = []
  let settings = options.settings()
  /** Grows when the settings change: what was begun before is given up. */
  let round = 0
  let problems: readonly string[] = []
  let timer: NodeJS.Timeout | undefined
  let isStarted = false
  let isStopped = false
  let deviceSign: string | null | undefined
  let isRetryDue = false
  let lastTold = ''
  let scanning: Promise<void> = Promise.resolve()

  function note(readerLabel: string, direction: ReaderLogLine['direction'], text: string): void {
    rawLog.push({ at: options.now(), readerLabel, direction, text })
    if (rawLog.length > MOST_LOG_LINES) rawLog.splice(0, rawLog.length - MOST_LOG_LINES)
  }

  function status(): ReaderStatus {
    if (settings.kind === 'none') return { state: 'off', notice: null, readers: [] }
    const now = performance.now()
    for (const [key, { until }] of lastNotices) if (until <= now) lastNotices.delete(key)
    const readers = [...lines.values()].map(({ target, line }) => {
      const present = line.status()
      // A busy port is tried again and again: its notice does not come and go with every try.
      return (present.state === 'connecting' ? lastNotices.get(target.key)?.status : undefined) ?? present
    })
    for (const [key, { status: last }] of lastNotices) if (!lines.has(key)) readers.push(last)
    const states = new Set(readers.map((each) => each.state))
    const order: readonly ReaderState[] = ['reading', 'ready', 'fault', 'connecting']
    const notices = [
      ...readers.map((each) => each.notice),
      // A kind that cannot be used on this machine is worth a word only where it is the one that was chosen.
      settings.kind === 'auto' ? null : (problems[0] ?? null),
    ]
    return {
      state: order.find((each) => states.has(each)) ?? 'absent',
      notice: notices.find((each) => each !== null) ?? null,
      readers,
    }
  }

  function tellStatus(): void {
    const present = status()
    const text = JSON.stringify(present)
    if (isStopped || text === lastTold) return
    lastTold = text
    emit('reader.status', present)
  }

  function startLine(target: ReaderTarget, reopens: boolean): void {
    if (lines.has(target.key)) return
    const line = startReaderLine({
      target,
      reopens,
      isAutomatic: () => settings.autoRead,
      onCard: (content, addresses) => tellCard(target, content, addresses),
      onStatus: () => {
        if (lines.get(target.key)?.line.status().state === 'ready') noteReady(target)
        tellStatus()
      },
      onEnd: (end) => {
        lines.delete(target.key)
        readyKeys.delete(target.key)
        noteEnd(target, end)
        tellStatus()
      },
      log: (direction, text) => note(target.label, direction, text),
      pollMs: options.pollMs ?? 200,
      reopenMs: options.reopenMs ?? 500,
      now: () => performance.now(),
    })
    lines.set(target.key, { target, line })
  }

  /** A reader that was put in elsewhere is not missed any more. */
  function noteReady(target: ReaderTarget): void {
    if (readyKeys.has(target.key)) return
    readyKeys.add(target.key)
    lastNotices.delete(target.key)
    for (const [key, { status: last }] of lastNotices) {
      if (last.connection === target.connection && last.state === 'absent') lastNotices.delete(key)
    }
  }

  function keepNotice(target: ReaderTarget, state: 'absent' | 'fault', notice: string): void {
    const { label, connection } = target
    lastNotices.set(target.key, {
      status: { label, connection, state, notice, samId: null },
      until: performance.now() + LOST_NOTICE_MS,
    })
    isRetryDue = true
  }

  function noteEnd(target: ReaderTarget, end: LineEnd): void {
    switch (end.kind) {
      case 'stopped':
        return
      case 'lost':
        options.log(`reader lost: ${target.connection}`)
        keepNotice(target, 'absent', `读卡器 ${target.label} 已断开,插好后自动恢复,录入可以继续。`)
        return
      case 'silent':
        silentUntil.set(target.key, target.isKnown ? performance.now() + SILENT_PAUSE_MS : Infinity)
        return
      case 'failed': {
        // Busy or without rights: tried again at every look. What is no reader's adapter is left alone.
        const { failure } = end
        if (target.isKnown)
          keepNotice(target, failure.kind === 'missing' ? 'absent' : 'fault', failure.message)
        else silentUntil.set(target.key, Infinity)
      }
    }
  }

  function tellCard(
    target: ReaderTarget,
    content: CardContent,
    addresses: readonly Uint8Array[],
  ): string | null {
    const parsed = parseCardText(content.text, options.today())
    if (!parsed.ok) return parsed.message
    const newest = addresses.at(-1)
    const id = options.makeId()
    const decoder = options.createDecoder(settings)
    const photo: CardPhoto =
      content.photo.length === 0
        ? { state: 'missing', message: '证件中没有相片。' }
        : decoder.kind === 'none'
          ? { state: 'missing', message: decoder.message }
          : { state: 'decoding' }
    const reading: CardReading = {
      ...parsed.fields,
      newestAddress: newest ? parseAddress(newest) : '',
      id,
      readAt: options.now(),
      readerLabel: target.label,
      warnings: parsed.warnings,
      photo,
    }
    emit('reader.card', reading)
    if (photo.state === 'decoding' && decoder.kind === 'external') {
      void decodePhoto(id, decoder, content.photo)
    }
    return null
  }

  /** After the fields: a slow or broken decoder keeps nobody waiting. */
  async function decodePhoto(
    readingId: string,
    decoder: Extract<PhotoDecoder, { kind: 'external' }>,
    photo: Uint8Array,
  ): Promise<void> {
    const decoded = await decoder.decode(photo)
    if (isStopped) return
    if (!decoded.ok) {
      options.log(`photo decoder: ${decoded.reason}`)
      emit('reader.photo', { readingId, hash: null, message: decoded.message })
      return
    }
    try {
      const hash = await options.putPhoto(decoded.jpeg)
      emit('reader.photo', { readingId, hash, message: null })
    } catch {
      emit('reader.photo', { readingId, hash: null, message: '相片没有存下来,请手工选择照片。' })
    }
  }

  /** Typed ports have a line each; the rest is looked for. */
  async function look(): Promise<void> {
    const mine = round
    if (settings.kind === 'none') return
    const typed = settings.kind === 'serial' ? listTypedPorts(settings.port) : []
    if (typed.length > 0) {
      for (const path of typed) startLine(targetOfPort(path, modules), true)
      return
    }
    const sign = (options.readSign ?? readDeviceSign)()
    const now = performance.now()
    for (const [key, until] of silentUntil) {
      if (until > now) continue
      silentUntil.delete(key)
      isRetryDue = true
    }
    if (sign !== null && sign === deviceSign && !isRetryDue) return
    deviceSign = sign
    isRetryDue = false
    const found = await findTargets(settings, modules)
    if (isStopped || mine !== round) return
    if (found.problems.join() !== problems.join()) for (const problem of found.problems) options.log(problem)
    problems = found.problems
    const keys = new Set(found.targets.map((target) => target.key))
    for (const key of silentUntil.keys()) if (!keys.has(key)) silentUntil.delete(key)
    for (const target of found.targets) if (!silentUntil.has(target.key)) startLine(target, false)
    tellStatus()
  }

  function lookNow(): Promise<void> {
    clearTimeout(timer)
    scanning = scanning.then(look).catch((error: unknown) => options.log(`readers: ${String(error)}`))
    return scanning.then(() => {
      if (!isStopped) timer = setTimeout(() => void lookNow(), scanMs).unref()
    })
  }

  function start(): void {
    if (isStarted || isStopped) return
    isStarted = true
    void lookNow()
  }

  async function endLines(): Promise<void> {
    clearTimeout(timer)
    await scanning
    await Promise.all([...lines.values()].map(({ line }) => line.stop()))
    lines.clear()
    lastNotices.clear()
    readyKeys.clear()
    silentUntil.clear()
    problems = []
    deviceSign = undefined
  }

  async function targetsFor(asked: ReaderSettings): Promise<FoundTargets> {
    const typed = asked.kind === 'serial' ? listTypedPorts(asked.port) : []
    if (typed.length > 0) return { targets: typed.map((path) => targetOfPort(path, modules)), problems: [] }
    return findTargets(asked, modules)
  }

  /** One target, over its open line where there is one. */
  async function tryTarget(target: ReaderTarget): Promise<Omit<ReaderTest, 'elapsedMs'>> {
    const running = lines.get(target.key)
    if (running && ['ready', 'reading'].includes(running.line.status().state)) {
      const samId = await running.line.askSamId()
      const content = running.line.presentCard()
      if (samId !== undefined) return goodTest(target, samId, content)
      return badTest(target, running.line.status().notice ?? '读卡器没有应答,请检查连线。')
    }
    const log = (direction: ReaderLogLine['direction'], text: string): void =>
      note(target.label, direction, text)
    try {
      // Not two at one port.
      if (running) await running.line.stop()
      const connected = await connectReader(target, log)
      if (!connected) return badTest(target, `${target.label} 上没有读卡器应答,请检查连线、端口和型号。`)
      const { exchange, samId, fault } = connected
      try {
        if (fault !== null) return badTest(target, fault)
        let content: CardContent | undefined
        const find = await exchange.ask('find')
        if (find.kind === 'answer' && find.response.status === 0x9f) {
          await exchange.ask('select')
          const read = await exchange.ask('readCard')
          if (read.kind === 'answer' && read.response.status === 0x90)
            content = parseCardContent(read.response.data)
        }
        return goodTest(target, samId, content ?? null)
      } finally {
        await exchange.close()
      }
    } catch (error) {
      return badTest(target, toTransportFailure(error, target.label, process.platform).message)
    } finally {
      if (running && isStarted) {
        isRetryDue = true
        void lookNow()
      }
    }
  }

  function goodTest(
    target: ReaderTarget,
    samId: string | null,
    content: CardContent | null,
  ): Omit<ReaderTest, 'elapsedMs'> {
    const parsed = content === null ? undefined : parseCardText(content.text)
    const card = parsed?.ok === true ? describeCardMasked(parsed.fields) : null
    const sam = samId === null ? '没有读到安全模块编号' : `安全模块编号 ${samId}`
    const message = `读卡器 ${target.label} 正常,${sam}。${card === null ? '放上证件后可再测一次。' : ''}`
    return { isGood: true, message, label: target.label, samId, card }
  }

  function badTest(target: ReaderTarget, message: string): Omit<ReaderTest, 'elapsedMs'> {
    return { isGood: false, message, label: target.label, samId: null, card: null }
  }

  return {
    start,
    settingsChanged: async () => {
      const before = settings
      settings = options.settings()
      if (!isStarted || isStopped) return
      const isSamePlace =
        before.kind === settings.kind && before.port === settings.port && before.profile === settings.profile
      if (isSamePlace) return
      round += 1
      await endLines()
      tellStatus()
      await lookNow()
    },
    status,
    list: () => listReaders(modules),
    test: async (asked) => {
      const startedAt = performance.now()
      const elapsedMs = (): number => Math.round(performance.now() - startedAt)
      const bad = (message: string): ReaderTest => ({
        isGood: false,
        message,
        label: '',
        samId: null,
        card: null,
        elapsedMs: elapsedMs(),
      })
      if (asked.kind === 'none') return bad('读卡器已停用,请先选择读卡器种类。')
      const { targets, problems: found } = await targetsFor(asked)
      let first: Omit<ReaderTest, 'elapsedMs'> | undefined
      for (const target of targets) {
        const tried = await tryTarget(target)
        if (tried.isGood) return { ...tried, elapsedMs: elapsedMs() }
        first ??= tried
      }
      if (first) return { ...first, elapsedMs: elapsedMs() }
      return bad(found[0] ?? '没有找到读卡器,请检查连线;串口读卡器也可直接填写端口。')
    },
    readNow: async () => {
      start()
      await scanning
      if (settings.kind === 'none') {
        return { isRead: false, message: '读卡器已停用,可在首选项“读卡器”中启用。' }
      }
      if (lines.size === 0) {
        // Somebody stands before a reader: look everywhere once more.
        silentUntil.clear()
        deviceSign = undefined
        await lookNow()
      }
      const asked = [...lines.values()].map(({ line }) => line.readNow())
      if (asked.length === 0) {
        return { isRead: false, message: status().notice ?? '没有找到读卡器,请检查连线。录入可以继续。' }
      }
      return await new Promise<ReadNowResult>((resolve) => {
        for (const each of asked) {
          void each.then((outcome) => {
            if (outcome.kind === 'card') resolve({ isRead: true, message: '' })
          })
        }
        void Promise.all(asked).then((outcomes) => {
          const problem = outcomes.find((outcome) => outcome.kind === 'problem')
          resolve({
            isRead: false,
            message: problem?.sentence ?? '没有找到证件,请把证件放在读卡器上,再按 F2。',
          })
        })
      })
    },
    rawLog: () => rawLog,
    stop: async () => {
      isStopped = true
      await endLines()
    },
  }
}
