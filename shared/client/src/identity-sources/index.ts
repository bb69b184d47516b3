export { type AwsCredentials, type FromAwsOptions, fromAws } from "./from-aws.ts";
export { fromEnvironment } from "./from-environment.ts";
export { fromGitHubActions } from "./from-github-actions.ts";
export { fromKubernetes } from "./from-kubernetes.ts";
export { fromTokenFile } from "./from-token-file.ts";
export type { TokenSource } from "./token-source.ts";
