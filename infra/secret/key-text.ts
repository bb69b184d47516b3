import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";

/** What a secret holds at most, in bytes. */
const mostBytes = 65_536;

/**
 * Reads a long-term key as somebody has it, from a file or from standard input: never from an argument, which every process of the
 * machine can read.
 *
 * @throws Error that says what is wrong, and has nothing of the text.
 * @example const text = await readKeyText(process.stdin, undefined)
 */
export async function readKeyText(
  stdin: Readable & { isTTY?: boolean },
  file: string | undefined,
): Promise<string> {
  if (file === undefined && stdin.isTTY)
    throw new Error("The key comes from standard input, which must not be a terminal, or from --file FILE.");
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of file === undefined ? stdin : createReadStream(file)) {
      bytes += chunk.length;
      if (bytes > mostBytes) break;
      chunks.push(Buffer.from(chunk));
    }
  } catch (error) {
    throw new Error(`${file ?? "Standard input"} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  if (bytes > mostBytes) throw new Error(`A long-term key has at most ${mostBytes} bytes.`);
  return Buffer.concat(chunks).toString("utf8");
}
