import { useEffect, useState, type ReactNode } from 'react'

/** Shows nothing for the first 150 ms: what is quick does not flicker. */
export function Delayed(props: { readonly children: ReactNode }): ReactNode {
  const [isDue, setIsDue] = useState(false)
  useEffect(() => {
    const timer = window.setTimeout(() => setIsDue(true), 150)
    return () => window.clearTimeout(timer)
  }, [])
  return isDue ? props.children : null
}
