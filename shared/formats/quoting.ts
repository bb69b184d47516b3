/** A text quoted so that a reader gets it back as it is, and runs nothing. None of them can hold a NUL. */

/**
 * One word for a POSIX shell. Between single quotes it leaves everything as it is, but for the quote itself.
 *
 * @example quoteForShell("it's") // "'it'\\''s'"
 */
export const quoteForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A string of fish. Between single quotes it reads `\\` and `\'` as one character, and leaves all others as they are.
 * Rules: https://fishshell.com/docs/current/language.html#quotes
 *
 * @example quoteForFish("it's") // "'it\\'s'"
 */
export const quoteForFish = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;

/**
 * A string of PowerShell. Windows reads a program's output by a code page of its own and ends lines by its own rules,
 * and takes an empty variable for none.
 * Rules: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 *
 * @returns undefined for a text that would not arrive: an empty one, or one beyond printable ASCII
 * @example quoteForPowerShell("it's") // "'it''s'"
 */
export const quoteForPowerShell = (text: string): string | undefined =>
  /^[ -~]+$/.test(text) ? `'${text.replaceAll("'", "''")}'` : undefined;

/**
 * What stands after `set` in a batch file of cmd, which reads `%%` as `%`. Nothing carries `"` safely, nor `!` where
 * delayed expansion is on. A line has 8,191 characters.
 * Rules: https://learn.microsoft.com/windows-server/administration/windows-commands/set_1
 *
 * @returns undefined for a text that would not arrive: an empty or a long one, or one beyond printable ASCII, too
 * @example assignmentForCmd("RATE", "5%") // '"RATE=5%%"'
 */
export function assignmentForCmd(name: string, text: string): string | undefined {
  const assignment = `"${name}=${text.replaceAll("%", "%%")}"`;
  return /^[ #-~]+$/.test(text) && assignment.length < 8_000 ? assignment : undefined;
}

/**
 * A value in a dotenv file. All readers agree on single quotes, as long as the text has no character that one of them
 * would change: some take a backslash for an escape, some put a variable in the place of `$NAME`, some join lines.
 *
 * @returns undefined for a text that no quoting carries to all of them
 * @example quoteForDotenv("wJalr/XUtn") // "'wJalr/XUtn'"
 */
export const quoteForDotenv = (text: string): string | undefined =>
  /['\\$\p{Cc}]/u.test(text) ? undefined : `'${text}'`;

/**
 * A word of a command line that programs on Windows split for themselves, as botocore does, and others give to cmd. A
 * backslash is plain, but before a quote. `"` and `%` have no form in which both leave them as they are.
 * Rules: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 *
 * @returns undefined for a text that would not arrive
 * @example quoteForWindows("C:\\my files\\") // '"C:\\my files\\\\"'
 */
export const quoteForWindows = (text: string): string | undefined =>
  /["%\p{Cc}]/u.test(text) ? undefined : `"${text.replace(/\\+$/, "$&$&")}"`;
