declare const __PROGRAM_VERSION__: string

/** The version of package.json, put in by the build. */
export const programVersion: string = __PROGRAM_VERSION__
