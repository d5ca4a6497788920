import type { UploadState } from '../../../src-shared/contract/types.ts'

/** What a record's stored receipts say about it. */
export function uploadLabel(state: UploadState): string {
  switch (state) {
    case 'pending':
      return '待上传'
    case 'uploaded':
      return '已上传'
    case 'setAside':
      return '服务器未接收'
  }
}
