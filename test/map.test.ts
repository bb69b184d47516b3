import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

// Compares the floors of shared/README.md with the lint's rules that keep them apart, and with the real imports.

interface Override {
  includes: string[];
  linter: {
    rules: { style?: { noRestrictedImports?: { options: { patterns: { group: string[] }[] } } } };
  };
}

/** The floors that each floor's row names, by the floor. */
function floorsOfTheMap(): Map<string, Set<string>> {
  const map = readFileSync("shared/README.md", "utf8");
  const rows = map.matchAll(/^\| `([\w./]+?)\/?` \| [^|]+ \|([^|]*)\|$/gm);
  const names = (cell: string) =>
    new Set(Array.from(cell.matchAll(/`([\w.]+?)\/?`/g), ([, name = ""]) => name));
  return new Map(Array.from(rows, ([, floor = "", cell = ""]) => [floor, names(cell)]));
}

const floors = floorsOfTheMap();
const everyFloor = [...floors.keys()];

/** The floor of a file, by its path from the project's root. */
function floorOf(path: string): string | undefined {
  const [top = "", second = ""] = path.split("/");
  return everyFloor.find((floor) => floor === (top === "shared" ? second : top));
}

const sourcesOf = (floor: string) =>
  globSync(["functions/**/*.ts", "shared/contract.ts", "shared/*/**/*.ts"], {
    exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path),
  }).filter((path) => floorOf(path) === floor);

function importsOf(floor: string): Set<string> {
  const floorsBeside = new Set<string>();
  for (const path of sourcesOf(floor)) {
    const imports = readFileSync(path, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g);
    for (const [, specifier = ""] of imports) {
      const other = floorOf(normalize(join(dirname(path), specifier)));
      expect(other, `${path} imports ${specifier}, which is on no floor`).toBeDefined();
      if (other !== undefined && other !== floor) floorsBeside.add(other);
    }
  }
  return floorsBeside;
}

/** A function that tells whether the lint keeps a floor from importing a folder or file. */
function denialsFor(floor: string): (other: string) => boolean {
  const { overrides } = JSON.parse(readFileSync("biome.json", "utf8")) as { overrides: Override[] };
  const folder = floor === "functions" ? "functions/" : `shared/${floor}`;
  const groups = overrides
    .filter(({ includes }) => includes.some((pattern) => pattern.startsWith(folder)))
    .flatMap(({ linter }) => linter.rules.style?.noRestrictedImports?.options.patterns ?? [])
    .flatMap(({ group }) => group);
  expect(groups, `the lint has no rule for ${floor}`).not.toEqual([]);
  return (other) =>
    groups.some((group) => group === "**" || group === `**/${other}/**` || group === `**/${other}`);
}

test("the map has all floors", () => {
  const folders = new Set(
    globSync("{functions,shared}/**/*.ts", {
      exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path),
    }).map((path) => path.split("/")[path.startsWith("shared") ? 1 : 0]),
  );
  expect(new Set(everyFloor)).toEqual(folders);
});

test("each floor knows only floors below it", () => {
  for (const [position, floor] of everyFloor.entries()) {
    const above = everyFloor.slice(0, position);
    expect(
      [...(floors.get(floor) ?? [])].filter((other) => above.includes(other)),
      floor,
    ).toEqual([]);
  }
});

describe.each(everyFloor)("%s", (floor) => {
  test("imports exactly the floors that it knows by the map", () => {
    expect(importsOf(floor)).toEqual(floors.get(floor));
  });

  test("may import, by the lint, exactly the floors that it knows by the map, and nothing of infra and test", () => {
    const isDenied = denialsFor(floor);
    const allowed = [...everyFloor, "infra", "test"].filter((other) => other !== floor && !isDenied(other));
    expect(new Set(allowed)).toEqual(floors.get(floor));
  });
});
