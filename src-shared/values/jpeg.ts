/** Whether bytes begin and end as a whole JPEG file does (ITU-T T.81: SOI, a marker, …, EOI). What is drawn is not looked at. */
export function isWholeJpeg(bytes: Uint8Array): boolean {
  return (
    bytes.length > 4 &&
    bytes[0] === 0xff &&
    bytes[1] === 0xd8 &&
    bytes[2] === 0xff &&
    bytes.at(-2) === 0xff &&
    bytes.at(-1) === 0xd9
  )
}
