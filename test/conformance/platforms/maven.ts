import { existsSync, globSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { builtFolder, madeOnce, runTool } from "../clients/toolchain.ts";

const install =
  "Run as root (Debian): apt-get update && apt-get install -y --no-install-recommends openjdk-17-jdk-headless maven";

/** Artifacts of Maven Central, each as `group:artifact:version`. */
export interface Artifacts {
  /** With all that they need. */
  whole: readonly string[];
  /** Without what they say they need, since they hold it already. */
  shaded?: readonly string[];
  /**
   * Parents of shaded artifacts. Maven reads a parent before it fetches a child, and a registry may not have it. It holds no
   * code, so an empty one is made in its place, under its own parent if that is there.
   */
  emptyParents?: readonly { artifact: string; parent?: string }[];
}

/**
 * Compiles a program of the folder `java` against artifacts, once.
 *
 * @param sources names of Java files, the program's own last, unless `main` names it
 * @param settings folders with files of settings that the platform looks for on its class path
 * @returns the command to which the program's own arguments are added
 */
export async function javaProgram(
  name: string,
  artifacts: Artifacts,
  sources: readonly string[],
  {
    options = [],
    settings = [],
    main = sources.at(-1) ?? "",
    bin = "",
  }: {
    options?: readonly string[];
    settings?: readonly string[];
    main?: string;
    /** The folder of another Java's commands, with a slash behind it. */
    bin?: string;
  } = {},
): Promise<[string, ...string[]]> {
  const files = ["Files", ...sources].map((source) => join(import.meta.dirname, "java", `${source}.java`));
  const hashed = [...files, import.meta.filename];
  const folder = await madeOnce(
    `platform-${name}`,
    hashed,
    (made) => build(made, artifacts, files, bin),
    JSON.stringify(artifacts),
  );
  const classPath = [...settings, join(folder, "classes"), readFileSync(join(folder, classPathFile), "utf8")];
  return [`${bin}java`, "-XX:TieredStopAtLevel=1", ...options, "-cp", classPath.join(":"), main];
}

/**
 * Fetches a program that is one JAR, once.
 *
 * @param artifact as `group:artifact:version:jar:classifier`
 * @returns its path
 */
export async function programJar(name: string, artifact: string): Promise<string> {
  const folder = await madeOnce(`platform-${name}`, [], (made) => copyJar(made, artifact), artifact);
  return join(folder, jarFile);
}

const jarFile = "program.jar";

async function copyJar(folder: string, artifact: string): Promise<void> {
  const [, id = "", version = "", , classifier = ""] = artifact.split(":");
  await runTool(
    [...mvn, `${dependencyPlugin}:copy`, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`],
    {
      install,
    },
  );
  renameSync(join(folder, `${id}-${version}-${classifier}.jar`), join(folder, jarFile));
}

/**
 * The folder with the commands of a JDK from 21 on, for servers that need it, of those in `/usr/lib/jvm`.
 *
 * @throws Error if there is none
 * @example `${java21()}java`
 */
export function java21(): string {
  for (const home of globSync("/usr/lib/jvm/*")) {
    const [, version] = /JAVA_VERSION="(\d+)/.exec(textOf(join(home, "release"))) ?? [];
    if (Number(version) >= 21) return join(home, "bin/");
  }
  throw new Error("No Java 21 or later is in /usr/lib/jvm. Put one there, such as Eclipse Temurin's.");
}

const textOf = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : "");

const dependencyPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";
/** One folder for all, which is removed with the programs. */
const mvn = ["mvn", "--quiet", "--batch-mode", `-Dmaven.repo.local=${join(builtFolder, "maven")}`] as const;
const classPathFile = "class-path";

async function build(
  folder: string,
  artifacts: Artifacts,
  sources: readonly string[],
  bin: string,
): Promise<void> {
  writeFileSync(join(folder, "pom.xml"), pom(artifacts, join(folder, "parents")));
  for (const { artifact, parent } of artifacts.emptyParents ?? [])
    await writeParent(join(folder, "parents"), artifact, parent);
  const classPath = join(folder, classPathFile);
  await runTool(
    [
      ...mvn,
      "-f",
      join(folder, "pom.xml"),
      `${dependencyPlugin}:build-classpath`,
      `-Dmdep.outputFile=${classPath}`,
    ],
    { install },
  );
  const classes = join(folder, "classes");
  await runTool([`${bin}javac`, "-d", classes, "-cp", readFileSync(classPath, "utf8"), ...sources], {
    install,
  });
}

function pom({ whole, shaded = [] }: Artifacts, parents: string): string {
  const dependencies = [
    ...whole.map((artifact) => element("dependency", coordinates(artifact))),
    ...shaded.map((artifact) => element("dependency", coordinates(artifact) + withoutOthers)),
  ];
  const repository = element("repository", element("id", "parents") + element("url", `file://${parents}`));
  return project(
    coordinates("keyvend.conformance:platform:0") +
      element("packaging", "pom") +
      element("repositories", repository) +
      element("dependencies", dependencies.join("")),
  );
}

async function writeParent(repository: string, artifact: string, parent?: string): Promise<void> {
  const [group = "", name = "", version = ""] = artifact.split(":");
  const folder = join(repository, ...group.split("."), name, version);
  await mkdir(folder, { recursive: true });
  const parents = parent ? element("parent", coordinates(parent)) : "";
  const content = parents + coordinates(artifact) + element("packaging", "pom");
  writeFileSync(join(folder, `${name}-${version}.pom`), project(content));
}

const project = (content: string) => element("project", element("modelVersion", "4.0.0") + content);
const element = (name: string, content: string) => `<${name}>${content}</${name}>`;
const withoutOthers = element(
  "exclusions",
  element("exclusion", element("groupId", "*") + element("artifactId", "*")),
);

function coordinates(artifact: string): string {
  const [group = "", name = "", version = ""] = artifact.split(":");
  return element("groupId", group) + element("artifactId", name) + element("version", version);
}
