import { vi } from 'vitest'
import type { Backend } from '../../src-main/backend/create-backend.ts'

/**
 * What the code of a form asks of the window it runs in, without one: the door to a real backend, no element that has the focus, and
 * frames that come at once. For tests of what a form remembers; what it looks like is the business of a real window.
 */
export function standInForPage(backend: Backend): void {
  class NoElement {}
  vi.stubGlobal('window', {
    jufutong: { call: backend.request, on: () => () => undefined },
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  })
  vi.stubGlobal('document', { activeElement: null, body: null, getElementById: () => null })
  vi.stubGlobal('HTMLInputElement', NoElement)
  vi.stubGlobal('HTMLTextAreaElement', NoElement)
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setImmediate(draw))
}
