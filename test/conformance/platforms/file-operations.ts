import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { refused, writeByOperator } from "../clients/proofs.ts";
import { bucket, type ClientWorld, foreignKey } from "../clients/world.ts";
import type { FileOperation, Platform, PlatformFiles } from "./platform.ts";

/** Three parts of 5 MB, of which the last is smaller. */
const megabytes = 12;

/** A platform in a test that is running. */
interface FilesUnderTest {
  world: Pick<ClientWorld, "clients" | "backend" | "issued">;
  /** Starts it with credentials for one prefix. It ends with the test. */
  start(prefix: string): Promise<PlatformFiles>;
  /** The same, and the grant adds the scope's own folder. */
  startWithFolder(prefix: string): Promise<PlatformFiles>;
}

/** What file systems are held to: each operation works inside of its prefix, and is refused outside. */
export function testFiles(platform: Pick<Platform, "name" | "lacks">, underTest: () => FilesUnderTest): void {
  const has = (operation: FileOperation) => !platform.lacks.includes(operation);

  describe("with files", () => {
    test("creates, overwrites, reads and reads a range", async () => {
      const own = `of-${platform.name}/files/`;
      const files = await underTest().start(`of-${platform.name}/`);
      await files.create(`${own}a`, "first");
      await expect(files.create(`${own}a`, "second")).rejects.toThrow(/exist/i);
      expect(await files.get(`${own}a`)).toBe("first");
      await files.put(`${own}a`, "third time");
      expect(await files.range(`${own}a`, 6, 4)).toBe("time");
    });

    test("lists a folder, and all below it, and deletes both", async () => {
      const own = `of-${platform.name}/tree/`;
      const { start, world } = underTest();
      const files = await start(`of-${platform.name}/`);
      for (const name of ["a", "b", "below/c", "below/deep/d"]) await files.put(own + name, name);
      const all = ["a", "b", "below/c", "below/deep/d"].map((name) => own + name);
      expect(await files.list(own)).toEqual(has("folders") ? [`${own}a`, `${own}b`, `${own}below/`] : all);
      expect(await files.tree(own)).toEqual(all);
      if (has("glob")) expect(await files.glob(`${own}*/[a-c]`)).toEqual([`${own}below/c`]);
      await files.delete(`${own}a`);
      expect(await files.tree(own)).toEqual(all.slice(1));
      await files.delete(own);
      expect((await keysOf(world, own)).filter((key) => !key.endsWith("/"))).toEqual([]);
    });

    if (has("folders"))
      test("makes folders, and knows them from files", async () => {
        const own = `of-${platform.name}/made/`;
        const files = await underTest().start(`of-${platform.name}/`);
        await files.makeFolder(`${own}some/where/`);
        await files.put(`${own}some/file`, "x");
        expect(await files.isFolder(`${own}some/where`)).toBe(true);
        expect(await files.isFolder(`${own}some/file`)).toBe(false);
      });

    if (has("rename"))
      test("renames a file, and a folder with what is in it", async () => {
        const own = `of-${platform.name}/moved/`;
        const files = await underTest().start(`of-${platform.name}/`);
        await files.put(`${own}old/a`, "kept");
        await files.rename(`${own}old/a`, `${own}old/b`);
        await files.rename(`${own}old`, `${own}new`);
        expect(await files.get(`${own}new/b`)).toBe("kept");
        expect(await files.tree(own)).toEqual([`${own}new/b`]);
      });

    test("uploads in parts", async () => {
      const key = `of-${platform.name}/large/file`;
      const { start, world } = underTest();
      await (await start(`of-${platform.name}/`)).upload(key, megabytes);
      const { ContentLength, ETag } = await world.clients
        .s3(world.backend.vendingKey)
        .send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: "bytes=0-0" }));
      expect(ContentLength).toBe(1);
      expect(ETag).toMatch(/-3"$/);
    });

    if (has("abort"))
      test("gives an upload up, and leaves no file", async () => {
        const key = `of-${platform.name}/given-up/file`;
        const { start, world } = underTest();
        await (await start(`of-${platform.name}/`)).abort(key, megabytes);
        expect(await keysOf(world, key)).toEqual([]);
      });

    if (has("table"))
      test("writes a table, overwrites it, appends to it, and reads a partition", async () => {
        const files = await underTest().start(`of-${platform.name}/`);
        expect(await files.table(`of-${platform.name}/table/`)).toBe(100);
      });

    test("works in the scope's own folder, where its grant adds `folder`, and not in one that begins alike", async () => {
      const own = `of-${platform.name}/t1/`;
      const { startWithFolder, world } = underTest();
      const files = await startWithFolder(own);
      if (has("folders")) await files.makeFolder(own);
      await files.put(`${own}a`, "mine");
      if (has("folders")) expect(await files.isFolder(own.slice(0, -1))).toBe(true);
      expect(await files.list(own)).toEqual([`${own}a`]);
      expect(await files.tree(own)).toEqual([`${own}a`]);
      if (has("glob")) expect(await files.glob(`${own}*`)).toEqual([`${own}a`]);
      await files.delete(`${own}a`);
      if (has("table")) {
        await files.delete(own);
        expect(await files.table(own)).toBe(100);
      }
      await writeByOperator(world, `of-${platform.name}/t10/a`, "another's");
      await expect(files.get(`of-${platform.name}/t10/a`)).rejects.toThrow(refused);
      await expect(files.put(`of-${platform.name}/t10/a`, "changed")).rejects.toThrow(refused);
    });

    if (has("folders"))
      test("is refused its scope's own folder, where its grant does not add `folder`", async () => {
        const own = `of-${platform.name}/t2/`;
        const files = await underTest().start(own);
        await files.put(`${own}a`, "mine");
        await expect(files.isFolder(own)).rejects.toThrow(refused);
      });

    test("is refused every operation outside", async () => {
      const own = `of-${platform.name}/inside`;
      const { start, world } = underTest();
      const files = await start(`of-${platform.name}/`);
      await files.put(own, "mine");
      const outside = [
        files.get(foreignKey),
        files.range(foreignKey, 0, 1),
        files.put(foreignKey, "changed"),
        files.create("others/new", "new"),
        files.list("others/"),
        files.tree("others/"),
        files.upload("others/large", megabytes),
        files.delete(foreignKey),
        ...(has("folders") ? [files.isFolder("others"), files.makeFolder("others/made/")] : []),
        ...(has("rename") ? [files.rename(own, "others/moved"), files.rename(foreignKey, own)] : []),
        ...(has("glob") ? [files.glob("others/*")] : []),
        ...(has("table") ? [files.table("others/table/")] : []),
      ];
      for (const each of await Promise.allSettled(outside))
        expect(each).toMatchObject({
          status: "rejected",
          reason: { message: expect.stringMatching(refused) },
        });
      expect(await keysOf(world, "others/")).toEqual([foreignKey]);
    });
  });
}

async function keysOf({ clients, backend }: FilesUnderTest["world"], Prefix: string): Promise<string[]> {
  const { Contents = [] } = await clients
    .s3(backend.vendingKey)
    .send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
  return Contents.map(({ Key = "" }) => Key);
}
