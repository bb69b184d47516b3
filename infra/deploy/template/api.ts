import type { Options } from "../options.ts";
import { extendEach, type TemplatePart } from "./part.ts";

/** What the options say of the API: its own name, its address at AWS, and its limits. */
export function apiPart(options: Options): TemplatePart[] {
  const parts = [...domainOf(options), limitsOf(options)];
  if (options.disableExecuteApiEndpoint)
    parts.push(extendEach(["HttpApi"], { DisableExecuteApiEndpoint: true }));
  return parts;
}

function domainOf({ domainName, certificateArn, hostedZoneId, truststoreUri }: Options): TemplatePart[] {
  if (domainName === undefined || certificateArn === undefined) return [];
  const attribute = (name: string) => ({ "Fn::GetAtt": ["ApiDomain", name] });
  const domain = {
    Type: "AWS::ApiGatewayV2::DomainName",
    Properties: {
      DomainName: domainName,
      DomainNameConfigurations: [
        { CertificateArn: certificateArn, EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2" },
      ],
      ...(truststoreUri !== undefined && { MutualTlsAuthentication: { TruststoreUri: truststoreUri } }),
    },
  };
  const mapping = {
    Type: "AWS::ApiGatewayV2::ApiMapping",
    Properties: {
      ApiId: { Ref: "HttpApi" },
      DomainName: { Ref: "ApiDomain" },
      Stage: { Ref: "HttpApiStage" },
    },
  };
  const record = {
    Type: "AWS::Route53::RecordSet",
    Properties: {
      HostedZoneId: hostedZoneId,
      Name: domainName,
      Type: "A",
      AliasTarget: {
        DNSName: attribute("RegionalDomainName"),
        HostedZoneId: attribute("RegionalHostedZoneId"),
      },
    },
  };
  return [
    {
      Resources: {
        ApiDomain: domain,
        ApiMapping: mapping,
        ...(hostedZoneId !== undefined && { ApiRecord: record }),
      },
      Outputs: {
        ApiDomainTarget: {
          Description: "Where the name of the API has to lead: the target of its record in DNS.",
          Value: attribute("RegionalDomainName"),
        },
      },
    },
  ];
}

/** They stand in infra/api.yml, and only what is given here takes their place. */
function limitsOf(options: Options): TemplatePart {
  const sts = limit(options.stsRateLimit, options.stsBurstLimit);
  return extendEach(["HttpApiStage"], {
    DefaultRouteSettings: limit(options.rateLimit, options.burstLimit),
    RouteSettings: {
      "GET /openapi.json": limit(options.descriptionRateLimit, options.descriptionBurstLimit),
      "POST /": sts,
      "POST /{prefix+}": sts,
    },
  });
}

function limit(rate: number | undefined, burst: number | undefined): object {
  return {
    ...(rate !== undefined && { ThrottlingRateLimit: rate }),
    ...(burst !== undefined && { ThrottlingBurstLimit: burst }),
  };
}
