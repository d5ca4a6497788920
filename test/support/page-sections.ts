import type { Page } from '@playwright/test'
import type { Command } from '../../src-renderer/app/commands.ts'

/** The keys that go on to the next part of a page that shows one part at a time. */
const nextSection: Readonly<Record<string, string>> = {
  系统设置: 'ArrowDown',
  数据同步: 'Control+PageDown',
  冲突处理: 'Control+PageDown',
  备份与恢复: 'Control+PageDown',
}

/** Goes through the parts of a page behind its first one by keys, and looks at each. */
export async function walkSections(
  page: Page,
  command: Command,
  look: (name: string) => Promise<void>,
): Promise<void> {
  const key = nextSection[command.label]
  if (key === undefined) return
  const tabs = page.locator('.page:not([hidden]) [role=tab]')
  const count = await tabs.count()
  if (count < 2) throw new Error(`${command.label} has no parts`)
  for (let at = 1; at < count; at += 1) {
    await page.keyboard.press(key)
    const chosen = page.locator('.page:not([hidden]) [role=tab][aria-selected=true]')
    const name = (await chosen.textContent()) ?? ''
    if (name !== (await tabs.nth(at).textContent()))
      throw new Error(`${command.label}: ${name} is not part ${at}`)
    await look(`${command.label}—${name}`)
  }
}
