/** Largest stored photo in bytes: 200 KiB. */
const MAXIMUM_BYTES = 200 * 1024
/** Longest side in pixels a photo is drawn to. */
const LONGEST_SIDE = 960

/**
 * Draws a picture file anew as a JPEG of at most 200 KiB and gives it as base64. Drawing drops everything but the
 * picture (place, camera). @throws Error when the file is no picture that can be read.
 */
export async function encodePhoto(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file)
  try {
    let side = Math.min(LONGEST_SIDE, Math.max(picture.width, picture.height))
    for (;;) {
      for (const quality of [0.9, 0.8, 0.65, 0.5]) {
        const jpeg = await drawJpeg(picture, side, quality)
        if (jpeg.size <= MAXIMUM_BYTES) return toBase64(jpeg)
      }
      side = Math.floor(side * 0.7)
    }
  } finally {
    picture.close()
  }
}

async function drawJpeg(picture: ImageBitmap, longestSide: number, quality: number): Promise<Blob> {
  const scale = longestSide / Math.max(picture.width, picture.height)
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(picture.width * scale)),
    Math.max(1, Math.round(picture.height * scale)),
  )
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no 2d canvas')
  // A transparent picture would turn black.
  context.fillStyle = '#ffffff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  return canvas.convertToBlob({ type: 'image/jpeg', quality })
}

async function toBase64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let binary = ''
  for (let at = 0; at < bytes.length; at += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(binary)
}
