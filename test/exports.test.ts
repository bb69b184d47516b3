import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// The check for unused code lets a type pass that its own file uses. Such a type is no part of the file's face.

const isBuilt = (path: string) => /(^|\/)(node_modules|dist)$/.test(path);
const sources = globSync("{functions,shared,infra,test}/**/*.ts", { exclude: isBuilt });
const texts = new Map(sources.map((path) => [path, readFileSync(path, "utf8")]));

test("every type that a file exports is named in another file", () => {
  const unused = [...texts].flatMap(([path, text]) => {
    const others = [...texts].filter(([other]) => other !== path).map(([, otherText]) => otherText);
    const names = Array.from(text.matchAll(/^export (?:type|interface) (\w+)/gm), ([, name = ""]) => name);
    return names
      .filter((name) => !others.some((other) => new RegExp(`\\b${name}\\b`).test(other)))
      .map((name) => `${path}: ${name}`);
  });
  expect(unused).toEqual([]);
});
