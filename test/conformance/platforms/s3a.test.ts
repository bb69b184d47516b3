/**
 * The other ways by which S3A gets credentials: by keys that end, by the variables of the AWS SDKs, and under the command
 * `keyvend exec`. Hadoop 3.3 has Java's SDK v1, and 3.4 has v2.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ClientPlace } from "../clients/client.ts";
import { type ClientWorld, startWorld, usualLife } from "../clients/world.ts";
import { hadoop33, hadoop34, startS3a } from "./hadoop.ts";
import { installKeyvend } from "./keyvend-command.ts";
import type { Platform, PlatformFiles } from "./platform.ts";

let world: ClientWorld;
const working: PlatformFiles[] = [];
beforeAll(async () => {
  world = await startWorld("local");
});
afterAll(() => world?.stop());
afterEach(async () => {
  for (const files of working.splice(0)) await files.close();
});

const addressOf = ({ endpoint }: ClientPlace) =>
  `fs.s3a.endpoint=${endpoint}\nfs.s3a.path.style.access=true\nfs.s3a.endpoint.region=us-east-1\n`;

/** What `curl` gives. */
async function formatHadoop({ service, storage, target, token }: ClientPlace): Promise<string> {
  const url = `${service}/v1/storages/${storage}/credentials?format=hadoop&target=${target}`;
  return (await fetch(url, { headers: { authorization: token } })).text();
}

describe.each([hadoop33, hadoop34])("$title", (platform) => {
  const prefix = `by-${platform.name}/`;
  const own = `${prefix}folder/file`;

  async function start(change: Pick<Platform, "environment" | "start">, storage = "tenants") {
    world.life = usualLife;
    const files = await world.start({ ...platform, ...change }, storage === "archive" ? "" : prefix, storage);
    working.push(files);
    return files;
  }

  async function expectToWork(files: PlatformFiles) {
    await files.put(own, "mine");
    expect(await files.list(`${prefix}folder/`)).toEqual([own]);
    expect(await files.get(own)).toBe("mine");
  }

  test.each(["tenants", "archive"])("takes the keys of format=hadoop, of the storage %s", async (storage) => {
    const files = await start(
      {
        environment: {},
        start: async (place, env) => startS3a(platform, place, env, await formatHadoop(place)),
      },
      storage,
    );
    await expectToWork(files);
  });

  test("takes the token of the usual variables from the variable", async () => {
    const files = await start({
      environment: {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: "{url}",
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "{token}",
      },
      start: (place, env) => startS3a(platform, place, env, addressOf(place)),
    });
    await expectToWork(files);
  });

  test(`${platform === hadoop33 ? "does not take" : "takes"} it from a file`, async () => {
    const files = await start({
      environment: {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: "{url}",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "{tokenFile}",
      },
      start: (place, env) => startS3a(platform, place, env, addressOf(place)),
    });
    if (platform === hadoop34) return expectToWork(files);
    await expect(files.put(own, "mine")).rejects.toThrow(/credential/i);
  });

  test("has fresh credentials under keyvend exec, without a profile", async () => {
    const files = await start({
      environment: {
        KEYVEND_URL: "{service}",
        KEYVEND_STORAGE: "{storage}",
        KEYVEND_TARGET: "{target}",
        KEYVEND_TOKEN_FILE: "{tokenFile}",
      },
      async start(place, env) {
        const keyvend = installKeyvend(place, env);
        const settings = addressOf(place);
        return startS3a(platform, place, keyvend.env, settings, [`${place.home}/bin/keyvend`, "exec", "--"]);
      },
    });
    await expectToWork(files);
  });
});
