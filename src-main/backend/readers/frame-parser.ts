import { computeCheckByte, HEAD_BYTES, LONGEST_LENGTH, PREAMBLE } from './frame.ts'

/** Takes bytes as they come and gives whole frames. */
export type FrameParser = {
  /** The bodies of the frames that are whole with this chunk, oldest first. */
  readonly push: (chunk: Uint8Array) => readonly Uint8Array[]
  /** Forgets what was begun: what comes next belongs to another answer. */
  readonly reset: () => void
  /** Bytes that wait for the rest of their frame; never more than one frame has. */
  readonly waitingBytes: () => number
  /** Bytes that belonged to no good frame so far. */
  readonly rejectedBytes: () => number
}

/**
 * A parser over a buffer of one longest frame. The preamble is looked for at every byte (`AA AA AA AA 96 69` is a stray AA
 * and a frame); from there on the length counts, so the same pattern inside a photo is data. After a wrong length or check
 * byte the search goes on one byte later, so that a good frame behind a broken one is found.
 *
 * @param shortestLength the least that the length may say: 4 in answers, 3 in requests
 */
export function createFrameParser(shortestLength: 3 | 4 = 4): FrameParser {
  const buffer = new Uint8Array(HEAD_BYTES + LONGEST_LENGTH)
  let filled = 0
  let rejected = 0

  /** Takes `count` bytes from the front. */
  function drop(count: number): void {
    buffer.copyWithin(0, count, filled)
    filled -= count
  }

  function takeWholeFrames(bodies: Uint8Array[]): void {
    let at = 0
    for (;;) {
      const start = findPreamble(buffer, at, filled)
      rejected += start - at
      at = start
      if (filled - at < HEAD_BYTES) break
      const length = (buffer[at + 5] ?? 0) * 256 + (buffer[at + 6] ?? 0)
      if (length >= shortestLength && length <= LONGEST_LENGTH) {
        const end = at + HEAD_BYTES + length
        if (end > filled) break
        // The check byte cancels itself: the XOR over a good frame is nothing.
        if (computeCheckByte(buffer.subarray(at + PREAMBLE.length, end)) === 0) {
          bodies.push(buffer.slice(at + HEAD_BYTES, end - 1))
          at = end
          continue
        }
      }
      at += 1
      rejected += 1
    }
    drop(at)
  }

  return {
    push: (chunk) => {
      const bodies: Uint8Array[] = []
      let taken = 0
      while (taken < chunk.length) {
        const piece = chunk.subarray(taken, taken + buffer.length - filled)
        buffer.set(piece, filled)
        filled += piece.length
        taken += piece.length
        // Leaves less than a whole frame, so there is room for the next piece.
        takeWholeFrames(bodies)
      }
      return bodies
    },
    reset: () => {
      rejected += filled
      filled = 0
    },
    waitingBytes: () => filled,
    rejectedBytes: () => rejected,
  }
}

/** Where the next preamble, or the beginning of one at the very end, stands. */
function findPreamble(buffer: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    let matched = 0
    while (matched < PREAMBLE.length && at + matched < end && buffer[at + matched] === PREAMBLE[matched])
      matched += 1
    if (matched === PREAMBLE.length || at + matched === end) return at
  }
  return end
}
