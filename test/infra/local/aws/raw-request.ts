import { request as httpRequest } from "node:http";

export interface RawRequest {
  method?: string;
  path?: string;
  headers?: Record<string, string | number>;
  body?: string | Buffer;
}

/** Sends a request as it is to 127.0.0.1, whatever its `Host` says. */
export function send(url: string, { method, path, headers, body }: RawRequest) {
  return new Promise<{ status: number; code: string | undefined; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const outgoing = httpRequest(
      { hostname, port, method, path, headers, agent: false },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        const code = /<Code>(.*?)<\/Code>/.exec(text)?.[1];
        resolve({ status: response.statusCode ?? 0, code, body: text });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
