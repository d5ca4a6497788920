import type { HidProfile } from './hid-profiles.ts'

/**
 * How the bytes of a frame travel in HID reports, by profile. A miaxis report is
 * `88 00 | length (2, big endian) | 00 | B1, piece of the frame | sum | 03` out and
 * `AA 00 | length (2) | 00 | 00 00 00, piece | sum | 04` in: the length counts what stands between the fifth byte and the sum, the
 * sum adds everything after the first byte, modulo 256.
 */

const MIAXIS_HEAD = 5
const MIAXIS_TAIL = 2
const miaxisOut = { start: 0x88, before: [0xb1], end: 0x03 }
const miaxisIn = { start: 0xaa, before: [0, 0, 0], end: 0x04 }

/** Cuts a request into reports (without their number), each filled up with zeros. */
export function splitIntoReports(profile: HidProfile, frame: Uint8Array): readonly Uint8Array[] {
  switch (profile.framing) {
    case 'raw':
      return cut(frame, profile.reportBytes).map((piece) => fill(profile, piece))
    case 'length':
      return cut(frame, profile.reportBytes - 1).map((piece) =>
        fill(profile, Uint8Array.of(piece.length, ...piece)),
      )
    case 'miaxis': {
      const room = profile.reportBytes - MIAXIS_HEAD - miaxisOut.before.length - MIAXIS_TAIL
      return cut(frame, room).map((piece) => fill(profile, wrapMiaxis(miaxisOut, piece)))
    }
    case 'unpublished':
      return []
  }
}

/** The bytes of the frame in a report that came in; empty for a report that is broken, and then the frame will be. */
export function takeFromReport(profile: HidProfile, report: Uint8Array): Uint8Array {
  switch (profile.framing) {
    case 'raw':
      // The zeros at the end are no preamble: the frame parser passes over them.
      return report
    case 'length': {
      const length = report[0] ?? 0
      return length < report.length ? report.subarray(1, 1 + length) : new Uint8Array()
    }
    case 'miaxis':
      return unwrapMiaxis(report)
    case 'unpublished':
      return new Uint8Array()
  }
}

/** A report as a device would send it: for the stand-ins of devices in tests. */
export function wrapAnswer(profile: HidProfile, frame: Uint8Array): readonly Uint8Array[] {
  if (profile.framing !== 'miaxis') return splitIntoReports(profile, frame)
  const room = profile.reportBytes - MIAXIS_HEAD - miaxisIn.before.length - MIAXIS_TAIL
  return cut(frame, room).map((piece) => fill(profile, wrapMiaxis(miaxisIn, piece)))
}

type MiaxisWrapper = { readonly start: number; readonly before: readonly number[]; readonly end: number }

function wrapMiaxis(wrapper: MiaxisWrapper, piece: Uint8Array): Uint8Array {
  const length = wrapper.before.length + piece.length
  const summed = Uint8Array.of(0, length >> 8, length & 0xff, 0, ...wrapper.before, ...piece)
  return Uint8Array.of(wrapper.start, ...summed, sumOf(summed), wrapper.end)
}

function unwrapMiaxis(report: Uint8Array): Uint8Array {
  const length = (report[2] ?? 0) * 256 + (report[3] ?? 0)
  const end = MIAXIS_HEAD + length
  const isWhole =
    report[0] === miaxisIn.start &&
    length >= miaxisIn.before.length &&
    end + MIAXIS_TAIL <= report.length &&
    report[end] === sumOf(report.subarray(1, end)) &&
    report[end + 1] === miaxisIn.end
  return isWhole ? report.subarray(MIAXIS_HEAD + miaxisIn.before.length, end) : new Uint8Array()
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum = (sum + byte) & 0xff
  return sum
}

function cut(frame: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(frame.length / size) }, (_, index) =>
    frame.subarray(index * size, (index + 1) * size),
  )
}

function fill(profile: HidProfile, piece: Uint8Array): Uint8Array {
  const report = new Uint8Array(profile.reportBytes)
  report.set(piece)
  return report
}
