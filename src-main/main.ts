import { describeFault } from '../src-shared/contract/describe-fault.ts'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { app } from 'electron'
import type { BrowserWindow } from 'electron'
import { SET_ASIDE_MARK } from '../src-shared/contract/backup-types.ts'
import { keepBackend } from './backend-keeper.ts'
import type { BackendKeeper } from './backend-keeper.ts'
import { startBackendProcess } from './backend-process.ts'
import { openBridge, tellPage } from './bridge/bridge.ts'
import { mainActs } from './bridge/main-acts.ts'
import { askKeyStore } from './key-store.ts'
import { openLog, openTextLog } from './log.ts'
import { findPlaces } from './places.ts'
import { programVersion } from './version.ts'
import { showFatal } from './windows/fatal-dialog.ts'
import { openMainWindow } from './windows/main-window.ts'
import { ownOrigin, registerPageScheme, servePages } from './windows/page-protocol.ts'

const places = findPlaces({
  mainFolder: import.meta.dirname,
  installedResources: process.resourcesPath,
  userDataParent: app.getPath('appData'),
  environment: process.env,
})
const log = openLog(places.logFolder, 'main')
/** `npm start` asks to be told by this exit code that the clerk wants a restart, and starts the program again itself. */
const restartCode = Number(process.env['JUFUTONG_RESTART_CODE'] ?? Number.NaN)

process.on('uncaughtException', (error) => {
  log.write('main.fault', { fault: describeFault(error) })
  showFatal(
    '居服通发生错误',
    `程序发生内部错误,即将退出。已保存的数据和草稿不受影响,请重新启动程序。\n\n日志:${log.path}`,
  )
  app.exit(1)
})

registerPageScheme()
app.commandLine.appendSwitch('lang', 'zh-CN')
prepareDataFolder()

let window: BrowserWindow | undefined
let backend: BackendKeeper | undefined
let isRestartWanted = false
let isBackendStopped = false

// The lock stands in the data folder: one program a store.
if (app.requestSingleInstanceLock()) {
  app.on('second-instance', () => {
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  app.on('window-all-closed', () => {
    app.quit()
  })
  app.on('will-quit', (event) => {
    if (isBackendStopped) return
    event.preventDefault()
    void finish()
  })
  void app.whenReady().then(start)
} else {
  log.write('main.secondInstance')
  app.exit(0)
}

function prepareDataFolder(): void {
  try {
    mkdirSync(places.windowFolder, { recursive: true, mode: 0o700 })
    app.setPath('userData', places.windowFolder)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    showFatal(
      '居服通无法启动',
      `无法使用数据文件夹:${places.dataFolder}\n请检查该文件夹是否存在、磁盘是否已满、当前用户是否有写入权限,然后重新启动。\n\n${reason}`,
    )
    app.exit(1)
  }
}

function start(): void {
  log.write('main.start', {
    version: programVersion,
    electron: process.versions.electron,
    platform: process.platform,
  })
  servePages(places.pageFolder)
  backend = keepBackend({
    start: (listeners) => startBackendProcess(places.backendScript, places.backendNode, listeners),
    startMessage: {
      type: 'start',
      dataFolder: places.dataFolder,
      resourcesFolder: places.resourcesFolder,
      version: programVersion,
    },
    askKeyStore,
    tell: (message) => {
      if (window !== undefined && !window.isDestroyed()) tellPage(window.webContents, message)
    },
    onGivenUp: () => {
      showFatal(
        '居服通后台程序无法运行',
        `后台程序在一分钟内停止了三次,已不再自动启动。已保存的数据和草稿不受影响。\n请重新启动程序;若仍出现,请把下面的日志文件交给维护人员:\n\n${places.logFolder}`,
      )
    },
    log,
    outputLog: openTextLog(places.logFolder, 'backend'),
    now: () => performance.now(),
  })
  const keeper = backend
  openBridge({
    ownOrigin,
    askBackend: keeper.request,
    mainActs: mainActs({
      logFolder: places.logFolder,
      quit: () => {
        app.quit()
      },
      restart: () => {
        isRestartWanted = true
        app.quit()
      },
      setStoreAside: () => {
        const isFailed = keeper
          .standingEvents()
          .some(({ event, payload }) => event === 'startup.failed' && payload.canSetAside === true)
        if (isFailed) writeFileSync(join(places.dataFolder, SET_ASIDE_MARK), '')
        return isFailed
      },
      zoom: (percent) => {
        window?.webContents.setZoomFactor(percent / 100)
      },
      window: () => window,
    }),
    standingEvents: keeper.standingEvents,
    log,
  })
  window = openMainWindow({ preload: places.preloadScript, log })
}

/** The backend ends first, so that everything it was told is on the disk. */
async function finish(): Promise<void> {
  await backend?.stop()
  isBackendStopped = true
  log.write('main.quit', { restart: isRestartWanted })
  if (isRestartWanted && Number.isInteger(restartCode)) {
    app.exit(restartCode)
    return
  }
  if (isRestartWanted) app.relaunch()
  app.exit(0)
}
