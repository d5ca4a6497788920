import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type Finding = {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/** Serious and critical faults that axe finds in what is on screen now, each as one line. */
export async function findFaults(page: Page): Promise<readonly string[]> {
  const hasAxe = await page.evaluate(() => 'axe' in globalThis)
  // The page's own policy forbids added scripts; the debugger's door is not the page's.
  if (!hasAxe) await page.evaluate(source)
  const findings = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: (context: Document, options: object) => Promise<Readonly<Record<string, Finding[]>>> }
    }
    const results = await axe.run(document, {
      resultTypes: ['violations'],
      // The window is one program of tabs: landmarks and headings of a document do not apply; both are moderate anyway.
      runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] },
    })
    return results['violations'] ?? []
  })
  return findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
    )
}
