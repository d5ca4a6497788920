import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CDPSession, Locator, Page } from '@playwright/test'
import { computeCitizenIdCheckCharacter } from '../../src-shared/values/citizen-id-number.ts'
import { makeDataFolder, openClient } from './client-window.ts'

/** Calls the backend as a page does. @throws Error with the Chinese sentence of a refusal */
export async function callBackend<Output>(page: Page, name: string, input: unknown): Promise<Output> {
  const result = await page.evaluate(
    ([requestName, requestInput]) =>
      (
        globalThis as unknown as {
          jufutong: { call: (name: string, input: unknown) => Promise<{ ok: boolean }> }
        }
      ).jufutong.call(requestName as string, requestInput),
    [name, input] as const,
  )
  const answer = result as { ok: true; output: Output } | { ok: false; error: { message: string } }
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.output
}

let demoFolder: Promise<string> | undefined

/** A data folder of its own with 演示数据 and no first-run questions; the data are made once a run. */
export async function demoDataFolder(): Promise<string> {
  demoFolder ??= makeDemoFolder()
  const folder = mkdtempSync(join(tmpdir(), 'jufutong-e2e-'))
  cpSync(await demoFolder, folder, { recursive: true })
  return folder
}

async function makeDemoFolder(): Promise<string> {
  const dataFolder = makeDataFolder()
  const client = await openClient({ dataFolder })
  await callBackend(client.page, 'demo.load', {})
  const { settings } = await callBackend<{ settings: object }>(client.page, 'app.state', {})
  await callBackend(client.page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
  await client.close()
  return dataFolder
}

/** An invented person's number with a valid check character: place, birth day, and three digits of order. */
export function makeNumber(order: number, birth = '19930412', division = '420106'): string {
  const digits = `${division}${birth}${String(order).padStart(3, '0')}`
  return digits + computeCitizenIdCheckCharacter(digits)
}

/** A form on the page, found as a clerk or a screen reader finds it. */
export function formOf(page: Page, name: string): Locator {
  return page.getByRole('form', { name, exact: true })
}

export function boxOf(form: Locator, label: string): Locator {
  return form.getByLabel(label, { exact: true })
}

/** The name of the field that has the focus. */
export async function focusedField(page: Page): Promise<string> {
  return page.evaluate(
    () => document.activeElement?.closest<HTMLElement>('[data-field]')?.dataset['field'] ?? '',
  )
}

/** What the foot line says. */
export function footLine(page: Page): Locator {
  return page.locator('.entry:not([hidden]) .save-message')
}

/**
 * Types field by field with Enter from where the focus is to the save button: the given text, or only Enter. A text that
 * ends in ↓ waits for nothing: keys are struck as fast as they can be sent.
 */
export async function typeThrough(page: Page, texts: Readonly<Record<string, string>>): Promise<void> {
  for (let step = 0; step < 60; step += 1) {
    const name = await focusedField(page)
    if (name === '') return
    const text = texts[name]
    if (text !== undefined) await typeText(page, text)
    await page.keyboard.press('Enter')
    await page.waitForFunction(
      (before) =>
        (document.activeElement?.closest<HTMLElement>('[data-field]')?.dataset['field'] ?? '') !== before,
      name,
    )
  }
  throw new Error('the focus never came to the save button')
}

/** Chinese goes in as an input method commits it, everything else key by key. */
export async function typeText(page: Page, text: string): Promise<void> {
  if (/[^\p{ASCII}]/u.test(text)) await page.keyboard.insertText(text)
  else for (const letter of text) await page.keyboard.press(letter === ' ' ? 'Space' : letter)
}

/** The texts that fill a 流动人员 form of the demo district; the number fills sex, birth day and place. */
export function residentTexts(number: string, name: string): Record<string, string> {
  return {
    documentNumber: number,
    name,
    ethnicGroupCode: '01',
    householdAddress: '中华路8号',
    maritalStatusCode: '20',
    educationCode: '60',
    telephone: '13800001111',
    dwellingId: '东风路1号',
    residenceTypeCode: 'c',
    residenceReasonCode: 'w',
    arrivalDate: '20250301',
    moveInDate: '20250305',
    intendedStayCode: '1',
    landlordRelationCode: '1',
    employmentStatusCode: '20',
    occupationCode: '0',
    collectorId: 'hm',
  }
}

/** An input method's side of the keyboard, through the window's own input pipeline. */
export async function openIme(page: Page): Promise<{
  readonly compose: (text: string, code: string) => Promise<void>
  readonly commit: (text: string) => Promise<void>
  readonly key: (code: string) => Promise<void>
}> {
  const session: CDPSession = await page.context().newCDPSession(page)
  /** A key that the input method takes: the page sees it as Process, 229. */
  async function key(code: string): Promise<void> {
    await session.send('Input.dispatchKeyEvent', {
      type: 'rawKeyDown',
      key: 'Process',
      code,
      windowsVirtualKeyCode: 229,
    })
    await session.send('Input.dispatchKeyEvent', {
      type: 'keyUp',
      key: 'Process',
      code,
      windowsVirtualKeyCode: 229,
    })
  }
  return {
    key,
    async compose(text, code) {
      await key(code)
      await session.send('Input.imeSetComposition', {
        text,
        selectionStart: text.length,
        selectionEnd: text.length,
      })
    },
    async commit(text) {
      await session.send('Input.insertText', { text })
    },
  }
}
