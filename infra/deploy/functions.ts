/** The functions of a deployment, as files of `functions/`. Each has a bundle, a role and a log of its own. */
export const deployedFunctions = ["vend", "warm", "revoke", "rotate"] as const;
