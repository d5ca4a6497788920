import { app, BrowserWindow } from 'electron'
import type { Log } from '../log.ts'
import { showFatal } from './fatal-dialog.ts'
import { ownOrigin } from './page-protocol.ts'

const errorLevel = 3
const lossesBeforeGivingUp = 3
const lossWindowMs = 60_000

/** Opens the one main window: a sandboxed page of our own that can go nowhere else. */
export function openMainWindow(options: { readonly preload: string; readonly log: Log }): BrowserWindow {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 640,
    show: false,
    title: '居服通',
    backgroundColor: '#ffffff',
    webPreferences: {
      preload: options.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      // A form in a window behind another one goes on saving its drafts.
      backgroundThrottling: false,
    },
  })
  // The menu bar is the page's own: it is Chinese, and every entry is a tab.
  window.removeMenu()
  window.once('ready-to-show', () => {
    window.show()
    options.log.write('window.shown')
  })
  keepOnOwnPage(window)
  reloadLostPage(window, options.log)
  window.webContents.on('console-message', (details, level) => {
    // Electron 33 says the level as a number in the second place. Only that it happened and where: a message could
    // quote what was typed.
    if (details.level !== 'error' && level !== errorLevel) return
    options.log.write('page.error', { source: details.sourceId ?? null, line: details.lineNumber ?? null })
  })
  void window.loadURL(`${ownOrigin}/index.html`)
  return window
}

/** Brings back a page whose process died. Drafts are journalled as they are typed, so its forms come back too. */
function reloadLostPage(window: BrowserWindow, log: Log): void {
  let losses: number[] = []
  window.webContents.on('render-process-gone', (_event, details) => {
    log.write('page.gone', { reason: details.reason, code: details.exitCode })
    losses = [...losses.filter((at) => performance.now() - at < lossWindowMs), performance.now()]
    if (losses.length >= lossesBeforeGivingUp) {
      showFatal(
        '居服通窗口无法显示',
        `窗口在一分钟内出错三次。草稿已保存,请重新启动程序。\n\n日志:${log.path}`,
      )
      app.exit(1)
    } else if (details.reason !== 'clean-exit') window.webContents.reload()
  })
}

function keepOnOwnPage(window: BrowserWindow): void {
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.webContents.on('will-navigate', (event) => {
    event.preventDefault()
  })
  window.webContents.on('will-attach-webview', (event) => {
    event.preventDefault()
  })
  const session = window.webContents.session
  session.setPermissionRequestHandler((_contents, _permission, decide) => {
    decide(false)
  })
  session.setPermissionCheckHandler(() => false)
}
