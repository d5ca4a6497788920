/** Rounds of killing in a run of `npm test`, both sides together; `JUFUTONG_KILLS` asks for another number. */
export const KILLS = Number(process.env['JUFUTONG_KILLS'] ?? 200)
/** `JUFUTONG_SEED` repeats a run as far as a race can be repeated. */
export const SEED = Number(process.env['JUFUTONG_SEED'] ?? Date.now() % 1_000_000_000)
