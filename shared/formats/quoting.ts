/** A text quoted so that a reader gets it back as it is, and runs nothing. None of them can hold a NUL. */

/**
 * One word for a POSIX shell. Between single quotes it leaves everything as it is, but for the quote itself.
 *
 * @example quoteForShell("it's") // "'it'\\''s'"
 */
export const quoteForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A string of PowerShell. It takes typographic single quotes for the plain one, so they are doubled, too.
 * Rules: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 *
 * @example quoteForPowerShell("it's") // "'it''s'"
 */
export const quoteForPowerShell = (text: string): string =>
  `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;

/**
 * A value in a dotenv file. All readers agree on single quotes, as long as the text has no character that one of them
 * would change: some take a backslash for an escape, some put a variable in the place of `$NAME`, some join lines.
 *
 * @returns undefined for a text that no quoting carries to all of them
 * @example quoteForDotenv("wJalr/XUtn") // "'wJalr/XUtn'"
 */
export const quoteForDotenv = (text: string): string | undefined =>
  /['\\$\p{Cc}]/u.test(text) ? undefined : `'${text}'`;
