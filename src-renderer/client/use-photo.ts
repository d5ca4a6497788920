import { useEffect, useState } from 'react'
import { call, RequestFailure } from './call.ts'

/** A stored photo: its picture as a data address, or the sentence that says why it is not here. */
export type PhotoState = { readonly address: string } | { readonly reason: string }

/** The photo of a hash; undefined for no hash, and until the store has answered. */
export function usePhoto(hash: unknown): PhotoState | undefined {
  const [answer, setAnswer] = useState<{ readonly hash: string; readonly photo: PhotoState }>()
  useEffect(() => {
    if (typeof hash !== 'string') return
    let isCurrent = true
    const show = (photo: PhotoState): void => {
      if (isCurrent) setAnswer({ hash, photo })
    }
    call('photo.get', { hash }).then(
      ({ base64 }) => show({ address: `data:image/jpeg;base64,${base64}` }),
      (error: unknown) =>
        show({ reason: error instanceof RequestFailure ? error.message : '照片读取失败,请稍后再打开。' }),
    )
    return () => {
      isCurrent = false
    }
  }, [hash])
  return answer !== undefined && answer.hash === hash ? answer.photo : undefined
}
