const Version = "2012-10-17";

export const accountId = "123456789012";
export const region = "us-east-1";

/** The account that both sides set up, so that their answers can be compared. */
export const account = {
  /** This user may use STS, Secrets Manager and IAM. */
  user: "keyvend",
  userPolicy: {
    Version,
    Statement: [{ Effect: "Allow", Action: ["sts:*", "secretsmanager:*", "iam:*"], Resource: "*" }],
  },
  /** This user may do nothing. */
  stranger: "stranger",
  /** This role trusts the user, and the tokens of the issuer. */
  role: "reader",
  rolePolicy: { Version, Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] },
  /** This role trusts neither of the users. */
  closedRole: "closed",
  audience: "sts.amazonaws.com",
};

export function roleArnOf(name: string): string {
  return `arn:aws:iam::${accountId}:role/${name}`;
}

/** `issuer` is an `http:` or `https:` address. */
export function roleTrust(issuer: string) {
  const user = `arn:aws:iam::${accountId}:user/${account.user}`;
  const provider = `arn:aws:iam::${accountId}:oidc-provider/${issuer.replace(/^https?:\/\//, "")}`;
  return {
    Version,
    Statement: [
      { Effect: "Allow", Principal: { AWS: user }, Action: "sts:AssumeRole" },
      { Effect: "Allow", Principal: { Federated: provider }, Action: "sts:AssumeRoleWithWebIdentity" },
    ],
  };
}

export const closedTrust = {
  Version,
  Statement: [
    { Effect: "Allow", Principal: { AWS: "arn:aws:iam::210987654321:root" }, Action: "sts:AssumeRole" },
  ],
};
