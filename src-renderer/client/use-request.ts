import { useCallback, useEffect, useRef, useState } from 'react'
import type { EventName, Events } from '../../src-shared/contract/events.ts'
import type { RequestInput, RequestName, RequestOutput } from '../../src-shared/contract/requests.ts'
import { call, messageOf, onEvent } from './call.ts'

/** Hears an event as long as the component is mounted; always calls the newest listener. */
export function useEvent<Name extends EventName>(
  name: Name,
  listener: (payload: Events[Name]) => void,
): void {
  const newest = useRef(listener)
  useEffect(() => {
    newest.current = listener
  })
  useEffect(() => onEvent(name, (payload) => newest.current(payload)), [name])
}

export type Answer<Name extends RequestName> = {
  /** The newest answer; it stays while a newer one is asked for. */
  readonly output: RequestOutput<Name> | undefined
  /** The Chinese sentence of the newest refusal. */
  readonly problem: string | undefined
  readonly reload: () => void
}

/**
 * Asks once for each different input and keeps the answer. An answer that comes after a newer question is dropped.
 * `input` undefined asks nothing.
 */
export function useRequest<Name extends RequestName>(
  name: Name,
  input: RequestInput<Name> | undefined,
): Answer<Name> {
  const [answer, setAnswer] = useState<{ output?: RequestOutput<Name>; problem?: string }>({})
  const [round, setRound] = useState(0)
  const key = input === undefined ? undefined : JSON.stringify(input)
  useEffect(() => {
    if (key === undefined) return
    let isCurrent = true
    call(name, JSON.parse(key) as RequestInput<Name>).then(
      (output) => {
        if (isCurrent) setAnswer({ output })
      },
      (error: unknown) => {
        if (isCurrent) setAnswer((previous) => ({ ...previous, problem: messageOf(error) }))
      },
    )
    return () => {
      isCurrent = false
    }
  }, [name, key, round])
  const reload = useCallback(() => setRound((previous) => previous + 1), [])
  return { output: answer.output, problem: answer.problem, reload }
}
