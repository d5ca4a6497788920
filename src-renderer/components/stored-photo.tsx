import type { ReactNode } from 'react'
import { usePhoto } from '../client/use-photo.ts'

/** A stored photo by its hash; where it is not here, the sentence that says why. */
export function StoredPhoto(props: {
  readonly hash: unknown
  readonly label: string
  readonly className: string
}): ReactNode {
  const photo = usePhoto(props.hash)
  if (photo === undefined) return null
  if ('reason' in photo) return <span className="photo-missing">{photo.reason}</span>
  return <img className={props.className} src={photo.address} alt={props.label} />
}
