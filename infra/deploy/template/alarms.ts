import type { Options } from "../options.ts";
import type { TemplatePart } from "./part.ts";

/** What `infra/alarms.yml` leaves to the options. */
interface AlarmFacts {
  /** Where the pages of the alarms are: each description ends with this and the name of a page. */
  runbook: string;
  /** Beyond this share of answers that STS was asked for, the cache does not help. */
  mostIssuedPercent: number;
  /** In which the doctor runs once at least. */
  probePeriodSeconds: number;
  /** What it means that no run was counted: nothing, where nobody has said that a doctor runs. */
  probesMissing: "breaching" | "notBreaching";
}

export function alarmFacts({
  runbook = "infra/runbook.md",
  mostIssuedPercent = 80,
  probedEveryMinutes,
}: Options): AlarmFacts {
  return {
    runbook,
    mostIssuedPercent,
    probePeriodSeconds: (probedEveryMinutes ?? 15) * 60,
    probesMissing: probedEveryMinutes === undefined ? "notBreaching" : "breaching",
  };
}

/** Who hears of the alarms. AWS asks the address whether it wants to, and sends nothing before. */
export function alarmsPart({ alarmEmail }: Options): TemplatePart[] {
  if (alarmEmail === undefined) return [];
  const Properties = { Protocol: "email", Endpoint: alarmEmail, TopicArn: { Ref: "AlarmTopic" } };
  return [{ Resources: { AlarmEmail: { Type: "AWS::SNS::Subscription", Properties } } }];
}
