import { createHash } from 'node:crypto'

/** Bytes that begin and end as a JPEG does, the same for the same number; nobody's picture. */
export function makeJpeg(number: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  let state = (number * 2_654_435_761 + 1) >>> 0
  for (let at = 0; at < size; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  bytes.set([0xff, 0xd8, 0xff, 0xe0])
  bytes.set([0xff, 0xd9], size - 2)
  return bytes
}

/** SHA-256 (hexadecimal): the name of a photo. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Numbers from 0 up to 1, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
