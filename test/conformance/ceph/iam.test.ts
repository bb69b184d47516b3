/** The generated commands at Ceph's gateway, run by a shell with the real `radosgw-admin` and AWS CLI. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsCliEnvironment } from "../clients/python/python.ts";
import { iamSuite } from "../iam-suite.ts";
import { cephRegion } from "./admin.ts";
import { startCeph } from "./ceph.ts";

iamSuite("ceph", async () => {
  const { endpoint, admin, adminOptions, stop } = await startCeph();
  const folder = mkdtempSync(join(tmpdir(), "keyvend-ceph-iam-"));
  // The command finds this store as it finds one in /etc/ceph.
  const command = join(folder, "radosgw-admin");
  writeFileSync(command, `#!/bin/sh\nexec /usr/bin/radosgw-admin ${adminOptions.join(" ")} "$@"\n`);
  chmodSync(command, 0o755);
  mkdirSync(join(folder, "home"));
  return {
    endpoint,
    region: cephRegion,
    operatorKey: admin.key,
    operatorEnvironment: {
      PATH: `${folder}:${await awsCliEnvironment()}:${process.env["PATH"]}`,
      HOME: join(folder, "home"),
      AWS_ACCESS_KEY_ID: admin.key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: admin.key.secretAccessKey,
      AWS_DEFAULT_REGION: cephRegion,
      AWS_PAGER: "",
    },
    roleArn: "arn:aws:iam:::role/data/keyvend-lake",
    moreStorages: {
      pond: { issue: "session-token", stsEndpoint: endpoint, secret: "a/pond" },
      old: { issue: "static", secret: "a/old", acknowledgeLongTermKeys: true },
    },
    keyOf(user, where) {
      const { keys } = JSON.parse(readFileSync(join(where, `${user}.key.json`), "utf8"));
      return { accessKeyId: keys[0].access_key, secretAccessKey: keys[0].secret_key };
    },
    async stop() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
