import type { OidcProvider } from "../accounts.ts";
import { requiredText } from "../query-parameters.ts";
import { element } from "../xml.ts";
import type { IamAction, IamCall } from "./call.ts";
import { dateElement, missing } from "./entities.ts";

export const oidcProviderActions = {
  ListOpenIDConnectProviders: {
    takes: [],
    resource: () => "*",
    answer(call) {
      const providers = [...call.accounts.oidcProviders.values()];
      const members = providers.map((provider) => element("member", element("Arn", arnOf(provider, call))));
      return [element("OpenIDConnectProviderList", members)];
    },
  },
  GetOpenIDConnectProvider: {
    takes: ["OpenIDConnectProviderArn"],
    resource: providerArn,
    answer(call) {
      const arn = providerArn(call);
      const provider =
        [...call.accounts.oidcProviders.values()].find((one) => arnOf(one, call) === arn) ??
        missing(`OpenIDConnect Provider not found for arn ${arn}`);
      return [
        element("Url", nameOf(provider)),
        element(
          "ClientIDList",
          provider.audiences.map((audience) => element("member", audience)),
        ),
        element("ThumbprintList"),
        dateElement("CreateDate", call.accounts.createdAt),
      ];
    },
  },
} satisfies Record<string, IamAction>;

function providerArn({ parameters }: IamCall): string {
  return requiredText(parameters, "OpenIDConnectProviderArn", { min: 20, max: 2_048 });
}

function arnOf(provider: OidcProvider, { accounts }: IamCall): string {
  return accounts.arnOf("oidc-provider", nameOf(provider));
}

/** IAM names a provider without the scheme of its address. */
function nameOf({ issuer }: OidcProvider): string {
  return issuer.replace(/^https?:\/\//, "");
}
