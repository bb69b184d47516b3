/** The variables that a process starts with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** This process's; empty where there are no processes. */
export const environment = (): Environment => globalThis.process?.env ?? {};
