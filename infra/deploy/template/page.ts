import { pageRoutes } from "../../../functions/page/page.ts";
import type { Options } from "../options.ts";
import type { TemplatePart } from "./part.ts";

/** The function that answers with the page, as an entry of `functions` in `serverless.yml`, where the deployment has it. */
export function pageFunction({ page }: Options): Record<string, object> {
  if (!page) return {};
  return {
    page: {
      handler: "${param:build}/page/page.handler",
      description: "Answers with the page of the service, which asks vend",
      role: "PageRole",
      timeout: 5,
      memorySize: 256,
      package: { patterns: ["!**", "${param:build}/page/**"] },
      events: pageRoutes.map((httpApi) => ({ httpApi })),
    },
  };
}

/** Its role, which has no right but to write its log: the page asks the API, with its reader's own token. */
export function pagePart({ page }: Options): TemplatePart[] {
  if (!page) return [];
  const statement = (Statement: object) => ({ Version: "2012-10-17", Statement: [Statement] });
  const role = {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: "${self:service}-${sls:stage}-${self:provider.region}-page",
      AssumeRolePolicyDocument: statement({
        Effect: "Allow",
        Principal: { Service: "lambda.amazonaws.com" },
        Action: "sts:AssumeRole",
      }),
      Policies: [
        {
          PolicyName: "log",
          PolicyDocument: statement({
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: { "Fn::GetAtt": ["PageLogGroup", "Arn"] },
          }),
        },
      ],
    },
  };
  return [{ Resources: { PageRole: role } }];
}
