import type { SyncStatus } from '../../src-shared/contract/types.ts'

const phaseLabels: Readonly<Record<NonNullable<SyncStatus['progress']>['phase'], string>> = {
  push: '正在上传',
  dictionaries: '正在下载字典',
  pull: '正在下载',
  check: '正在核对',
  photos: '正在传照片',
}

/** What a running round does now. */
export function phaseLabel(progress: SyncStatus['progress']): string {
  return progress ? phaseLabels[progress.phase] : '正在连接'
}
