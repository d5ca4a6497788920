/** A fault of the operator's set-up, with a sentence that says what to do. */
export class ServerSetupError extends Error {}
