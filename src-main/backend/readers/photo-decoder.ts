import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { ReaderSettings } from '../../../src-shared/readers/reader-types.ts'
import { bitmapToJpeg } from './bitmap.ts'

/**
 * The photo on a card (WLT, 1024 bytes) can be decoded by closed, licensed programs only; none is part of 居服通. An operator
 * who has one names it in the settings: it is started as `program input.wlt output.bmp` and given a time limit.
 */
export type PhotoDecoder =
  | { readonly kind: 'none'; readonly message: string }
  | { readonly kind: 'external'; readonly decode: (photo: Uint8Array) => Promise<DecodedPhoto> }

export type DecodedPhoto =
  | { readonly ok: true; readonly jpeg: Uint8Array }
  /** `reason` is for the log, `message` for the clerk. */
  | { readonly ok: false; readonly reason: string; readonly message: string }

/** What stands in the photo's place where nothing decodes it. */
export const NO_DECODER_MESSAGE = '本机未安装相片解码组件'

const LARGEST_BITMAP_BYTES = 4 * 1024 * 1024

/** The decoder that the settings ask for. */
export function createPhotoDecoder(
  settings: Pick<ReaderSettings, 'photoDecoder' | 'photoProgram' | 'photoLimitSeconds'>,
): PhotoDecoder {
  if (settings.photoDecoder === 'none' || settings.photoProgram === '') {
    return { kind: 'none', message: NO_DECODER_MESSAGE }
  }
  const { photoProgram, photoLimitSeconds } = settings
  return {
    kind: 'external',
    decode: async (photo) => {
      if (!isAbsolute(photoProgram)) return failed('not an absolute path')
      try {
        return await decodeBy(photoProgram, photo, photoLimitSeconds * 1_000)
      } catch (error) {
        return failed(error instanceof Error ? error.name : 'unknown')
      }
    },
  }
}

function failed(reason: string): DecodedPhoto {
  return { ok: false, reason, message: '相片解码组件没有给出相片,请检查首选项“读卡器”中的设置。' }
}

async function decodeBy(program: string, photo: Uint8Array, limitMs: number): Promise<DecodedPhoto> {
  // Only this user may look into it, and it is gone afterwards: it is a person's picture.
  const folder = await mkdtemp(join(tmpdir(), 'jufutong-photo-'))
  try {
    const source = join(folder, 'photo.wlt')
    const target = join(folder, 'photo.bmp')
    await writeFile(source, photo, { mode: 0o600 })
    const end = await run(program, [source, target], limitMs)
    if (end !== 'done') return failed(end)
    const size = (await stat(target)).size
    if (size > LARGEST_BITMAP_BYTES) return failed(`bitmap of ${size} bytes`)
    const jpeg = bitmapToJpeg(await readFile(target))
    return jpeg ? { ok: true, jpeg } : failed('no bitmap that can be read')
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

function run(program: string, programArguments: readonly string[], limitMs: number): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, programArguments, { stdio: 'ignore', windowsHide: true })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      resolve('time limit')
    }, limitMs)
    const end = (why: string): void => {
      clearTimeout(timer)
      resolve(why)
    }
    child.once('error', (error) => end('code' in error ? String(error.code) : 'cannot be started'))
    child.once('exit', (code, signal) => end(code === 0 ? 'done' : `ended with ${signal ?? code}`))
  })
}
