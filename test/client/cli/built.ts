import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { buildCli } from "../../../shared/client/build-cli.ts";
import { type FakeService, startFakeService, token } from "../fake-service.ts";

/**
 * The command as it is built, to be run as a process, and a fake service of each test's own with the environment that leads
 * there.
 */
export function useBuiltCli() {
  let folder: string;
  let file: string;
  let service: FakeService;
  let env: Record<string, string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "keyvend-built-"));
    file = await buildCli(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    service = await startFakeService();
    env = {
      PATH: process.env["PATH"] ?? "",
      TMPDIR: folder,
      KEYVEND_URL: service.url,
      KEYVEND_STORAGE: "lake",
      KEYVEND_TOKEN: token,
    };
  });
  afterEach(() => service.close());
  return {
    /** For temporary files; the command's own are there, too. */
    get folder() {
      return folder;
    },
    get file() {
      return file;
    },
    get service() {
      return service;
    },
    get env() {
      return env;
    },
  };
}
