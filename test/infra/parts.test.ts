/** The picture in infra/README.md has exactly the rights that the functions' roles have. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { atStage, deploymentOf } from "../../infra/deployment.ts";
import { blocksOf } from "../documents/markdown.ts";
import { template } from "./alarms.ts";

interface Statement {
  Action: string | string[];
  Resource: unknown;
}

/** A configuration in which each function needs all that it can be given. */
const config = parseConfig({
  issuers: { corp: { issuer: "https://login.example.com", audience: "keyvend" } },
  storages: {
    own: {
      bucket: "own",
      region: "eu-central-1",
      issue: "assume-role",
      roleArn: "arn:aws:iam::123456789012:role/own",
    },
    keyed: {
      bucket: "keyed",
      region: "eu-central-1",
      issue: "session-token",
      secret: "keyed",
      rotation: { everyDays: 90 },
    },
  },
  grants: [
    {
      name: "all",
      issuer: "corp",
      subject: "*",
      storage: "own",
      prefix: "",
      permission: "READ",
      sourceIdentity: "${claims.sub}",
      sessionTags: { team: "data" },
    },
  ],
});
const { issuing, rotation } = deploymentOf(atStage(config, "prod"));

const ofService: Record<string, string> = {
  dynamodb: "table",
  secretsmanager: "secrets",
  sts: "sts",
  iam: "users",
};

/** What an action is done on, as the picture calls it. */
function partOf(service: string, resource: unknown): string {
  if (service !== "lambda") return ofService[service] ?? expect.unreachable(service);
  const [, name = ""] = /(warm|rotate)/i.exec(JSON.stringify(resource)) ?? [];
  return name.toLowerCase();
}

function rightsOf(role: string): Statement[] {
  const { Policies } = template("infra/roles.yml").Resources[role].Properties;
  const documents: unknown[] = Policies.map(
    ({ PolicyDocument }: { PolicyDocument: unknown }) => PolicyDocument,
  );
  const statements = documents.flatMap((document) =>
    // Serverless puts the one in that follows from the configuration.
    typeof document === "string" ? issuing.Statement : (document as { Statement: Statement[] }).Statement,
  );
  if (role !== "RotateRole") return statements;
  const rights = Object.values(rotation.Resources) as {
    Properties: { PolicyDocument: { Statement: Statement[] } };
  }[];
  return [...statements, ...rights.flatMap(({ Properties }) => Properties.PolicyDocument.Statement)];
}

/** Sorted actions by the part that they are done on, without those on the function's own log. */
function edgesOf(role: string): Record<string, string> {
  const edges: Record<string, Set<string>> = {};
  for (const { Action, Resource } of rightsOf(role)) {
    for (const action of [Action].flat()) {
      const [service = "", name = ""] = action.split(":");
      if (service === "logs") continue;
      const part = partOf(service, Resource);
      edges[part] = (edges[part] ?? new Set()).add(name);
    }
  }
  return Object.fromEntries(
    Object.entries(edges).map(([part, names]) => [part, [...names].toSorted().join(" ")]),
  );
}

test.each(["Vend", "Warm", "Revoke", "Rotate"])("%s", (name) => {
  const [picture = ""] = blocksOf(readFileSync("infra/README.md", "utf8"), "mermaid");
  const drawn = picture.matchAll(new RegExp(`^ *${name.toLowerCase()} -->\\|(.*)\\| (\\w+)`, "gm"));
  const edges = Array.from(drawn, ([, label = "", part = ""]) => [
    part,
    label.split(" ").toSorted().join(" "),
  ]);
  expect(Object.fromEntries(edges)).toEqual(edgesOf(`${name}Role`));
});

test("no other role", () => {
  const { Resources } = template("infra/roles.yml");
  expect(Object.keys(Resources)).toEqual(["VendRole", "WarmRole", "RevokeRole", "RotateRole"]);
});
