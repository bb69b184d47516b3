import { examineAccount } from "./account/examine.ts";
import { bounded, forEach } from "./bounded.ts";
import { about, type Finding } from "./finding.ts";
import { hostsOf } from "./hosts.ts";
import { askForStorages } from "./instance/answer.ts";
import { checkClocks } from "./instance/clock.ts";
import { checkConfiguration } from "./instance/configuration.ts";
import { checkStrangers } from "./instance/strangers.ts";
import { checkTls } from "./instance/tls.ts";
import { checkVersion } from "./instance/version.ts";
import { examineScope } from "./scope/examine.ts";
import { scopesOf } from "./scope/scopes.ts";
import { checkAddressOnly } from "./scope/vend.ts";
import type { DoctorSetting } from "./setting.ts";

/** So many scopes are tried. A doctor needs a few, on folders of its own. */
const mostScopes = 50;

/**
 * Examines an instance, and the account behind it where credentials are given. Each check has a bounded time; none writes
 * anything that stays.
 *
 * @example (await diagnose(setting)).filter(isTrouble)
 */
export async function diagnose(setting: DoctorSetting): Promise<Finding[]> {
  const [instance, account] = await Promise.all([examineInstance(setting), examineAccount(setting)]);
  return [...instance, ...account];
}

async function examineInstance(setting: DoctorSetting): Promise<Finding[]> {
  const { host } = new URL(setting.service.url);
  let storages: Awaited<ReturnType<typeof askForStorages>>["storages"] = [];
  const answer = await bounded("answer", host, async () => {
    const { finding, ...rest } = await askForStorages(setting);
    storages = rest.storages;
    return [finding];
  });
  const hosts = hostsOf(setting, storages);
  const scopes = scopesOf(storages);
  // One after the other: a probe must not be a load.
  return [
    ...answer,
    ...(await bounded("configuration", "all", () => checkConfiguration(setting, storages))),
    ...(await bounded("version", host, (end) => checkVersion(setting, end))),
    ...(await bounded("strangers", host, (end) => checkStrangers(setting, end))),
    ...(await forEach(hosts, (each) =>
      bounded("tls", new URL(each.url).host, () => checkTls(each, setting.env)),
    )),
    ...(await bounded("clock", "all", () => checkClocks(setting, hosts, storages))),
    ...(await forEach(scopes.slice(0, mostScopes), (scope) => examineScope(scope, setting, storages))),
    ...scopes
      .slice(mostScopes)
      .map(({ title }) => about("vend", title).notChecked("the doctor has too many grants")),
    ...(await forEach(
      storages.filter(({ Vends }) => !Vends),
      ({ Storage }) => bounded("vend", Storage, () => checkAddressOnly(Storage, setting)),
    )),
  ];
}
