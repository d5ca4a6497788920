import { cpus } from 'node:os'
import type { Page } from '@playwright/test'

/**
 * A stopwatch inside a window: from a key press to what it changed on the screen.
 *
 * - `changedMs`: from the browser's time stamp of the key event to the last change of the watched part of the page;
 * - `paintedMs`: from the same stamp to the end of the frame in which that change is painted (requestAnimationFrame and a
 *   message behind it). A 60 Hz display lets a frame begin every 16.7 ms, so up to that long of it is waiting for the display.
 * - `eventMs`: the browser's own Event Timing of the same key (rounded to 8 ms; below 16 ms it reports nothing: undefined).
 *   It ends with the first frame after the event, whatever arrives later.
 */
export type KeyTiming = {
  readonly changedMs: number
  readonly paintedMs: number
  readonly eventMs: number | undefined
  /** Whether the machine had a processor to spare right before the key: see waitForQuiet. */
  readonly isQuiet: boolean
}

/** What ends a measurement. */
export type Watched =
  /** The text of the focused box: over as soon as the browser and the page have handled the input. */
  | { readonly kind: 'box' }
  /** Elements below this selector: their last change of children or text. */
  | { readonly kind: 'part'; readonly selector: string; readonly until?: string }

type Run = {
  readonly watched: Watched
  readonly key: string
  keyAt: number | undefined
  changedAt: number | undefined
  paintedAt: number | undefined
  eventMs: number | undefined
}

declare global {
  var benchStopwatch: {
    readonly arm: (watched: Watched, key: string) => void
    readonly read: () => Run | undefined
  }
}

/** Puts the stopwatch into the page. Once a page. */
export async function installStopwatch(page: Page): Promise<void> {
  await page.evaluate(() => {
    let run: Run | undefined

    function note(target: Run): void {
      target.changedAt = performance.now()
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port2.onmessage = () => {
          target.paintedAt = performance.now()
        }
        port1.postMessage(null)
      })
    }
    function isInside(node: Node, selector: string): boolean {
      const element = node instanceof Element ? node : node.parentElement
      return element !== null && element.closest(selector) !== null
    }
    function brings(node: Node, selector: string): boolean {
      return node instanceof Element && (node.matches(selector) || node.querySelector(selector) !== null)
    }

    window.addEventListener(
      'keydown',
      (event) => {
        if (run && run.keyAt === undefined && (event.key === run.key || event.code === run.key)) {
          run.keyAt = event.timeStamp
        }
      },
      { capture: true },
    )
    // On the window and not captured: after every handler of the page.
    window.addEventListener('input', () => {
      if (run?.watched.kind === 'box' && run.keyAt !== undefined) note(run)
    })
    new MutationObserver((changes) => {
      const { watched, keyAt, changedAt } = run ?? {}
      if (!run || watched?.kind !== 'part' || keyAt === undefined) return
      if (watched.until !== undefined && changedAt !== undefined) return
      const isTouched = changes.some(
        (change) =>
          isInside(change.target, watched.selector) ||
          [...change.addedNodes].some((node) => brings(node, watched.selector)),
      )
      if (!isTouched) return
      const text = document.querySelector(watched.selector)?.textContent ?? ''
      if (watched.until === undefined || text.includes(watched.until)) note(run)
    }).observe(document, { subtree: true, childList: true, characterData: true })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.name === 'keydown' && run && entry.startTime === run.keyAt) run.eventMs = entry.duration
      }
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)

    globalThis.benchStopwatch = {
      arm(watched, key) {
        run = {
          watched,
          key,
          keyAt: undefined,
          changedAt: undefined,
          paintedAt: undefined,
          eventMs: undefined,
        }
      },
      read: () => run,
    }
  })
}

/**
 * Presses a key at a moment that has nothing to do with the display's frames, and answers what it took; undefined when
 * nothing of the watched part changed.
 *
 * @param settleMs how long the part must be looked at after the key; with `until` the longest wait for that text
 */
export async function timeKey(
  page: Page,
  key: string,
  watched: Watched,
  settleMs = 100,
): Promise<KeyTiming | undefined> {
  const last = key.split('+').at(-1) ?? key
  const name = /^[a-z]$/i.test(last) ? `Key${last.toUpperCase()}` : last
  await page.evaluate(([what, which]) => globalThis.benchStopwatch.arm(what, which), [watched, name] as const)
  const isQuiet = await waitForQuiet()
  await page.waitForTimeout(Math.random() * 20)
  await page.keyboard.press(key)
  if (watched.kind === 'part' && watched.until !== undefined) {
    await page
      .waitForFunction(() => globalThis.benchStopwatch.read()?.paintedAt !== undefined, undefined, {
        timeout: settleMs,
      })
      .catch(() => undefined)
    // The browser tells its own timing a little later.
    await page.waitForTimeout(60)
  } else {
    await page.waitForTimeout(settleMs)
  }
  const run = await page.evaluate(() => globalThis.benchStopwatch.read())
  if (run?.keyAt === undefined || run.changedAt === undefined || run.paintedAt === undefined) return undefined
  return {
    changedMs: run.changedAt - run.keyAt,
    paintedMs: run.paintedAt - run.keyAt,
    eventMs: run.eventMs,
    isQuiet,
  }
}

/** Longest wait for a quiet moment, ms; after it the key is pressed all the same. */
const quietLimit = 600
const quietSample = 50

/**
 * Waits for a moment in which other programs leave more than one processor free: what they do would be measured as ours.
 * Answers whether there was one.
 */
async function waitForQuiet(): Promise<boolean> {
  for (let waited = 0; waited < quietLimit; waited += quietSample) {
    const before = readIdle()
    await new Promise((resolve) => setTimeout(resolve, quietSample))
    const after = readIdle()
    const free = ((after.idle - before.idle) / (after.total - before.total)) * cpus().length
    if (free > 1.2) return true
  }
  return false
}

function readIdle(): { readonly idle: number; readonly total: number } {
  const times = cpus().map((processor) => processor.times)
  const sum = (figures: readonly number[]): number => figures.reduce((total, each) => total + each, 0)
  return {
    idle: sum(times.map((each) => each.idle)),
    total: sum(times.map(({ user, nice, sys, idle, irq }) => user + nice + sys + idle + irq)),
  }
}
