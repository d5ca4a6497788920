import { useCallback, useSyncExternalStore } from 'react'
import type { FieldState, FormStore } from './form-store.ts'

/** One field's state; renders the component only when this field changes. */
export function useFieldState(store: FormStore, name: string): FieldState {
  const subscribe = useCallback((listener: () => void) => store.subscribe(name, listener), [store, name])
  return useSyncExternalStore(subscribe, () => store.read(name))
}
