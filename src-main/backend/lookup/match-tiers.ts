// The order of kinds of match: smaller comes first, whatever was used lately.

export const TIER_EXACT_CODE = 0
/** The whole name or the whole 助记码, spelled in any complete way (characters, initials, full pinyin, mixed). */
export const TIER_WHOLE = 1
/** From the start of the name by usual readings; also the start of the code or of the 助记码. */
export const TIER_START_USUAL = 2
export const TIER_START_OTHER = 3
/** From the start of a later word: after a space, a sign or a change between Chinese, letters and digits. */
export const TIER_WORD_START = 4
export const TIER_INSIDE_USUAL = 5
export const TIER_INSIDE_OTHER = 6
/**
 * Several terms separated by spaces, in the order of the name: the first from its start, each later one from the start of a
 * word. So an address is typed as it is read: zhl 3 2 101 is 重华路3号2栋101室 before 重华路2号3栋101室.
 */
export const TIER_TERMS_IN_ORDER = 7
/** Several terms, all matching, one of them from the start (tier 0–3). */
export const TIER_TERMS_START = 8
export const TIER_TERMS_INSIDE = 9
/** Every character typed is there in this order, with others between; only when the page is not filled otherwise. */
export const TIER_GAPS = 10
export const NO_MATCH = 11
