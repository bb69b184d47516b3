import { basename } from "node:path";

interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
}

export interface Template {
  Resources: Readonly<Record<string, Resource>>;
}

/** What starts a function. */
interface FunctionEvents {
  /** The API's routes to it, each with the authorizer that API Gateway has to have for it. */
  routes: { route: string; authorizer: string }[];
  schedules: unknown[];
  /** Services of AWS that may invoke it. */
  invokers: unknown[];
  /** Of events that nobody waits for: how long they are kept, and how often they are tried again. */
  asynchronous?: Record<string, unknown>;
}

/** A function with all that it needs. */
interface ListedFunction {
  /** The file in the folder of the package. */
  zip: string;
  /** Its logical id, to which other resources refer. */
  id: string;
  /** Its other properties, in CloudFormation's words: handler, runtime, environment, role. */
  properties: Record<string, unknown>;
  events: FunctionEvents;
}

/** A deployment as data, for those that do not deploy with CloudFormation. */
export interface ResourceList {
  /** By their names in AWS. */
  functions: Record<string, ListedFunction>;
  /** By logical ids: whom each trusts, and what each may do. */
  roles: Record<string, Record<string, unknown>>;
  /** Everything else, by logical ids, as in the template. */
  others: Record<string, Resource>;
  /** The logical ids of what only Serverless itself needs. */
  leftOut: string[];
}

const ofFunctions = {
  permission: "AWS::Lambda::Permission",
  asynchronous: "AWS::Lambda::EventInvokeConfig",
  schedule: "AWS::Events::Rule",
  route: "AWS::ApiGatewayV2::Route",
  integration: "AWS::ApiGatewayV2::Integration",
};

/**
 * Lists what a package deploys: its functions with their zips, environments, roles and events, the roles with their rights, and all
 * else as it stands in the template. References stay as CloudFormation writes them, by logical ids.
 *
 * @example listResources(JSON.parse(template)).functions["keyvend-prod-vend"].zip // "vend.zip"
 */
export function listResources({ Resources }: Template): ResourceList {
  const list: ResourceList = { functions: {}, roles: {}, others: {}, leftOut: [] };
  for (const [id, resource] of Object.entries(Resources)) {
    const { Type, Properties = {} } = resource;
    if (Type === "AWS::Lambda::Function") {
      const { FunctionName, Code, ...properties } = Properties;
      const { S3Key } = Code as { S3Key: string };
      const events = eventsOf(id, Resources);
      list.functions[String(FunctionName)] = { zip: basename(S3Key), id, properties, events };
    } else if (Type === "AWS::IAM::Role") list.roles[id] = Properties;
    else if (id.startsWith("ServerlessDeploymentBucket")) list.leftOut.push(id);
    else if (!Object.values(ofFunctions).includes(Type)) list.others[id] = resource;
  }
  return list;
}

function eventsOf(id: string, resources: Template["Resources"]): FunctionEvents {
  /** The resources of a type that name this function, or one that does. */
  const ofType = (type: string, named = id) =>
    Object.entries(resources).filter(
      ([, { Type, Properties }]) => Type === type && refersTo(Properties, named),
    );
  const propertiesOf = ([, { Properties = {} }]: [string, Resource]) => Properties;
  const routes = ofType(ofFunctions.integration).flatMap(([integration]) =>
    ofType(ofFunctions.route, integration).map(propertiesOf),
  );
  const [asynchronous] = ofType(ofFunctions.asynchronous).map(propertiesOf);
  return {
    routes: routes.map(({ RouteKey, AuthorizationType = "NONE" }) => ({
      route: String(RouteKey),
      authorizer: String(AuthorizationType),
    })),
    schedules: ofType(ofFunctions.schedule).map((rule) => propertiesOf(rule)["ScheduleExpression"]),
    invokers: ofType(ofFunctions.permission).map((permission) => propertiesOf(permission)["Principal"]),
    ...(asynchronous && { asynchronous }),
  };
}

/** Whether a part of a template refers to a resource, by `Ref` or `Fn::GetAtt`. */
function refersTo(part: unknown, id: string): boolean {
  if (typeof part !== "object" || part === null) return false;
  return Object.entries(part).some(([name, value]) => {
    if (name === "Ref") return value === id;
    if (name === "Fn::GetAtt") return Array.isArray(value) && value[0] === id;
    return refersTo(value, id);
  });
}
