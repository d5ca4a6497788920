/**
 * Chromium cannot lay out an element higher than about 33.5 million physical pixels (2^25): a million rows at 175 % would
 * be. Above this height the scroll bar stands for more rows a pixel; positions within the window stay exact.
 */
export const maximumScrollHeight = 15_000_000

export type ScrollScale = {
  /** Height of the scrolled element, CSS pixels. */
  readonly physicalHeight: number
  /** Virtual pixels for each pixel scrolled; 1 below the limit. */
  readonly factor: number
}

/** How a list of `virtualHeight` pixels is scrolled in a window of `viewHeight` pixels. */
export function scrollScaleOf(virtualHeight: number, viewHeight: number): ScrollScale {
  if (virtualHeight <= maximumScrollHeight) return { physicalHeight: virtualHeight, factor: 1 }
  const scrollable = Math.max(maximumScrollHeight - viewHeight, 1)
  return { physicalHeight: maximumScrollHeight, factor: (virtualHeight - viewHeight) / scrollable }
}
