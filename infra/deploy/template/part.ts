/** A part of a CloudFormation template, in the form of an entry of `resources` in `serverless.yml`. */
export interface TemplatePart {
  Resources?: Record<string, object>;
  Outputs?: Record<string, object>;
  /** Properties that resources of other parts get as well, by logical id. */
  extensions?: Record<string, { Properties: Record<string, unknown> }>;
}

export interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Action: readonly string[];
  Resource: unknown;
  Condition?: object;
}

/**
 * The parts as one. Of two parts that extend one resource, each gives other properties.
 *
 * @example joinParts([domainPart(options), networkPart(options, functions)])
 */
export function joinParts(parts: readonly TemplatePart[]): Required<TemplatePart> {
  const joined: Required<TemplatePart> = { Resources: {}, Outputs: {}, extensions: {} };
  for (const { Resources, Outputs, extensions = {} } of parts) {
    Object.assign(joined.Resources, Resources);
    Object.assign(joined.Outputs, Outputs);
    for (const [id, { Properties }] of Object.entries(extensions))
      joined.extensions[id] = { Properties: { ...joined.extensions[id]?.Properties, ...Properties } };
  }
  return joined;
}

/** The same properties for each of these resources. */
export function extendEach(ids: readonly string[], Properties: Record<string, unknown>): TemplatePart {
  return { extensions: Object.fromEntries(ids.map((id) => [id, { Properties }])) };
}

/** As Serverless names a function's resources, and `infra/roles.yml` its role. */
export function logicalId(functionName: string, what: "LambdaFunction" | "LogGroup" | "Role"): string {
  return functionName.charAt(0).toUpperCase() + functionName.slice(1) + what;
}
