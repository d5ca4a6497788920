import type { ReaderConnection, ReaderState, ReaderStatus } from '../../src-shared/readers/reader-types.ts'

/** What the clerk calls the ways in which a reader is joined. */
export const connectionLabels: Readonly<Record<ReaderConnection, string>> = {
  serial: '串口',
  hid: 'HID',
  usb: 'USB',
}

/** What the clerk calls each state. */
export const readerStateLabels: Readonly<Record<ReaderState, string>> = {
  off: '停用',
  absent: '未连接',
  connecting: '连接中',
  ready: '就绪',
  reading: '读卡中',
  fault: '不能使用',
}

/** The status bar's word on readers; more than one that is usable are counted. */
export function readerText(status: ReaderStatus): string {
  const usable = status.readers.filter((each) => each.state === 'ready' || each.state === 'reading').length
  return `读卡器 ${readerStateLabels[status.state]}${usable > 1 ? `(${usable} 台)` : ''}`
}
