import type { IncomingMessage } from "node:http";

/**
 * The body of a request, or so much of it that it shows to be longer than `mostBytes`. The connection stays, for the answer.
 *
 * @example (await bodyOf(request, 65_536)).length > 65_536 // it is too long
 */
export async function bodyOf(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // A stream that is left early would end its connection, and the answer with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    chunks.push(chunk);
    if (size > mostBytes) break;
  }
  return Buffer.concat(chunks, size);
}
