import { ipcMain } from 'electron'
import type { WebContents } from 'electron'
import type { RequestResult } from '../../src-shared/contract/errors.ts'
import type { EventMessage } from '../../src-shared/contract/events.ts'
import { requests } from '../../src-shared/contract/requests.ts'
import type { Log } from '../log.ts'
import { channels } from '../preload/channels.ts'
import { checkCall, isOwnPage } from './check-call.ts'
import type { MainActs } from './main-acts.ts'

export type BridgeOptions = {
  /** The origin that our own pages have. */
  readonly ownOrigin: string
  readonly askBackend: (name: string, input: unknown) => Promise<RequestResult<unknown>>
  readonly mainActs: MainActs
  readonly standingEvents: () => readonly EventMessage[]
  readonly log: Log
}

/** Opens the one door between pages and the rest: every call is checked for who asks, what, and with which input. */
export function openBridge(options: BridgeOptions): void {
  ipcMain.handle(
    channels.call,
    async (event, name: unknown, input: unknown): Promise<RequestResult<unknown>> => {
      if (!isOwnPage(event.senderFrame, options.ownOrigin)) {
        options.log.write('bridge.refusedFrame')
        return { ok: false, error: { code: 'notAllowed', message: '只有本程序的页面可以执行操作。' } }
      }
      const call = checkCall(name, input)
      if (!call.ok) {
        options.log.write('bridge.refusedCall', {
          name: typeof name === 'string' ? name.slice(0, 60) : typeof name,
        })
        return call
      }
      if (requests[call.name].answeredBy === 'main') return options.mainActs(call.name, call.input)
      return options.askBackend(call.name, call.input)
    },
  )
  ipcMain.on(channels.listening, (event) => {
    if (!isOwnPage(event.senderFrame, options.ownOrigin)) return
    for (const message of options.standingEvents()) tellPage(event.sender, message)
  })
}

/** Sends an event to one page. A window that is closing hears nothing more. */
export function tellPage(page: WebContents, message: EventMessage): void {
  if (!page.isDestroyed()) page.send(channels.event, message)
}
