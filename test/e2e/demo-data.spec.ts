import { expect, test } from '@playwright/test'
import { ask } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'

/** 帮助—演示数据, by keys. That nothing of it stays behind: integration/backend/demo-data.test.ts. */

test('the invented district is loaded from 帮助 and taken out again', async () => {
  const client = await openClient()
  const { page } = client
  try {
    await page.getByRole('radio', { name: /单机模式/ }).press('Escape')
    const counts = async (): Promise<unknown> => (await ask(page, 'app.state', {})).counts
    const act = async (name: string): Promise<void> => {
      await page.keyboard.press('Control+F12')
      const dialog = page.getByRole('dialog', { name: '演示数据' })
      await dialog.getByRole('button', { name }).press('Enter')
      await expect(dialog).toHaveCount(0, { timeout: 90_000 })
    }
    await act('装入演示数据')
    await expect(page.getByLabel('状态栏')).toContainText('已装入演示数据')
    // Of the 10,000 residents 292 have left.
    expect(await counts()).toEqual({
      resident: 9_708,
      minor: 1_200,
      school: 30,
      dwelling: 20_000,
      coordinator: 40,
      estate: 60,
      employer: 2_000,
      residencePermit: 1_500,
      lease: 2_000,
      inspection: 1_500,
      serviceRequest: 400,
    })
    await act('移除演示数据')
    await expect(page.getByLabel('状态栏')).toContainText('已移除演示数据')
    expect(Object.values((await counts()) as object).every((count) => count === 0)).toBe(true)
  } finally {
    await client.close()
  }
})
