// An Electron program that is nothing but a window: it shows the page at JUFUTONG_BENCH_URL, or an empty one.
const { app, BrowserWindow } = require('electron')

const folder = process.env.JUFUTONG_BENCH_DATA
if (folder) app.setPath('userData', folder)
app.on('window-all-closed', () => {
  app.quit()
})
void app.whenReady().then(() => {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    show: false,
    backgroundColor: '#ffffff',
    webPreferences: { sandbox: true, contextIsolation: true, backgroundThrottling: false, spellcheck: false },
  })
  window.removeMenu()
  window.once('ready-to-show', () => {
    window.show()
  })
  void window.loadURL(process.env.JUFUTONG_BENCH_URL || 'data:text/html,<title>empty</title><p>empty</p>')
})
