import { parseArgs } from "node:util";
import { checkRegion, checkStage, usualRegion, usualStage } from "../deploy/names.ts";
import { userPath } from "../deploy/user-path.ts";
import { basePort, type LocalPorts, localPorts } from "../local/ports.ts";

export const usage = `Usage: npm run revoke -- WHAT [options]

What is revoked gets nothing from 5 s on, and a Deny ends what it had been vended, where AWS can tell its sessions from others.
  --principal NAME --issuer NAME   as the audit trail names it; the issuer may be left out where only one can be meant
  --grant NAME | --storage NAME    as the configuration names it
  --access-key ID                  of a vended session (ASIA…), or of a client key (KV…); without the audit trail, also give
                                   --storage NAME, and --session-name NAME
Others:
  --flush [--storage NAME]         forget what is kept, for changes that were made outside
  --undo WHAT [--lift-deny]        let it in again; with --lift-deny, what it had been vended works again, too
  --tidy                           take out each Deny whose sessions have all expired, as every run does
  --list                           show what is revoked and flushed

  --all-sessions                   end the sessions that are shared with others as well; a run without it says whom that hits
  --note TEXT                      why, for the audit trail
  --user STORAGE=NAME              the IAM user of a storage's long-term key, where it cannot be found out
  --dry-run                        show all that would happen, and change nothing
  --json                           write JSON
  --config FILE                    the configuration; without it the clone's infra/vending.yml
  --stage STAGE, --region REGION   the deployment; ${usualStage}, and AWS_REGION or ${usualRegion} without them
  --server                         the server that runs by this configuration: its table, or the file beside the configuration
  --local [--port PORT]            the running npm start
  --help                           show this text
Exit status: 0 if all is done, 1 if something could not be done, 2 for a mistake in the call.`;

/** A mistake in the call. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const options = {
  principal: { type: "string" },
  issuer: { type: "string" },
  grant: { type: "string" },
  storage: { type: "string" },
  "access-key": { type: "string" },
  "session-name": { type: "string" },
  flush: { type: "boolean" },
  undo: { type: "boolean" },
  "lift-deny": { type: "boolean" },
  tidy: { type: "boolean" },
  list: { type: "boolean" },
  "all-sessions": { type: "boolean" },
  note: { type: "string" },
  user: { type: "string", multiple: true },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
  config: { type: "string" },
  stage: { type: "string", short: "s" },
  region: { type: "string", short: "r" },
  server: { type: "boolean" },
  local: { type: "boolean" },
  port: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

export type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

/** What a run was told beside its task. */
export interface RevokeCall {
  values: Values;
  /** A deployment at AWS, a server by the path of its configuration, or the emulation. */
  place:
    | { config: string; stage: string; region: string }
    | { server: string; region: string }
    | { local: LocalPorts };
  users: ReadonlyMap<string, string>;
}

const jobs = ["flush", "tidy", "list"] as const;
const targets = ["principal", "grant", "storage", "access-key"] as const;

/** With what each option has a meaning. */
const goesWith: Partial<Record<keyof Values, (values: Values) => boolean>> = {
  issuer: ({ principal }) => principal !== undefined,
  "session-name": (values) => values["access-key"] !== undefined && values.storage !== undefined,
  "lift-deny": ({ undo }) => undo === true,
  "all-sessions": (values) => !values.undo && !isJob(values),
  note: (values) => !values.undo && !isJob(values),
  undo: (values) => !isJob(values),
  port: ({ local }) => local === true,
  config: ({ local }) => !local,
  stage: ({ local, server }) => !local && !server,
  region: ({ local, server }) => !local && !server,
  server: ({ local }) => !local,
};

const isJob = (values: Values) => jobs.some((job) => values[job]);

/**
 * Reads the command line, as far as it says something by itself.
 *
 * @returns `undefined` where help was asked for
 * @throws UsageError that says what is wrong
 * @example readCommandLine(["--grant", "data-lake", "--stage", "prod"], process.env)
 */
export function readCommandLine(args: string[], env: NodeJS.ProcessEnv): RevokeCall | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  for (const [name, isSound] of Object.entries(goesWith))
    if (values[name as keyof Values] !== undefined && !isSound(values))
      throw new UsageError(`--${name} has no meaning here.`);
  const given = [
    ...jobs.filter((job) => values[job]),
    ...targets.filter((target) => values[target] !== undefined && !isPlace(target, values)),
  ];
  if (given.length !== 1)
    throw new UsageError(
      given.length === 0
        ? "Say what to revoke."
        : `One thing at a time: not ${given.map((each) => `--${each}`).join(" and ")}.`,
    );
  return { values, place: placeIn(values, env), users: usersIn(values.user ?? []) };
}

/** `--storage` beside these says where they are. */
function isPlace(target: (typeof targets)[number], values: Values): boolean {
  return target === "storage" && (values.flush === true || values["access-key"] !== undefined);
}

function parse(args: string[]): Values {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function placeIn(
  { config, stage, region, server, local, port }: Values,
  env: NodeJS.ProcessEnv,
): RevokeCall["place"] {
  try {
    if (local) return { local: localPorts(basePort(port, env)) };
    const file = config === undefined ? "infra/vending.yml" : userPath(config);
    const at = { region: checkRegion(region ?? env["AWS_REGION"] ?? usualRegion) };
    return server ? { ...at, server: file } : { ...at, config: file, stage: checkStage(stage ?? usualStage) };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function usersIn(texts: readonly string[]): Map<string, string> {
  return new Map(
    texts.map((text) => {
      const [, storage = "", name = ""] = /^([^=]+)=([\w+=,.@-]{1,64})$/.exec(text) ?? [];
      if (storage === "") throw new UsageError("--user must be STORAGE=NAME.");
      return [storage, name];
    }),
  );
}
