/** A user or role of IAM, by its ARN. */
export interface IamName {
  arn: string;
  partition: string;
  /** Empty where the store has no accounts. */
  account: string;
  /** From slash to slash; `/` alone where there is none. */
  path: string;
  name: string;
}

/**
 * The parts of a role's or user's ARN; `undefined` for any other text. Other stores than AWS have no accounts in it, and
 * may have another word for the partition.
 *
 * @example iamNameOf("arn:aws:iam::111122223333:role/data/lake", "role")?.path // "/data/"
 */
export function iamNameOf(arn: string, kind: "role" | "user"): IamName | undefined {
  const [, partition, account, found, path = "/", name] =
    /^arn:([\w-]+):iam::(\d{12}|):(role|user)(\/(?:[\w+=,.@-]+\/)*)([\w+=,.@-]{1,64})$/.exec(arn) ?? [];
  if (partition === undefined || account === undefined || name === undefined || found !== kind)
    return undefined;
  return { arn, partition, account, path, name };
}

/**
 * All of an account, as a principal. It passes no right to anybody by itself: each caller's own policies have to allow the
 * call as well.
 *
 * @example accountArn({ partition: "aws", account: "111122223333" }) // "arn:aws:iam::111122223333:root"
 */
export function accountArn({ partition, account }: Pick<IamName, "partition" | "account">): string {
  return `arn:${partition}:iam::${account}:root`;
}
