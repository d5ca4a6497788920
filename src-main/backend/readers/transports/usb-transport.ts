import { HEAD_BYTES, LONGEST_LENGTH, PREAMBLE } from '../frame.ts'
import { toTransportFailure, TransportFailure, type ByteTransport } from './byte-transport.ts'
import type { OpenUsbDevice, UsbConfiguration } from './native-modules.ts'

/** Vendor and product of the readers that follow the ministry's paper, whoever makes them. */
export const USB_READER = { vendorId: 0x0400, productId: 0xc35a } as const

/** An open bulk device, as small as it is needed. */
export type UsbPort = {
  readonly send: (endpoint: number, bytes: Uint8Array) => Promise<void>
  /** At most `length` bytes, or none within the time (ms). @throws Error when the device is gone */
  readonly receive: (endpoint: number, length: number, timeLimitMs: number) => Promise<Uint8Array>
  readonly variant: UsbVariant
  readonly close: () => Promise<void>
}

/** A: head and rest of a frame have endpoints of their own. B: one out, one in, at the addresses the device names. */
export type UsbVariant =
  { readonly kind: 'A' } | { readonly kind: 'B'; readonly outEndpoint: number; readonly inEndpoint: number }

const headOut = 0x02
const restOut = 0x06
const headIn = 0x81
const restIn = 0x85
/** B reads by packets. */
const PACKET_BYTES = 64
const ANSWER_LIMIT_MS = 3_000
const FLUSH_LIMIT_MS = 15
const MOST_FLUSHED_PACKETS = 100

/** A reader that takes requests and gives answers by bulk transfers: after each request its answer is fetched. */
export function createUsbTransport(openPort: () => Promise<UsbPort>, label: string): ByteTransport {
  let port: UsbPort | undefined
  let hear: (chunk: Uint8Array) => void = () => undefined
  let hearLost: () => void = () => undefined
  let fetching: Promise<void> = Promise.resolve()
  /** Grows with every request: an answer that is still being fetched for an earlier one is given up. */
  let round = 0
  /** Something may wait in the device: after the opening, and after an answer that did not come whole. */
  let mayHoldOld = true

  async function fetchAnswer(from: UsbPort, mine: number): Promise<void> {
    const fetch = async (endpoint: number, length: number): Promise<Uint8Array> => {
      const bytes = await from.receive(endpoint, length, ANSWER_LIMIT_MS)
      if (bytes.length > 0 && port === from) hear(bytes)
      return bytes
    }
    try {
      if (from.variant.kind === 'A') {
        const head = await fetch(headIn, HEAD_BYTES)
        const rest = lengthIn(head)
        if (rest === undefined || mine !== round) return
        mayHoldOld = (await fetch(restIn, rest)).length !== rest
        return
      }
      const { inEndpoint } = from.variant
      let answer = new Uint8Array()
      while (mine === round && port === from) {
        const piece = await fetch(inEndpoint, PACKET_BYTES)
        if (piece.length === 0) return
        answer = Uint8Array.of(...answer, ...piece).subarray(0, HEAD_BYTES + LONGEST_LENGTH)
        const rest = lengthIn(answer)
        if (rest === undefined || answer.length < HEAD_BYTES + rest) continue
        mayHoldOld = answer.length !== HEAD_BYTES + rest
        return
      }
    } catch {
      if (port !== from) return
      port = undefined
      await from.close()
      hearLost()
    }
  }

  return {
    open: async () => {
      try {
        port = await openPort()
      } catch (error) {
        throw toTransportFailure(error, label, process.platform)
      }
    },
    write: async (bytes) => {
      const target = port
      if (!target) throw new TransportFailure('missing', `读卡器 ${label} 已断开,插好后自动恢复。`)
      round += 1
      mayHoldOld = true
      try {
        if (target.variant.kind === 'A') {
          await target.send(headOut, bytes.subarray(0, HEAD_BYTES))
          await target.send(restOut, bytes.subarray(HEAD_BYTES))
        } else {
          await target.send(target.variant.outEndpoint, bytes)
        }
      } catch (error) {
        throw toTransportFailure(error, label, process.platform)
      }
      fetching = fetchAnswer(target, round)
    },
    onData: (listener) => {
      hear = listener
    },
    onLost: (listener) => {
      hearLost = listener
    },
    flush: async () => {
      const source = port
      if (!source || !mayHoldOld) return
      round += 1
      await fetching
      const endpoints = source.variant.kind === 'A' ? [headIn, restIn] : [source.variant.inEndpoint]
      try {
        for (const endpoint of endpoints) {
          for (let packets = 0; packets < MOST_FLUSHED_PACKETS; packets += 1) {
            const old = await source.receive(endpoint, PACKET_BYTES, FLUSH_LIMIT_MS)
            if (old.length === 0) break
          }
        }
        mayHoldOld = false
      } catch {
        // The next request finds out.
      }
    },
    close: async () => {
      const closing = port
      port = undefined
      await closing?.close()
    },
  }
}

/** What the length of a frame at the very front says, or undefined where none stands there whole. */
function lengthIn(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEAD_BYTES || PREAMBLE.some((byte, index) => bytes[index] !== byte)) return undefined
  const length = (bytes[5] ?? 0) * 256 + (bytes[6] ?? 0)
  return length >= 4 && length <= LONGEST_LENGTH ? length : undefined
}

/** Which variant a device is, by the endpoints it has; `chosen` (bulk-a, bulk-b) decides where it can. */
export function findUsbVariant(
  configuration: UsbConfiguration | null | undefined,
  chosen: string,
): { readonly interfaceNumber: number; readonly variant: UsbVariant } | undefined {
  for (const face of configuration?.interfaces ?? []) {
    const endpoints = (face.alternates[0]?.endpoints ?? []).filter((each) => each.type === 'bulk')
    const numbers = (direction: 'in' | 'out'): readonly number[] =>
      endpoints.filter((each) => each.direction === direction).map((each) => each.endpointNumber)
    const { interfaceNumber } = face
    const isFour =
      [2, 6].every((each) => numbers('out').includes(each)) &&
      [1, 5].every((each) => numbers('in').includes(each))
    if (isFour && chosen !== 'bulk-b') return { interfaceNumber, variant: { kind: 'A' } }
    const [outEndpoint] = numbers('out')
    const [inEndpoint] = numbers('in')
    if (outEndpoint !== undefined && inEndpoint !== undefined && chosen !== 'bulk-a') {
      return {
        interfaceNumber,
        variant: { kind: 'B', outEndpoint, inEndpoint: inEndpoint | 0x80 },
      }
    }
  }
  return undefined
}

/** Opens a device through the package usb. @throws TransportFailure */
export async function openUsbPort(device: OpenUsbDevice, chosen: string, label: string): Promise<UsbPort> {
  await device.open()
  try {
    if (!device.configuration) await device.selectConfiguration(1)
    const found = findUsbVariant(device.configuration, chosen)
    if (!found) {
      throw new TransportFailure('other', `读卡器 ${label} 与所选型号不符,请在首选项“读卡器”中改选型号。`)
    }
    await device.claimInterface(found.interfaceNumber)
    return {
      variant: found.variant,
      send: async (endpoint, bytes) => {
        await device.nativeTransferOut(endpoint, ANSWER_LIMIT_MS, bytes)
      },
      receive: async (endpoint, length, timeLimitMs) => {
        try {
          return (await device.nativeTransferIn(endpoint & 0x7f, timeLimitMs, length)) ?? new Uint8Array()
        } catch (error) {
          // A time that is up is no fault: nothing has come.
          if (/time|cancel/i.test(String(error))) return new Uint8Array()
          throw error
        }
      },
      close: () => device.close().catch(() => undefined),
    }
  } catch (error) {
    await device.close().catch(() => undefined)
    throw error
  }
}
