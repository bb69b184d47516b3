import { spawnSync } from "node:child_process";
import { cp, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { buildFunctions } from "../../infra/build.ts";
import { bundle } from "../../infra/bundle.ts";

/** Copied and installed where no other tool looks for files of the project. */
const subjects = resolve(import.meta.dirname, "../../.build/bench/subjects");

/** The handlers that are compared, by name: the paths of their bundles. */
export interface Handlers {
  keyvend: string;
  /** keyvend without its priming. */
  unprimed: string;
  sdk: string;
  conventional: string;
  sample: string;
  /** Loads what no handler can do without, and does nothing else. */
  builtins: string;
  /** Does what no handler can do without. */
  floor: string;
  /** One exchange of it. */
  exchange: string;
  /** Calls STS by the SDK, and does nothing else. */
  sts: string;
}

export interface Bundles {
  handlers: Handlers;
  /** esbuild's account of ours. */
  metafile: Metafile;
  /** Programs that run in processes of their own, as JavaScript. */
  startOnce: string;
  answerOften: string;
  behindHttp: string;
}

const options = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  mainFields: ["module", "main"],
  outExtension: { ".js": ".mjs" },
  legalComments: "none",
  logLevel: "warning",
} satisfies BuildOptions;

/**
 * Builds our functions as they are deployed, and the stand-ins in the same way: with esbuild, minified, in chunks. First it
 * installs what they are made of. `sample` is the exception: its SDK is the runtime's, so it stays outside.
 */
export async function buildBundles(folder: string): Promise<Bundles> {
  await cp(join(import.meta.dirname, "subjects"), subjects, { recursive: true });
  const { status, stderr } = spawnSync("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"], {
    cwd: subjects,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`npm ci in ${subjects} failed:\n${stderr}`);
  const { vend } = await buildFunctions({ outDir: folder });
  const standIn = (name: string) =>
    build({
      ...options,
      entryPoints: [join(subjects, `${name}.mjs`)],
      outdir: join(folder, name),
      splitting: true,
      minify: true,
      // Powertools and the SDK have parts that are CommonJS.
      banner: { js: 'import{createRequire as r}from"node:module";const require=r(import.meta.url);' },
    });
  await Promise.all([
    standIn("sdk"),
    standIn("conventional"),
    standIn("sts"),
    bundle("functions/vend.ts", join(folder, "unprimed"), [withoutPriming]),
    build({
      ...options,
      entryPoints: ["start-once", "answer-often", "behind-http"].map((name) =>
        join(import.meta.dirname, `${name}.ts`),
      ),
      outdir: folder,
    }),
  ]);
  return {
    handlers: {
      keyvend: join(folder, "vend/vend.mjs"),
      unprimed: join(folder, "unprimed/vend.mjs"),
      sdk: join(folder, "sdk/sdk.mjs"),
      conventional: join(folder, "conventional/conventional.mjs"),
      sample: join(subjects, "sample.mjs"),
      builtins: join(subjects, "builtins.mjs"),
      floor: join(subjects, "floor.mjs"),
      exchange: join(subjects, "exchange.mjs"),
      sts: join(folder, "sts/sts.mjs"),
    },
    metafile: vend,
    startOnce: join(folder, "start-once.mjs"),
    answerOften: join(folder, "answer-often.mjs"),
    behindHttp: join(folder, "behind-http.mjs"),
  };
}

const priming = "await runtime.prime();";

/** Leaves out the one line that reads ahead of the first request. */
const withoutPriming: Plugin = {
  name: "without-priming",
  setup(building) {
    building.onLoad({ filter: /functions\/vend\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (!source.includes(priming)) throw new Error(`functions/vend.ts has no ${priming}`);
      return { contents: source.replace(priming, ""), loader: "ts" };
    });
  },
};
