import { useCallback, useEffect, useState } from 'react'
import { useAppState } from '../client/app-state.tsx'
import { call } from '../client/call.ts'

const key = 'todo.withinDays'

/** How many days ahead what ends is told: the clerk's own choice, else the region's. */
export function useWithinDays(): readonly [days: number, choose: (days: number) => Promise<void>] {
  const { region } = useAppState()
  const [chosen, setChosen] = useState<number>()
  useEffect(() => {
    let isCurrent = true
    call('preference.read', { key }).then(
      (stored) => {
        if (isCurrent && typeof stored === 'number') setChosen(stored)
      },
      () => undefined,
    )
    return () => {
      isCurrent = false
    }
  }, [])
  const choose = useCallback(async (days: number) => {
    setChosen(days)
    await call('preference.write', { key, value: days })
  }, [])
  return [chosen ?? region.profile.reminderDays, choose]
}
