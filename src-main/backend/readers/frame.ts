/**
 * Frames of the security module (GA/T 467): preamble, length (big endian, of what follows it, check byte included), body,
 * check byte. A request's body is command and parameter; an answer's is SW1 SW2 SW3 and data.
 */

/** AA AA AA 96 69. */
export const PREAMBLE = Uint8Array.of(0xaa, 0xaa, 0xaa, 0x96, 0x69)

/** Bytes of preamble and length. */
export const HEAD_BYTES = 7

/** The longest that the length may say; longer ones are noise. */
export const LONGEST_LENGTH = 4_096

/** XOR of the length bytes and the body. */
export function computeCheckByte(bytes: Uint8Array): number {
  let check = 0
  for (const byte of bytes) check ^= byte
  return check
}

/** A whole frame around a body. @throws RangeError when the body is too long for one */
export function buildFrame(body: Uint8Array): Uint8Array {
  const length = body.length + 1
  if (length > LONGEST_LENGTH) throw new RangeError(`frame of ${length} bytes`)
  const frame = new Uint8Array(HEAD_BYTES + length)
  frame.set(PREAMBLE)
  frame[5] = length >> 8
  frame[6] = length & 0xff
  frame.set(body, HEAD_BYTES)
  frame[frame.length - 1] = computeCheckByte(frame.subarray(5, frame.length - 1))
  return frame
}
