import { clipboard, dialog, shell } from 'electron'
import type { BrowserWindow } from 'electron'
import type { RequestResult } from '../../src-shared/contract/errors.ts'
import type { RequestInput, RequestName } from '../../src-shared/contract/requests.ts'
import { folderDialogOf, sourceDialogOf, targetDialogOf } from './file-dialogs.ts'

/** Answers the requests whose `answeredBy` is `main`. The input was checked already. */
export type MainActs = (name: RequestName, input: unknown) => Promise<RequestResult<unknown>>

export type MainActOptions = {
  readonly logFolder: string
  readonly quit: () => void
  readonly restart: () => void
  /** Leaves word that a store which could not be opened is to be set aside; answers whether there is one. */
  readonly setStoreAside: () => boolean
  /** Shows the window's page at a size, in percent of the normal one. */
  readonly zoom: (percent: number) => void
  /** The window a dialog belongs to: it stays in front of it. */
  readonly window: () => BrowserWindow | undefined
}

const done: RequestResult<null> = { ok: true, output: null }

/** The acts that only Electron's main process can do. */
export function mainActs(options: MainActOptions): MainActs {
  return async (name, input) => {
    switch (name) {
      case 'app.quit': {
        options.quit()
        return done
      }
      case 'app.restart': {
        options.restart()
        return done
      }
      case 'store.setAside': {
        if (options.setStoreAside()) {
          options.restart()
          return done
        }
        return { ok: false, error: { code: 'notPossible', message: '本机数据库可以打开,没有什么要搁置。' } }
      }
      case 'window.zoom': {
        options.zoom((input as { readonly percent: number }).percent)
        return done
      }
      case 'clipboard.write': {
        // Electron 33 answers at once, newer ones with a promise.
        await clipboard.writeText((input as { readonly text: string }).text)
        return done
      }
      case 'log.open': {
        const reason = await shell.openPath(options.logFolder)
        if (reason === '') return done
        const message = `无法打开日志文件夹,请在文件管理器中打开:${options.logFolder}`
        return { ok: false, error: { code: 'notPossible', message } }
      }
      case 'file.chooseTarget': {
        const question = targetDialogOf(input as RequestInput<'file.chooseTarget'>)
        const window = options.window()
        const { canceled, filePath } = window
          ? await dialog.showSaveDialog(window, question)
          : await dialog.showSaveDialog(question)
        return { ok: true, output: canceled || filePath === '' ? null : { path: filePath } }
      }
      case 'file.chooseFolder':
      case 'file.chooseSource': {
        const question =
          name === 'file.chooseFolder'
            ? folderDialogOf(input as RequestInput<'file.chooseFolder'>)
            : sourceDialogOf(input as RequestInput<'file.chooseSource'>)
        const window = options.window()
        const { canceled, filePaths } = window
          ? await dialog.showOpenDialog(window, question)
          : await dialog.showOpenDialog(question)
        const [path] = filePaths
        return { ok: true, output: canceled || path === undefined ? null : { path } }
      }
      default: {
        return { ok: false, error: { code: 'internal', message: `程序内部错误:主进程不处理操作 ${name}。` } }
      }
    }
  }
}
