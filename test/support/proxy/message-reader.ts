/** Takes bytes and gives back whole HTTP/1.1 messages; what it cannot read goes through as it is. */
export type MessageReader = {
  /** Whole requests that `chunk` completed, each with the bytes it was sent with. */
  readonly take: (chunk: Buffer) => readonly Buffer[]
  /** What has come of a request that is not whole yet. */
  readonly rest: () => Buffer
}

const HEAD_END = Buffer.from('\r\n\r\n')

export function readMessages(): MessageReader {
  let held: Buffer = Buffer.alloc(0)
  return {
    take(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const messages: Buffer[] = []
      for (;;) {
        const length = messageLength(held)
        if (length === undefined || length > held.length) return messages
        messages.push(held.subarray(0, length))
        held = held.subarray(length)
      }
    },
    rest: () => held,
  }
}

/** Undefined while the head (or a chunked body) is not whole. */
function messageLength(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd === -1) return undefined
  const bodyStart = headEnd + HEAD_END.length
  const head = bytes.subarray(0, headEnd).toString('latin1').toLowerCase()
  if (/\r\ntransfer-encoding:[^\r]*chunked/.test(head)) {
    let at = bodyStart
    for (;;) {
      const lineEnd = bytes.indexOf('\r\n', at)
      if (lineEnd === -1) return undefined
      const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16)
      at = lineEnd + 2 + size + 2
      if (Number.isNaN(size)) return bytes.length
      if (size === 0) return at
    }
  }
  return bodyStart + Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0)
}

/** Method and path, for example `POST /sync/1/push`. */
export function nameOfMessage(message: Buffer): string {
  return message.subarray(0, message.indexOf(' HTTP/')).toString('latin1')
}
