import type { CommandName } from './commands.ts'

/** An answer taken apart. */
export type Response = {
  /** SW3: see src-shared/readers/status-words.ts. SW1 and SW2 are 00 or details that differ by maker. */
  readonly status: number
  readonly data: Uint8Array
}

/** What 30 01 brings: both by the length fields of the answer. */
export type CardContent = { readonly text: Uint8Array; readonly photo: Uint8Array }

/** Bytes of one address that was written into the chip later. */
const ADDRESS_BYTES = 70
const TEXT_BYTES = 256

/** Takes a frame's body apart, or undefined for one that is too short for an answer. */
export function parseResponse(body: Uint8Array): Response | undefined {
  const status = body[2]
  return status === undefined ? undefined : { status, data: body.subarray(3) }
}

/** Whether an answer can belong to a command: one that came late belongs to an earlier command and is passed over. */
export function isAnswerTo(command: CommandName, response: Response): boolean {
  const { status, data } = response
  switch (command) {
    case 'status':
      return status !== 0x9f && status !== 0x80 && status !== 0x81 && data.length === 0
    case 'samId':
      return status === 0x90 ? data.length === 16 : status !== 0x9f && status !== 0x80 && status !== 0x81
    case 'find':
      return status !== 0x90 && status !== 0x91 && status !== 0x81
    case 'select':
      return status === 0x90 ? data.length === 8 : status !== 0x9f && status !== 0x80
    case 'readCard':
      return status === 0x90 ? data.length > TEXT_BYTES : status !== 0x9f && status !== 0x80
    case 'readAddress':
      return status === 0x90
        ? data.length >= ADDRESS_BYTES && data.length % ADDRESS_BYTES === 0
        : status !== 0x9f && status !== 0x81
  }
}

/**
 * Text and photo of a 30 01, by its length fields (two bytes each, big endian). Lengths that do not fit the data exactly
 * are refused: half a card is no card. @returns undefined when they do not
 */
export function parseCardContent(data: Uint8Array): CardContent | undefined {
  if (data.length < 4) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const textLength = view.getUint16(0)
  const photoLength = view.getUint16(2)
  if (textLength !== TEXT_BYTES || data.length !== 4 + textLength + photoLength) return undefined
  return { text: data.slice(4, 4 + textLength), photo: data.slice(4 + textLength) }
}

/** The addresses of a 30 03, oldest first, 70 bytes each as they came. */
export function splitAddresses(data: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: Math.floor(data.length / ADDRESS_BYTES) }, (_, index) =>
    data.slice(index * ADDRESS_BYTES, (index + 1) * ADDRESS_BYTES),
  )
}

/** The module's number as it is printed: `05.01-20200101-0001234567-0987654321`, of 16 bytes (little endian 2·2·4·4·4). */
export function formatSamId(data: Uint8Array): string | undefined {
  if (data.length !== 16) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const digits = (value: number, length: number): string => String(value).padStart(length, '0')
  return [
    `${digits(view.getUint16(0, true), 2)}.${digits(view.getUint16(2, true), 2)}`,
    digits(view.getUint32(4, true), 8),
    digits(view.getUint32(8, true), 10),
    digits(view.getUint32(12, true), 10),
  ].join('-')
}
