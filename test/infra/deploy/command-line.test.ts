import { describe, expect, test } from "vitest";
import { parseCommandLine } from "../../../infra/deploy/command-line.ts";

describe("our own options", () => {
  test("are taken, and the rest goes to Serverless as it is written", () => {
    const args = [
      "--config",
      "../our/vending.yml",
      "--force",
      "-s",
      "prod",
      "--aws-profile",
      "ops",
      "--param=a=b",
    ];
    expect(parseCommandLine("deploy", [...args, "--param", "c=d", "--debug=*", "--verbose"])).toMatchObject({
      config: "../our/vending.yml",
      stage: "prod",
      param: ["a=b", "c=d"],
      others: ["--force", "--aws-profile", "ops", "--debug=*", "--verbose"],
    });
  });

  test("go before a command of several words, too", () => {
    const { others, stage } = parseCommandLine("deploy", ["function", "-f", "vend", "--stage", "prod"]);
    expect([others, stage]).toEqual([["function", "-f", "vend"], "prod"]);
  });

  test.each(["package", "build", "deploy", "remove"])("of %s tell how it is called", (command) => {
    expect(parseCommandLine(command, ["--help", "--nonsense"]).help).toBe(true);
  });
});

describe("is an error:", () => {
  test.each([
    ["deploy", ["--confg", "vending.yml"], "--confg is not known here, nor to Serverless"],
    ["deploy", ["--confg=secret"], "--confg is not known here, nor to Serverless"],
    ["package", ["--force"], "--force is not known here, nor to Serverless"],
    ["package", ["-f"], "-f is not known here, nor to Serverless"],
    ["deploy", ["-c", "vending.yml"], "-c is not known here: --config names keyvend's configuration"],
    ["deploy", ["prod"], "deploy prod is no command of Serverless"],
    ["build", ["--force"], "--force is not known here"],
    ["build", ["prod"], "prod is not known here"],
    ["build", ["--package", "out"], "--package is not known here"],
    ["remove", ["--package", "out"], "--package is not known here, nor to Serverless"],
    ["invent", [], "invent is no command of Serverless"],
    ["deploy", ["--config"], "--config needs a value"],
    ["deploy", ["--config="], "--config needs a value"],
    ["deploy", ["--stage", "--force"], "--stage needs a value"],
    ["deploy", ["--stage", "dev", "-s", "prod"], "-s is given twice"],
    ["deploy", ["--", "--force"], "-- has no meaning here"],
  ])("%s %j", (command, args, message) => {
    expect(() => parseCommandLine(command, args)).toThrow(new Error(message));
  });
});
