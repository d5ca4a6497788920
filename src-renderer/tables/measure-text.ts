let context: CanvasRenderingContext2D | null | undefined

/** Width of a text in the grid's font, CSS pixels. */
export function measureText(text: string): number {
  if (context === undefined) {
    context = document.createElement('canvas').getContext('2d')
    const style = getComputedStyle(document.documentElement)
    if (context) {
      context.font = `13px ${style.getPropertyValue('--font-family') || 'sans-serif'}`
    }
  }
  return context?.measureText(text).width ?? text.length * 13
}
