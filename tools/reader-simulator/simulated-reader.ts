import { findCommand, type CommandName } from '../../src-main/backend/readers/commands.ts'
import { createFrameParser } from '../../src-main/backend/readers/frame-parser.ts'
import { buildFrame } from '../../src-main/backend/readers/frame.ts'
import { randomOf } from '../../src-shared/demo/random.ts'
import type { SimulatedCard } from './simulated-card.ts'

/** What find says of a card that was read and lies there still: nothing (80), or that it is there (9F). */
export type Habit = 'quiet' | 'repeating'

/** What a reader and its wire do wrong, and how fast they are. All of it may change at any time. */
export type ReaderManners = {
  readonly habit: Habit
  /** False: 30 03 is answered with 21. */
  readonly knowsAddresses: boolean
  /** Pieces in which an answer is sent, and the pause (ms) between them. */
  readonly pieces: number
  readonly pauseMs: number
  /** Bytes a second, as of a wire (115200 baud: 11520); 0 as fast as it goes. */
  readonly bytesPerSecond: number
  /** Share of answers with noise before them: bytes at random, stray AA, half a frame. */
  readonly noiseShare: number
  /** Share of answers whose check byte is wrong. */
  readonly wrongSumShare: number
  /** How long (ms) the module thinks before it answers. */
  readonly thinkMs: number
  /** Answers nothing at all. */
  readonly isDead: boolean
}

export const plainManners: ReaderManners = {
  habit: 'quiet',
  knowsAddresses: true,
  pieces: 1,
  pauseMs: 0,
  bytesPerSecond: 0,
  noiseShare: 0,
  wrongSumShare: 0,
  thinkMs: 0,
  isDead: false,
}

export type SimulatedReader = {
  /** Takes bytes of requests. */
  readonly receive: (chunk: Uint8Array) => void
  /** Hears the bytes that the reader sends. */
  readonly onSend: (listener: (chunk: Uint8Array) => void) => void
  readonly putOn: (card: SimulatedCard) => void
  readonly takeAway: () => void
  readonly behave: (change: Partial<ReaderManners>) => void
  /** The next `times` answers to a command (to any, when null) have this status and no data. */
  readonly fail: (status: number, command?: CommandName | null, times?: number) => void
  /** Calls the listener when a command has come whole, before it is answered. */
  readonly onCommand: (listener: (command: CommandName) => void) => void
  readonly card: () => SimulatedCard | null
  readonly manners: () => ReaderManners
}

/** The module's number in every answer: 05.01-20200101-0001234567-0987654321. */
const SAM_ID = Buffer.from('05000100A53A340187D61200B168DE3A', 'hex')

/** A security module with its reader, played: requests in, answers out, by the papers. */
export function createSimulatedReader(given: Partial<ReaderManners> = {}, seed = 1): SimulatedReader {
  const parser = createFrameParser(3)
  const random = randomOf(seed, 77)
  let manners: ReaderManners = { ...plainManners, ...given }
  let card: SimulatedCard | null = null
  let isFound = false
  let isSelected = false
  let wasRead = false
  let failures: { readonly status: number; readonly command: CommandName | null; times: number }[] = []
  let hearSend: (chunk: Uint8Array) => void = () => undefined
  let hearCommand: (command: CommandName) => void = () => undefined
  let sending: Promise<void> = Promise.resolve()

  function putOn(next: SimulatedCard | null): void {
    card = next
    isFound = false
    isSelected = false
    wasRead = false
  }

  function statusOnly(status: number): Uint8Array {
    return Uint8Array.of(0, 0, status)
  }

  function findFailure(command: CommandName): number | undefined {
    const failure = failures.find((each) => each.command === null || each.command === command)
    if (!failure) return undefined
    failure.times -= 1
    failures = failures.filter((each) => each.times > 0)
    return failure.status
  }

  function answerTo(command: CommandName): Uint8Array {
    const failure = findFailure(command)
    if (failure !== undefined) return statusOnly(failure)
    switch (command) {
      case 'status':
        return statusOnly(0x90)
      case 'samId':
        return Uint8Array.of(0, 0, 0x90, ...SAM_ID)
      case 'find':
        isSelected = false
        isFound = card !== null && !(wasRead && manners.habit === 'quiet')
        return isFound ? Uint8Array.of(0, 0, 0x9f, 0, 0, 0, 0) : statusOnly(0x80)
      case 'select':
        isSelected = card !== null && isFound
        return isSelected ? Uint8Array.of(0, 0, 0x90, 0, 0, 0, 0, 0, 0, 0, 0) : statusOnly(0x81)
      case 'readCard': {
        if (!card || !isSelected) return statusOnly(0x41)
        wasRead = true
        const { text, photo } = card
        const lengths = [text.length >> 8, text.length & 0xff, photo.length >> 8, photo.length & 0xff]
        return Uint8Array.of(0, 0, 0x90, ...lengths, ...text, ...photo)
      }
      case 'readAddress':
        if (!manners.knowsAddresses) return statusOnly(0x21)
        if (!card || !isSelected) return statusOnly(0x41)
        return card.addresses.length === 0
          ? statusOnly(0x91)
          : Uint8Array.of(0, 0, 0x90, ...card.addresses.flatMap((address) => [...address]))
    }
  }

  function makeNoise(): Uint8Array {
    const kind = random.below(3)
    if (kind === 0) return Uint8Array.of(0xaa)
    // A head whose rest never comes would swallow what follows: real wires lose bytes, so does this one, rarely enough.
    if (kind === 1) return Uint8Array.of(0xaa, 0xaa, 0xaa, 0x96, 0x69, 0xff, 0xff)
    return Uint8Array.from({ length: 1 + random.below(20) }, () => random.below(256))
  }

  async function send(body: Uint8Array): Promise<void> {
    if (manners.thinkMs > 0) await pause(manners.thinkMs)
    const frame = buildFrame(body)
    if (random.chance(manners.wrongSumShare)) frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 0xff
    const bytes = random.chance(manners.noiseShare) ? Uint8Array.of(...makeNoise(), ...frame) : frame
    const size = pieceSize(bytes.length)
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size)
      if (manners.bytesPerSecond > 0) await pause((piece.length * 1_000) / manners.bytesPerSecond)
      else if (at > 0) await pause(manners.pauseMs)
      hearSend(piece)
    }
  }

  function pieceSize(length: number): number {
    // A wire gives its bytes as a chip collects them.
    if (manners.bytesPerSecond > 0) return 62
    return Math.max(1, Math.ceil(length / manners.pieces))
  }

  return {
    receive: (chunk) => {
      for (const body of parser.push(chunk)) {
        const command = findCommand(body)
        if (manners.isDead) continue
        if (command === undefined) {
          sending = sending.then(() => send(statusOnly(0x21)))
          continue
        }
        hearCommand(command)
        sending = sending.then(() => send(answerTo(command)))
      }
    },
    onSend: (listener) => {
      hearSend = listener
    },
    putOn,
    takeAway: () => putOn(null),
    behave: (change) => {
      manners = { ...manners, ...change }
    },
    fail: (status, command = null, times = 1) => {
      failures.push({ status, command, times })
    },
    onCommand: (listener) => {
      hearCommand = listener
    },
    card: () => card,
    manners: () => manners,
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}
