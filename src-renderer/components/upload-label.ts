import type { UploadState } from '../../src-shared/contract/types.ts'

/** What a record's stored receipts say about it, the same words on every page. */
export function uploadLabel(state: UploadState): string {
  switch (state) {
    case 'pending':
      return '待上传'
    case 'uploaded':
      return '已上传'
    case 'setAside':
      return '被退回'
    case 'demo':
      return '演示数据'
  }
}
