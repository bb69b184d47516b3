import type { Deployer } from "../deployer-rights.ts";
import type { ExpectedIam } from "../expected.ts";
import type { IamKind } from "../storage-facts.ts";
import { awsScript } from "./aws.ts";
import { cephScript } from "./ceph.ts";
import { command, comment, documentFile } from "./lines.ts";
import { minioScript } from "./minio.ts";
import { otherScript } from "./other.ts";
import { seaweedfsScript } from "./seaweedfs.ts";

/** What a script is about. */
export interface ScriptSubject {
  stage: string;
  /** Absent where it is not asked for. */
  deployer?: Deployer | undefined;
}

const scripts: {
  readonly [K in IamKind]: { title: string; script: (iam: ExpectedIam, stage: string) => string[] };
} = {
  aws: { title: "AWS", script: awsScript },
  minio: { title: "MinIO", script: minioScript },
  ceph: { title: "Ceph", script: cephScript },
  seaweedfs: { title: "SeaweedFS", script: seaweedfsScript },
  other: { title: "Another store", script: otherScript },
};

/**
 * All documents, each under what it is and before the command that puts it, as a script for a POSIX shell.
 *
 * @example scriptOf(expectedIam(config, setting), { stage: "prod" })
 */
export function scriptOf(places: readonly ExpectedIam[], { stage, deployer }: ScriptSubject): string {
  const parts = [
    comment(
      `The IAM of keyvend's stage ${stage} that is outside of its stack. This is a script for sh: it writes each document into a file of the current folder, and puts it. Read it, and run it with the credentials of an administrator of each place. Nothing in here is secret.`,
    ),
    ...places.flatMap((iam) => {
      const { title, script } = scripts[iam.kind];
      const parts = script(iam, stage);
      return parts.length > 0
        ? [`# ==== ${iam.endpoint ? `${title}, ${iam.endpoint}` : title}`, ...parts]
        : [];
    }),
    ...(deployer ? [deployerPart(deployer)] : []),
  ];
  return `${parts.join("\n\n")}\n`;
}

function deployerPart({ name, account, policies }: Deployer): string {
  const puts = policies.map((policy, at) => {
    const policyName = `${name}-${at + 1}`;
    const file = `${policyName}.policy.json`;
    return [
      documentFile(file, policy),
      command(
        "aws",
        "iam",
        "create-policy",
        "--policy-name",
        policyName,
        "--policy-document",
        `file://${file}`,
      ),
    ].join("\n");
  });
  return [
    "# ==== The deployer",
    comment(
      `What a user or role of the account ${account} needs for npm run deploy. It can give the functions any right, as everybody can that changes their code and their roles.`,
    ),
    ...puts,
  ].join("\n\n");
}
