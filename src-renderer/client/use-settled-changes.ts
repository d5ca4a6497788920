import { useEffect, useRef } from 'react'
import { onEvent } from './call.ts'

/** Time (ms) between two readings while much happens. */
const pauseMs = 700

/**
 * Calls `onChange` after records or the state of sync changed: at most once within a pause, and for a page that is not in
 * sight when it comes into sight again.
 */
export function useSettledChanges(isActive: boolean, onChange: () => void): void {
  const newest = useRef({ isActive, onChange })
  const isMissed = useRef(false)
  useEffect(() => {
    newest.current = { isActive, onChange }
    if (isActive && isMissed.current) {
      isMissed.current = false
      onChange()
    }
  })
  useEffect(() => {
    let timer: number | undefined
    const note = (): void => {
      timer ??= window.setTimeout(() => {
        timer = undefined
        if (newest.current.isActive) newest.current.onChange()
        else isMissed.current = true
      }, pauseMs)
    }
    const ends = [onEvent('sync.changed', note), onEvent('records.changed', note)]
    return () => {
      window.clearTimeout(timer)
      for (const end of ends) end()
    }
  }, [])
}
