import { describe, expect, test } from "vitest";
import { askFlags, readArguments, splitArguments } from "../../../shared/client/src/cli/command-line.ts";

const exec = { flags: askFlags, takesCommand: true };

describe("the command of exec begins", () => {
  test.each<[string, string[], string[], string[]]>([
    ["at once", ["ls"], [], ["ls"]],
    [
      "at once, with options of its own",
      ["ls", "-l", "--json", "--storage", "x"],
      [],
      ["ls", "-l", "--json", "--storage", "x"],
    ],
    ["after an option with a value", ["--storage", "lake", "ls", "-l"], ["--storage", "lake"], ["ls", "-l"]],
    ["after an option with = and a value", ["--storage=lake", "ls"], ["--storage=lake"], ["ls"]],
    ["after an option without a value", ["--json", "ls", "-h"], ["--json"], ["ls", "-h"]],
    ["after --", ["--storage", "lake", "--", "ls", "-l"], ["--storage", "lake"], ["ls", "-l"]],
    ["after --, with whatever it is", ["--", "--storage"], [], ["--storage"]],
    ["and has a -- of its own", ["npm", "run", "x", "--", "-y"], [], ["npm", "run", "x", "--", "-y"]],
    ["after -- and has one of its own", ["--", "npm", "--", "-y"], [], ["npm", "--", "-y"]],
    ["never", ["--storage", "lake"], ["--storage", "lake"], []],
  ])("%s", (_, args, own, command) => {
    expect(splitArguments(args, exec)).toEqual({ own, command });
  });
});

test("a command that takes none has it after -- only, to be refused", () => {
  const args = ["lake", "--", "ls"];
  expect(splitArguments(args, { flags: askFlags })).toEqual({ own: ["lake"], command: ["ls"] });
});

test.each([
  ["an option that exec does not have", ["--bogus", "ls"], "--bogus"],
  ["an option without its value", ["--storage"], "--storage"],
  ["an option in the place of a value", ["--storage", "--url", "ls"], "--storage"],
])("%s is a mistake", (_, args, hint) => {
  expect(() => readArguments(args, exec, {})).toThrow(hint);
});
