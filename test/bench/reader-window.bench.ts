// Card on → fields filled, in the real window: a card on a played reader behind a wire of 115200 baud, 新增流动人员 open and empty. Beside it
// the part of the form alone: from the event `reader.card` in the page to the last field.
import type { PageDoor } from '../../src-shared/contract/page-door.ts'
import { getPerson } from '../../tools/reader-simulator/simulated-people.ts'
import { makeCard } from '../../tools/reader-simulator/simulated-card.ts'
import { createSimulatedReader } from '../../tools/reader-simulator/simulated-reader.ts'
import { serveTcp } from '../../tools/reader-simulator/simulator-lines.ts'
import { openClient } from '../support/client-window.ts'
import { callBackend, demoDataFolder, formOf } from '../support/form-driver.ts'
import { percentile, randomFrom } from './bench-store.ts'
import { printTable } from './print-table.ts'

const CARDS = 40
const random = randomFrom(9)
const people = Array.from({ length: 150 }, (_, index) => getPerson(index))
  .filter((person) => person.kind === 'residentIdentity' && person.birthDate < '2008')
  .slice(0, CARDS)

/** What the page notes of one card, as UTC milliseconds with fractions. */
type Filling = { readonly toldAt: number; readonly filledAt: number }

async function measure(name: string, bytesPerSecond: number): Promise<readonly (readonly string[])[]> {
  const reader = createSimulatedReader({ bytesPerSecond })
  const line = await serveTcp(reader)
  const client = await openClient({ dataFolder: await demoDataFolder() })
  const { page } = client
  const { settings } = await callBackend<{
    settings: { readonly reader: object }
  }>(page, 'app.state', {})
  await callBackend(page, 'settings.save', {
    settings: {
      ...settings,
      reader: { ...settings.reader, kind: 'serial', port: line.path, playsSound: false },
    },
  })
  await page.getByLabel('读卡器状态').getByText('就绪').waitFor()
  const whole: number[] = []
  const form: number[] = []
  for (const person of people) {
    await page.keyboard.press('Alt+1')
    await formOf(page, '新增流动人员').waitFor()
    await page.locator('form[aria-busy="false"]').waitFor()
    const filling = page.evaluate((number): Promise<Filling> => {
      const { jufutong } = window as unknown as { readonly jufutong: PageDoor }
      const now = (): number => performance.timeOrigin + performance.now()
      const read = (field: string): string =>
        document.querySelector<HTMLInputElement>(`[data-field="${field}"] input`)?.value ?? ''
      const fields = [
        'documentNumber',
        'name',
        'sexCode',
        'ethnicGroupCode',
        'birthDate',
        'householdDivisionCode',
      ]
      return new Promise((resolve) => {
        let toldAt = 0
        const end = jufutong.on(({ event }) => {
          if (event === 'reader.card') toldAt = now()
        })
        const { port1, port2 } = new MessageChannel()
        port2.onmessage = () => {
          if (read('documentNumber') !== number || fields.some((field) => read(field) === '')) {
            setTimeout(() => port1.postMessage(null), 1)
            return
          }
          end()
          resolve({ toldAt, filledAt: now() })
        }
        port1.postMessage(null)
      })
    }, person.documentNumber)
    await new Promise((resolve) => setTimeout(resolve, 50 + random() * 200))
    const putOnAt = performance.timeOrigin + performance.now()
    reader.putOn(makeCard(person))
    const { toldAt, filledAt } = await filling
    whole.push(filledAt - putOnAt)
    form.push(filledAt - toldAt)
    reader.takeAway()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: '离开,放弃内容' }).click()
    await page.locator('form').waitFor({ state: 'detached' })
    await new Promise((resolve) => setTimeout(resolve, 450))
  }
  await client.close()
  await line.close()
  const shares = (times: readonly number[]): readonly string[] =>
    [0.5, 0.95, 1].map((share) => percentile(times, share).toFixed(0))
  return [
    [`${name}: card on → fields filled`, ...shares(whole)],
    [`${name}: event → fields filled`, ...shares(form)],
  ]
}

printTable(
  `Card on → fields filled in the window (ms, ${CARDS} cards each, put on at random between polls)`,
  [
    ['', 'p50', 'p95', 'max'],
    ...(await measure('wire of 115200 baud', 11_520)),
    ...(await measure('no wire', 0)),
  ],
)
console.log(
  'The wire alone: 114 ms for the 1,295 bytes of a card at 11,520 bytes a second; the poll of 200 ms adds 0 to 200.',
)
