import type { Page } from '@playwright/test'

/** What was seen of a grid while it scrolled. */
export type ScrollFigures = {
  readonly frames: number
  /** Frames in which at least one row in sight had no record yet, or no row was drawn where one belongs. */
  readonly blankFrames: number
  /** Most rows blank in one frame. */
  readonly mostBlank: number
  /** Sum over the frames of rows that were blank, of all rows in sight. */
  readonly blankRows: number
  readonly rowsInSight: number
  /** Longest time between two frames, ms, and the 95th percentile. */
  readonly longestFrame: number
  readonly frameP95: number
  /** Rows that the first row in sight moved by, and in what time (ms). */
  readonly rowsMoved: number
  readonly took: number
}

type Run = { frames: number[]; blank: number[]; inSight: number; firstRow: number; lastRow: number }

declare global {
  var benchScroll: { readonly start: () => void; readonly stop: () => Run }
}

/**
 * Puts a probe into the page that looks at the grid once a frame, after the frame's work is done: how much of what is in
 * sight is covered by rows that show a record. What the compositor shows between two frames of the page is not seen.
 */
export async function installScrollProbe(page: Page): Promise<void> {
  await page.evaluate(() => {
    let run: Run | undefined
    function look(now: number): void {
      const mine = run
      if (!mine) return
      requestAnimationFrame(look)
      const { port1, port2 } = new MessageChannel()
      port2.onmessage = () => {
        const grid = document.querySelector('.query-result .grid')
        const header = grid?.querySelector('.grid-header')
        if (!grid || !header) return
        const top = header.getBoundingClientRect().bottom
        const bottom = grid.getBoundingClientRect().top + grid.clientHeight
        let covered = 0
        let height = 28
        let first = Number.MAX_SAFE_INTEGER
        for (const row of grid.querySelectorAll<HTMLElement>('.grid-row')) {
          const box = row.getBoundingClientRect()
          const seen = Math.min(box.bottom, bottom) - Math.max(box.top, top)
          if (seen <= 0) continue
          height = box.height
          first = Math.min(first, Number(row.getAttribute('aria-rowindex')) - 2)
          if (row.getAttribute('aria-busy') !== 'true' && (row.textContent ?? '') !== '') covered += seen
        }
        // A hundredth of a row is rounding.
        const missing = (bottom - top - covered) / height
        mine.frames.push(now)
        mine.blank.push(missing > 0.01 ? missing : 0)
        mine.inSight = (bottom - top) / height
        if (first < Number.MAX_SAFE_INTEGER) {
          if (mine.firstRow < 0) mine.firstRow = first
          mine.lastRow = first
        }
      }
      port1.postMessage(null)
    }
    globalThis.benchScroll = {
      start() {
        run = { frames: [], blank: [], inSight: 0, firstRow: -1, lastRow: -1 }
        requestAnimationFrame(look)
      },
      stop() {
        const done = run ?? { frames: [], blank: [], inSight: 0, firstRow: -1, lastRow: -1 }
        run = undefined
        return done
      },
    }
  })
}

/** Scrolls and answers what was seen meanwhile. */
export async function watchScrolling(page: Page, scroll: () => Promise<void>): Promise<ScrollFigures> {
  await page.evaluate(() => globalThis.benchScroll.start())
  const startedAt = performance.now()
  await scroll()
  const took = performance.now() - startedAt
  const run = await page.evaluate(() => globalThis.benchScroll.stop())
  const gaps = run.frames.slice(1).map((at, index) => at - (run.frames[index] ?? at))
  const sorted = gaps.toSorted((a, b) => a - b)
  return {
    frames: run.frames.length,
    blankFrames: run.blank.filter((rows) => rows > 0).length,
    mostBlank: Math.max(0, ...run.blank),
    blankRows: run.blank.reduce((sum, rows) => sum + rows, 0),
    rowsInSight: run.inSight,
    longestFrame: sorted.at(-1) ?? 0,
    frameP95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
    rowsMoved: Math.abs(run.lastRow - run.firstRow),
    took,
  }
}

/**
 * Does something at an even pace for some time, however long one turn takes: late turns are made up for.
 *
 * @returns how often it was done
 */
export async function atPace(perSecond: number, seconds: number, act: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  let count = 0
  while (count < perSecond * seconds) {
    const due = startedAt + (count / perSecond) * 1_000
    const wait = due - performance.now()
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
    await act()
    count += 1
  }
  return count
}
