import type { Deployer } from "../deployer.ts";
import type { ExpectedIam } from "../expected.ts";
import type { IamKind } from "../storage-facts.ts";
import { awsScript } from "./aws.ts";
import { cephScript } from "./ceph.ts";
import { comment } from "./lines.ts";
import { minioScript } from "./minio.ts";
import { otherScript } from "./other.ts";
import { seaweedfsScript } from "./seaweedfs.ts";

/** What a script is about beside the storages. */
interface ScriptSubject {
  stage: string;
  /** Absent where it is not asked for. */
  deployer?: Deployer | undefined;
}

const others: {
  readonly [K in Exclude<IamKind, "aws">]: {
    title: string;
    script: (iam: ExpectedIam, stage: string) => string[];
  };
} = {
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
  const onAws = places.find(({ kind }) => kind === "aws") ?? nothing;
  const sections = [
    ...awsScript(onAws, stage, deployer),
    ...places.flatMap((iam) => {
      if (iam.kind === "aws") return [];
      const { title, script } = others[iam.kind];
      return [{ title: `${title}, ${iam.endpoint}`, parts: script(iam, stage) }];
    }),
  ];
  const parts = [
    comment(
      `The IAM of keyvend's stage ${stage} that is outside of its stack. This is a script for sh: it writes each document into a file of the current folder, and puts it. Read it, and run each section with the credentials of an administrator there. Nothing in here is secret.`,
    ),
    ...sections.flatMap(({ title, parts: ofSection }) => [`# ==== ${title}`, ...ofSection]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** Without storages on AWS, the deployer alone is there. */
const nothing: ExpectedIam = {
  ...{ kind: "aws", roles: [], users: [], providers: [], policies: [], buckets: [], keys: [] },
};
