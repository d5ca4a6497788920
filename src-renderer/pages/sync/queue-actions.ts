import type { QueueState } from '../../../src-shared/contract/sync-types.ts'

export type QueueActionKind =
  'open' | 'details' | 'sendOne' | 'hold' | 'release' | 'withdraw' | 'export' | 'exportAll' | 'import'

export type QueueAction = {
  readonly kind: QueueActionKind
  readonly label: string
  readonly shortcut: string
  readonly startsGroup?: boolean
}

/** Reading in and writing out, which need no selection. */
const fileActions: readonly QueueAction[] = [
  { kind: 'exportAll', label: '全部导出', shortcut: 'Ctrl+Shift+S' },
  { kind: 'import', label: '导入', shortcut: 'Ctrl+I' },
]

/**
 * What can be done with the selected ops, whose states these are; what cannot be is left out. One key holds and lets go:
 * it lets go where everything selected is held.
 */
export function listQueueActions(
  states: readonly QueueState[],
  may: { readonly send: boolean },
): readonly QueueAction[] {
  if (states.length === 0) return fileActions
  const isOne = states.length === 1
  const isHeld = states.every((state) => state === 'held')
  const isSetAside = states.every((state) => state === 'setAside')
  return [
    ...(isOne
      ? [
          { kind: 'open', label: isSetAside ? '更正记录' : '打开记录', shortcut: 'Enter' } as const,
          { kind: 'details', label: '详细信息', shortcut: 'Ctrl+O' } as const,
        ]
      : []),
    ...(isOne && may.send
      ? [{ kind: 'sendOne', label: '单独上传', shortcut: 'Ctrl+Enter', startsGroup: true } as const]
      : []),
    isHeld
      ? { kind: 'release', label: '取消搁置', shortcut: 'Ctrl+H' }
      : { kind: 'hold', label: '搁置', shortcut: 'Ctrl+H' },
    ...(isSetAside ? [{ kind: 'withdraw', label: '撤回', shortcut: 'Delete' } as const] : []),
    { kind: 'export', label: '导出同步包', shortcut: 'Ctrl+S', startsGroup: true },
    ...fileActions,
  ]
}

/** The name offered for a package file, made of the station and the moment (UTC ms, this machine's time). */
export function packageFileName(stationCode: string, at: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`
  const time = `${two(date.getHours())}${two(date.getMinutes())}`
  return `同步包-${stationCode === '' ? '本机' : stationCode}-${day}-${time}.jufutong-package`
}
