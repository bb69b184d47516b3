import { readFileSync, writeFileSync } from "node:fs";
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
   * code, so an empty one is made in its place, under a parent of its own.
   */
  emptyParents?: readonly { artifact: string; parent: string }[];
}

/**
 * Compiles a program of the folder `java` against artifacts, once.
 *
 * @param sources names of Java files, the program's own last
 * @param settings folders with files of settings that the platform looks for on its class path
 * @returns the command to which the program's own arguments are added
 */
export async function javaProgram(
  name: string,
  artifacts: Artifacts,
  sources: readonly string[],
  { options = [], settings = [] }: { options?: readonly string[]; settings?: readonly string[] } = {},
): Promise<[string, ...string[]]> {
  const files = ["Files", ...sources].map((source) => join(import.meta.dirname, "java", `${source}.java`));
  const hashed = [...files, import.meta.filename];
  const folder = await madeOnce(
    `platform-${name}`,
    hashed,
    (made) => build(made, artifacts, files),
    JSON.stringify(artifacts),
  );
  const classPath = [...settings, join(folder, "classes"), readFileSync(join(folder, classPathFile), "utf8")];
  const program = sources.at(-1) ?? "";
  return ["java", "-XX:TieredStopAtLevel=1", ...options, "-cp", classPath.join(":"), program];
}

const classPathFile = "class-path";

async function build(folder: string, artifacts: Artifacts, sources: readonly string[]): Promise<void> {
  writeFileSync(join(folder, "pom.xml"), pom(artifacts, join(folder, "parents")));
  for (const { artifact, parent } of artifacts.emptyParents ?? [])
    await writeParent(join(folder, "parents"), artifact, parent);
  const mvn = ["mvn", "--quiet", "--batch-mode", "-f", join(folder, "pom.xml")] as const;
  const classPath = join(folder, classPathFile);
  await runTool(
    [
      ...mvn,
      // One folder for all, which is removed with the programs.
      `-Dmaven.repo.local=${join(builtFolder, "maven")}`,
      "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath",
      `-Dmdep.outputFile=${classPath}`,
    ],
    { install },
  );
  const classes = join(folder, "classes");
  await runTool(["javac", "-d", classes, "-cp", readFileSync(classPath, "utf8"), ...sources], { install });
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

async function writeParent(repository: string, artifact: string, parent: string): Promise<void> {
  const [group = "", name = "", version = ""] = artifact.split(":");
  const folder = join(repository, ...group.split("."), name, version);
  await mkdir(folder, { recursive: true });
  const content =
    element("parent", coordinates(parent)) + coordinates(artifact) + element("packaging", "pom");
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
