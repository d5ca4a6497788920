import { contextBridge, ipcRenderer } from 'electron'
import type { IpcRendererEvent } from 'electron'
import type { RequestResult } from '../../src-shared/contract/errors.ts'
import type { EventMessage } from '../../src-shared/contract/events.ts'
import type { PageDoor } from '../../src-shared/contract/page-door.ts'
import { channels } from './channels.ts'

const door: PageDoor = {
  call: async (name, input) => {
    try {
      return (await ipcRenderer.invoke(channels.call, name, input)) as RequestResult<unknown>
    } catch {
      // Input that cannot be cloned, or a main process that is just quitting.
      return {
        ok: false,
        error: { code: 'internal', message: '程序内部通信失败,请重试;若仍失败,请重新启动程序。' },
      }
    }
  },
  on: (listener) => {
    const receive = (_event: IpcRendererEvent, message: EventMessage): void => {
      listener(message)
    }
    ipcRenderer.on(channels.event, receive)
    ipcRenderer.send(channels.listening)
    return () => {
      ipcRenderer.off(channels.event, receive)
    }
  },
}

contextBridge.exposeInMainWorld('jufutong', door)
