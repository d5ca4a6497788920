import { useEffect, useState, useSyncExternalStore } from 'react'
import { messageOf } from '../client/call.ts'
import {
  createPagedRows,
  type AskForRows,
  type PagedRows,
  type PagedState,
  type RowPage,
} from './paged-rows.ts'

/** A long list of the backend's. Another `key` is another list; `ask` is the question for it. */
export function usePagedRows<Row, Page extends RowPage<Row>>(
  key: string,
  ask: AskForRows<Row, Page>,
): PagedRows<Row, Page> & PagedState<Page> {
  const [rows] = useState(() => createPagedRows<Row, Page>(messageOf))
  const state = useSyncExternalStore(rows.subscribe, rows.read)
  useEffect(() => {
    rows.begin(ask)
    // `ask` belongs to the key.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [rows, key])
  return { ...rows, ...state }
}
