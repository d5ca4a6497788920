import { useEffect, useState, type ReactNode } from 'react'
import { call } from '../client/call.ts'

/** A stored photo by its hash; nothing while it is not here. */
export function StoredPhoto(props: {
  readonly hash: unknown
  readonly label: string
  readonly className: string
}): ReactNode {
  const { hash } = props
  const [source, setSource] = useState<string>()
  useEffect(() => {
    if (typeof hash !== 'string') return
    let isCurrent = true
    call('photo.get', { hash }).then(
      ({ base64 }) => {
        if (isCurrent) setSource(`data:image/jpeg;base64,${base64}`)
      },
      () => undefined,
    )
    return () => {
      isCurrent = false
    }
  }, [hash])
  if (typeof hash !== 'string' || source === undefined) return null
  return <img className={props.className} src={source} alt={props.label} />
}
