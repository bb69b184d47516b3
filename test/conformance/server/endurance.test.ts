import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { selfSigned } from "../../net/self-signed.ts";
import { atRate } from "./at-rate.ts";
import { type Answer, createWorld, percentile } from "./world.ts";

/** Ten minutes, or as `KEYVEND_ENDURANCE_MINUTES` says: an hour before a release. */
const minutes = Number(process.env["KEYVEND_ENDURANCE_MINUTES"] ?? 10);
const perSecond = 50;
const folders = Array.from({ length: 40 }, (_, n) => `folder-${n}`);
const server = {
  tls: { certificate: "tls.crt", key: "tls.key" },
  limits: { requestsPerAddress: 10_000, requestsPerPrincipal: 10_000 },
};
let world: Awaited<ReturnType<typeof createWorld>>;

beforeAll(async () => {
  // A machine that stands still lets its callers come all at once afterwards. What that many connections take is not a leak.
  world = await createWorld({ connections: 64 });
});
afterAll(() => world?.close());

async function putCertificate(n: number): Promise<void> {
  const { cert, key } = selfSigned(`server-${n}.example`);
  await world.put("tls.key", key);
  await world.put("tls.crt", cert);
}

/** Beside the run itself: the usual bound of a test is shorter than an hour's run. */
const timeout = (minutes + 10) * 60_000;

test("memory and handles stay flat while configuration, keys and certificates change", {
  timeout,
}, async () => {
  await world.putKey(0);
  await putCertificate(0);
  await world.putConfig(folders, server);
  const process = await world.start();
  const headers = { authorization: `Bearer ${await world.issuer.token()}` };
  const readings: { rss: number; files: number }[] = [];
  let isOver = false;

  async function change(): Promise<void> {
    for (let n = 1; !isOver; n++) {
      // A grant comes and goes, and now and then a faulty file stands there.
      if (n % 5 === 0) await world.put("vending.yml", "grants: [", 0o644);
      else await world.putConfig(n % 2 === 0 ? folders : [...folders, `extra-${n % 7}`], server);
      if (n % 3 === 0) await world.putKey(n % 2);
      if (n % 2 === 0) await putCertificate(n);
      // Longer than the time between two looks: each state is seen.
      await sleep(6_000);
    }
  }

  async function read(): Promise<void> {
    while (!isOver) {
      readings.push({
        rss: await process.metric("keyvend_process_resident_memory_bytes"),
        // How many connections its callers hold, they decide.
        files:
          (await process.metric("keyvend_process_open_fds")) -
          (await process.metric('keyvend_connections{at="listen"}')),
      });
      await sleep((minutes * 60_000) / 120);
    }
  }

  /** What came at the first try: a status, and 0 for no answer. */
  const first = new Map<number, number>();

  /** Comes back, as clients do: a busy machine lets the server, and this process, miss deadlines. */
  async function ask(n: number): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const answer = await world.ask(process.url, folders[n % folders.length] ?? "", headers);
      if (tries === 1) first.set(answer.status, (first.get(answer.status) ?? 0) + 1);
      if (![0, 503].includes(answer.status) || tries === 10) return answer;
      await sleep(1_000);
    }
  }
  const [answers] = await Promise.all([
    atRate(perSecond, minutes * 60_000, ask).finally(() => {
      isOver = true;
    }),
    change(),
    read(),
  ]);

  const median = (name: "rss" | "files", from: number, to: number) =>
    percentile(
      readings.slice(readings.length * from, readings.length * to).map((reading) => reading[name]),
      50,
    );
  const [early, late] = [median("rss", 0.25, 0.5), median("rss", 0.75, 1)];
  const [filesEarly, filesLate] = [median("files", 0.25, 0.5), median("files", 0.75, 1)];
  const changes = await process.metric('keyvend_changes_total{what="config",outcome="taken"}');
  const certificates = await process.metric('keyvend_changes_total{what="certificate",outcome="taken"}');
  const refused = await process.metric('keyvend_changes_total{what="config",outcome="refused"}');
  console.log(
    `${answers.length} vends in ${minutes} minutes (at the first try ${JSON.stringify(Object.fromEntries(first))}); ${changes} changes of the configuration were taken and ${refused} refused, ${certificates} certificates taken; ` +
      `memory ${(early / 1e6).toFixed(0)} → ${(late / 1e6).toFixed(0)} MB, files ${filesEarly} → ${filesLate}.`,
  );
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(changes).toBeGreaterThan(minutes * 3);
  expect(certificates).toBeGreaterThan(minutes);
  expect(refused).toBeGreaterThan(0);
  expect(late).toBeLessThan(early * 1.2);
  expect(filesLate).toBeLessThan(filesEarly + 10);
  expect(await process.stop()).toBe(0);
});
