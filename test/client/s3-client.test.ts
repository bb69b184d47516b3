import { S3Client } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fromVending, s3Config } from "../../shared/client/src/index.ts";
import {
  answer,
  type FakeService,
  good,
  secret,
  sessionToken,
  startFakeService,
  token,
} from "./fake-service.ts";

let service: FakeService;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  service = await startFakeService();
});

afterEach(async () => {
  vi.useRealTimers();
  await service.close();
});

const options = () => ({ url: service.url, storage: "lake", token });

test("an S3 client takes fromVending as its credentials, and refreshes them in use without a wait", async () => {
  const s3 = new S3Client({ region: "eu-central-1", credentials: fromVending(options()) });
  expect(await s3.config.credentials()).toMatchObject({
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: secret,
    sessionToken,
  });
  vi.setSystemTime(Date.now() + 3_361_000);
  service.reply(good({ AccessKeyId: "ASIANEXT" }));
  expect((await s3.config.credentials()).accessKeyId).toBe("ASIAEXAMPLE");
  await vi.waitFor(async () => expect((await s3.config.credentials()).accessKeyId).toBe("ASIANEXT"));
  s3.destroy();
});

test("an S3 client goes on with a session that was refreshed before the SDK would ask", async () => {
  const credentials = fromVending(options());
  const s3 = new S3Client({ region: "eu-central-1", credentials });
  expect((await s3.config.credentials()).accessKeyId).toBe("ASIAEXAMPLE");
  service.reply(good({ AccessKeyId: "ASIANEXT" }));
  await credentials({ forceRefresh: true });
  expect((await s3.config.credentials()).accessKeyId).toBe("ASIANEXT");
  s3.destroy();
});

test("an S3 client is configured by s3Config alone, with one request", async () => {
  const s3 = new S3Client(await s3Config(options()));
  const expected = answer() as Record<string, string>;
  expect(await s3.config.region()).toBe(expected["Region"]);
  expect(await s3.config.endpoint?.()).toMatchObject({ hostname: "s3.eu-central-1.amazonaws.com" });
  expect(s3.config.forcePathStyle).toBe(true);
  expect((await s3.config.credentials()).sessionToken).toBe(sessionToken);
  expect(service.requests).toHaveLength(1);
  s3.destroy();
});
