import { buildRequest, type CommandName } from './commands.ts'
import { buildFrame } from './frame.ts'

/**
 * Frames as they stand in the raw log. Data of a card, and bytes that nobody can read, never get there: what could be a
 * person's is counted, not shown.
 */

const commandLabels: Readonly<Record<CommandName, string>> = {
  status: '查询安全模块状态',
  samId: '读安全模块编号',
  find: '寻卡',
  select: '选卡',
  readCard: '读文字和相片',
  readAddress: '读追加住址',
}

/** Commands whose answers say nothing about a person. */
const openAnswers: ReadonlySet<CommandName> = new Set<CommandName>(['status', 'samId', 'find'])

/** A request: its bytes are always the same. */
export function describeRequest(command: CommandName): string {
  return `${hexOf(buildRequest(command))} ${commandLabels[command]}`
}

/** An answer's bytes; the data of a card is counted, and the check byte, which follows from it, is left out. */
export function describeAnswer(body: Uint8Array, command: CommandName | undefined): string {
  const label = command === undefined ? '不属于当前命令的应答' : commandLabels[command]
  const isOpen = command !== undefined && openAnswers.has(command)
  if (body.length <= 3 || isOpen) return `${hexOf(buildFrame(body))} ${label}`
  const length = body.length + 1
  const head = Uint8Array.of(0xaa, 0xaa, 0xaa, 0x96, 0x69, length >> 8, length & 0xff, ...body.subarray(0, 3))
  return `${hexOf(head)} …(${body.length - 3} 字节已隐去) ${label}`
}

/** Bytes that belong to no frame. */
export function describeNoise(count: number): string {
  return `丢弃不成帧的数据 ${count} 字节`
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .toUpperCase()
    .replaceAll(/(..)(?=.)/g, '$1 ')
}
