import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { menus } from '../../src-renderer/app/commands.ts'
import { ask } from '../support/clerks-morning.ts'
import { openClient, screenshotFolder, type ClientWindow } from '../support/client-window.ts'
import { demoDataFolder } from '../support/form-driver.ts'
import { walkSections } from '../support/page-sections.ts'
import { pressable } from '../support/key-names.ts'

/** 字号 100–175 % at 1366×768: on every menu entry's page, in a list, a dialog and the palette nothing is cut off. */

const sizes = [100, 125, 150, 175]

/** What is wrong on screen now: a text that is cut off, a page that scrolls sideways, a bar that is out of sight. */
async function findCuts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = []
    const { clientWidth, clientHeight, scrollWidth } = document.documentElement
    const name = (element: Element): string =>
      `${element.tagName.toLowerCase()}.${element.className} 「${(element.textContent ?? '').trim().slice(0, 30)}」`
    const isVisible = (element: HTMLElement): boolean =>
      element.getClientRects().length > 0 && getComputedStyle(element).visibility === 'visible'
    if (scrollWidth > clientWidth) found.push(`the window scrolls sideways: ${scrollWidth} > ${clientWidth}`)
    // What must always be in sight, whole.
    for (const selector of [
      '.menu-bar',
      '.toolbar',
      '.tab-strip',
      '.status-bar',
      '.save-bar',
      '.query-foot',
      '.palette',
      '.dialog',
      '.dialog-acts',
    ]) {
      for (const element of document.querySelectorAll<HTMLElement>(selector)) {
        // A page may be higher than the window: then it scrolls, and its foot with it. The form's and the query's never do.
        if (!isVisible(element) || element.closest('.sync-page, .conflicts-page')) continue
        const box = element.getBoundingClientRect()
        if (box.left < -1 || box.top < -1 || box.right > clientWidth + 1 || box.bottom > clientHeight + 1)
          found.push(`${name(element)} is out of the window: ${JSON.stringify(box)}`)
      }
    }
    // The parts of the bars, and buttons anywhere: in sight inside their bar.
    for (const bar of document.querySelectorAll<HTMLElement>(
      '.menu-bar, .toolbar, .status-bar, .save-bar, .query-foot, .dialog-acts',
    )) {
      if (!isVisible(bar)) continue
      const outer = bar.getBoundingClientRect()
      for (const part of bar.children) {
        if (!(part instanceof HTMLElement) || !isVisible(part)) continue
        const inner = part.getBoundingClientRect()
        if (
          inner.width > 0 &&
          (inner.right > outer.right + 1 || inner.left < outer.left - 1 || inner.bottom > outer.bottom + 1)
        )
          found.push(`${name(part)} is out of ${bar.className}`)
      }
    }
    // Pages scroll downwards, never sideways; a grid's own columns may.
    for (const panel of document.querySelectorAll<HTMLElement>(
      '.page:not([hidden]), .page:not([hidden]) *',
    )) {
      if (!isVisible(panel) || panel.closest('.grid, .tab-strip')) continue
      const { overflowX } = getComputedStyle(panel)
      if ((overflowX === 'auto' || overflowX === 'scroll') && panel.scrollWidth > panel.clientWidth + 1)
        found.push(`${name(panel)} scrolls sideways`)
    }
    // A text in a box that hides what does not fit, and says no more with dots and a title.
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      if (!isVisible(element)) continue
      const style = getComputedStyle(element)
      const hasText = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== '',
      )
      if (!hasText || element instanceof HTMLOptionElement) continue
      if (element.closest('.grid, [aria-hidden=true].field-measure')) continue
      const isHidden = style.overflowX === 'hidden' || style.overflowX === 'clip'
      const isCut = isHidden && element.scrollWidth > element.clientWidth + 1
      const isMeant =
        style.textOverflow === 'ellipsis' && (element.title !== '' || element.closest('[title]') !== null)
      if (isCut && !isMeant)
        found.push(`${name(element)} is cut off: ${element.scrollWidth} > ${element.clientWidth}`)
      if (
        isHidden &&
        style.overflowY === 'hidden' &&
        element.scrollHeight > element.clientHeight + 2 &&
        element.clientHeight > 0
      )
        found.push(`${name(element)} is cut off below: ${element.scrollHeight} > ${element.clientHeight}`)
    }
    return found
  })
}

/** The whole window as it is: Playwright's own picture of an enlarged page holds its upper left part only. */
async function takePicture(client: ClientWindow, name: string): Promise<void> {
  const base64 = await client.app.evaluate(async ({ BrowserWindow }) => {
    const picture = await BrowserWindow.getAllWindows()[0]?.webContents.capturePage()
    return picture?.toPNG().toString('base64') ?? ''
  })
  mkdirSync(screenshotFolder, { recursive: true })
  writeFileSync(join(screenshotFolder, `${name}.png`), Buffer.from(base64, 'base64'))
}

test('nothing is cut off at any font size at 1366×768', async () => {
  test.setTimeout(300_000)
  const client = await openClient({ dataFolder: await demoDataFolder() })
  const { page } = client
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const each of keys) await page.keyboard.press(pressable(each))
  }
  const found: string[] = []
  const look = async (size: number, place: string): Promise<void> => {
    found.push(...(await findCuts(page)).map((cut) => `${size} % ${place}: ${cut}`))
    if (size === 175) await takePicture(client, `font-${size}-${place}`)
  }
  for (const size of sizes) {
    const { settings } = await ask(page, 'app.state', {})
    await ask(page, 'settings.save', { settings: { ...settings, fontSizePercent: size } })
    await ask(page, 'window.zoom', { percent: size })
    await expect.poll(() => page.evaluate(() => window.devicePixelRatio * 100)).toBeCloseTo(size, 0)
    await look(size, '首页')
    for (const command of menus.flatMap((menu) => menu.commands)) {
      await press(command.shortcut)
      await expect(page.locator('form[aria-busy=true]')).toHaveCount(0)
      if (command.act.kind === 'open' && command.act.page().kind === 'query')
        await expect(page.getByRole('grid').filter({ visible: true })).toBeVisible()
      await page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 30))),
      )
      await look(size, command.label)
      await walkSections(page, command, (name) => look(size, name))
      if (command.act.kind === 'open') await press('Ctrl+W')
      else await press('Esc')
    }
    await press('Ctrl+K')
    await expect(page.getByRole('combobox', { name: '查找功能或记录' })).toBeFocused()
    await page.keyboard.type('cx')
    await expect(page.getByRole('group', { name: '流动人员', exact: true })).toBeVisible()
    await look(size, '查找')
    await press('Esc')
  }
  await client.close()
  expect(found).toEqual([])
})
