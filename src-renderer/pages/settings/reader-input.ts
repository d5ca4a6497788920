import type { ReaderSettings } from '../../../src-shared/readers/reader-types.ts'
import { compactCode } from '../../../src-shared/values/text.ts'

/** The sheet 读卡器 as it is typed: the time limit is a text until it is saved. */
export type ReaderInput = Omit<ReaderSettings, 'photoLimitSeconds'> & { readonly photoLimitSeconds: string }

export type ReaderProblem = { readonly port?: string; readonly program?: string; readonly limit?: string }

export type ReaderInputResult =
  | { readonly ok: true; readonly reader: ReaderSettings }
  | { readonly ok: false; readonly problem: ReaderProblem }

/** What the sheet shows for stored settings. */
export function readerInput(settings: ReaderSettings): ReaderInput {
  return { ...settings, photoLimitSeconds: String(settings.photoLimitSeconds) }
}

/** Whether something was typed that is not stored. */
export function isReaderInputDirty(input: ReaderInput, settings: ReaderSettings): boolean {
  const stored = readerInput(settings)
  return (Object.keys(stored) as (keyof ReaderInput)[]).some((key) => input[key] !== stored[key])
}

/** The settings that stand for what was typed, or a sentence for each wrong box. */
export function parseReader(input: ReaderInput): ReaderInputResult {
  const port = input.port.trim()
  const photoProgram = input.photoProgram.trim()
  const limit = compactCode(input.photoLimitSeconds)
  const problem: { -readonly [Key in keyof ReaderProblem]: ReaderProblem[Key] } = {}
  if (port.length > 500) problem.port = '端口太长,请核对。'
  if (input.photoDecoder === 'external') {
    if (photoProgram === '') problem.program = '请填写相片解码程序的完整路径。'
    else if (!/^(\/|[A-Za-z]:[\\/]|\\\\)/.test(photoProgram)) {
      problem.program = '应为完整路径,例如 C:\\decoder\\wlt2bmp.exe。'
    }
  }
  if (!/^\d{1,2}$/.test(limit) || Number(limit) < 1 || Number(limit) > 60) {
    problem.limit = '应为 1 至 60 之间的整数,请核对。'
  }
  if (Object.keys(problem).length > 0) return { ok: false, problem }
  return { ok: true, reader: { ...input, port, photoProgram, photoLimitSeconds: Number(limit) } }
}
