import { expect, test } from 'vitest'
import { readerText } from '../../../../../src-renderer/components/reader-label.ts'
import {
  isReaderInputDirty,
  parseReader,
  readerInput,
} from '../../../../../src-renderer/pages/settings/reader-input.ts'
import {
  DEFAULT_READER_SETTINGS,
  type ReaderLineStatus,
} from '../../../../../src-shared/readers/reader-types.ts'

const plain = readerInput(DEFAULT_READER_SETTINGS)

test('what is stored and not touched is the same again', () => {
  expect(parseReader(plain)).toEqual({ ok: true, reader: DEFAULT_READER_SETTINGS })
  expect(isReaderInputDirty(plain, DEFAULT_READER_SETTINGS)).toBe(false)
  expect(isReaderInputDirty({ ...plain, autoRead: false }, DEFAULT_READER_SETTINGS)).toBe(true)
})

test('boxes are read as clerks type them, and wrong ones say what is wrong', () => {
  const typed = { ...plain, kind: 'serial', port: ' COM3;COM5 ', photoLimitSeconds: '１0' } as const
  expect(parseReader(typed)).toMatchObject({ ok: true, reader: { port: 'COM3;COM5', photoLimitSeconds: 10 } })
  expect(parseReader({ ...plain, photoLimitSeconds: '0' })).toMatchObject({
    ok: false,
    problem: { limit: expect.stringContaining('1 至 60') as string },
  })
  const external = { ...plain, photoDecoder: 'external' } as const
  expect(parseReader(external)).toMatchObject({
    ok: false,
    problem: { program: expect.anything() as string },
  })
  expect(parseReader({ ...external, photoProgram: 'wlt2bmp.exe' }).ok).toBe(false)
  expect(parseReader({ ...external, photoProgram: String.raw`C:\decoder\wlt2bmp.exe` }).ok).toBe(true)
  expect(parseReader({ ...external, photoProgram: '/opt/decoder' }).ok).toBe(true)
})

test('the status bar counts readers only where there are several', () => {
  const line: ReaderLineStatus = {
    label: 'COM3',
    connection: 'serial',
    state: 'ready',
    notice: null,
    samId: null,
  }
  expect(readerText({ state: 'ready', notice: null, readers: [line] })).toBe('读卡器 就绪')
  expect(readerText({ state: 'reading', notice: null, readers: [line, { ...line, state: 'reading' }] })).toBe(
    '读卡器 读卡中(2 台)',
  )
  expect(readerText({ state: 'absent', notice: 'x', readers: [] })).toBe('读卡器 未连接')
})
