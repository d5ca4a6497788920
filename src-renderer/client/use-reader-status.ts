import { useState } from 'react'
import type { ReaderStatus } from '../../src-shared/readers/reader-types.ts'
import { useEvent, useRequest } from './use-request.ts'

/** The readers as they stand: asked for once, then as the backend tells; undefined until it has answered. */
export function useReaderStatus(): ReaderStatus | undefined {
  const { output, reload } = useRequest('reader.state', {})
  const [told, setTold] = useState<ReaderStatus>()
  useEvent('reader.status', setTold)
  // A backend that was started again has readers of its own.
  useEvent('backend.started', () => {
    setTold(undefined)
    reload()
  })
  return told ?? output
}
