/** A bare DevTools connection to one page: light enough not to slow the start that it watches. */
export type PageProbe = {
  /** The value of an expression, awaited if it is a promise. @throws when it throws or the page goes away */
  readonly evaluate: (expression: string) => Promise<unknown>
  readonly send: (method: string, parameters: Readonly<Record<string, unknown>>) => Promise<unknown>
  readonly close: () => void
}

type Answer = {
  readonly id?: number
  readonly result?: {
    readonly result?: { readonly value?: unknown }
    readonly exceptionDetails?: { readonly text: string }
  }
  readonly error?: { readonly message: string }
}

/** Waits for the first page of an Electron whose DevTools listen on that port of this machine, and connects to it. */
export async function probeFirstPage(port: number, limitMs: number): Promise<PageProbe> {
  const end = performance.now() + limitMs
  for (;;) {
    const targets = (await (await fetch(`http://127.0.0.1:${String(port)}/json/list`)).json()) as readonly {
      readonly type: string
      readonly url: string
      readonly webSocketDebuggerUrl: string
    }[]
    const page = targets.find((target) => target.type === 'page' && !/^(about:blank)?$/.test(target.url))
    if (page) {
      const probe = await connect(page.webSocketDebuggerUrl)
      // A connection made while the page is still an empty one may lose its answers when the real one comes.
      const href = await Promise.race([
        probe.evaluate('location.href').catch(() => undefined),
        new Promise((resolve) => setTimeout(resolve, 500)),
      ])
      if (href === page.url) return probe
      probe.close()
    }
    if (performance.now() > end) throw new Error('Electron opened no window')
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}

async function connect(url: string): Promise<PageProbe> {
  const socket = new WebSocket(url)
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true })
    socket.addEventListener('error', () => reject(new Error(`no connection to ${url}`)), { once: true })
  })
  let last = 0
  const waiting = new Map<number, (answer: Answer) => void>()
  socket.addEventListener('message', (event: MessageEvent<string>) => {
    const answer = JSON.parse(event.data) as Answer
    if (answer.id === undefined) return
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  socket.addEventListener('close', () => {
    for (const finish of waiting.values()) finish({ error: { message: 'the page is gone' } })
    waiting.clear()
  })
  async function send(
    method: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<Answer['result']> {
    last += 1
    const id = last
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method, params: parameters }))
    })
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result
  }
  return {
    send,
    async evaluate(expression) {
      const result = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
      if (result?.exceptionDetails) throw new Error(result.exceptionDetails.text)
      return result?.result?.value
    },
    close: () => socket.close(),
  }
}
