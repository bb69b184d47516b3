import { DescribeAlarmsCommand, type MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { paginateListSubscriptionsByTopic } from "@aws-sdk/client-sns";
import { about, type Finding } from "../finding.ts";
import type { DeployedServices } from "./account.ts";
import type { Stack } from "./stack.ts";

/** CloudWatch takes so many names at once. */
const mostNames = 100;
/** A new alarm has seen nothing yet. */
const settledMs = 3_600_000;

/** Looks at every alarm that the stack has made. */
export async function checkAlarms(stack: Stack, { cloudWatch }: DeployedServices): Promise<Finding[]> {
  const names = stack.idsOf("AWS::CloudWatch::Alarm");
  const all = about("alarms", "all");
  if (names.length === 0) return [all.failed("the stack has none", "Deploy it anew.")];
  const alarms: MetricAlarm[] = [];
  for (let at = 0; at < names.length; at += mostNames) {
    const AlarmNames = names.slice(at, at + mostNames);
    const { MetricAlarms = [] } = await cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmNames, MaxRecords: mostNames }),
    );
    alarms.push(...MetricAlarms);
  }
  const byName = new Map(alarms.map((alarm) => [alarm.AlarmName, alarm]));
  const troubles = names.flatMap((name) => judge(name, byName.get(name)));
  return troubles.length > 0 ? troubles : [all.ok(`${names.length} are quiet`)];
}

function judge(name: string, alarm: MetricAlarm | undefined): Finding[] {
  const of = about("alarms", name);
  if (alarm === undefined) return [of.failed("was deleted", "Deploy the stack anew.")];
  const {
    StateValue,
    StateUpdatedTimestamp,
    ActionsEnabled,
    AlarmActions = [],
    AlarmDescription = "",
  } = alarm;
  if (StateValue === "ALARM")
    return [of.failed(`rings: ${AlarmDescription}`, "See its page in the runbook.")];
  if (ActionsEnabled === false || AlarmActions.length === 0)
    return [
      of.failed("tells nobody when it rings", "Turn its actions on: aws cloudwatch enable-alarm-actions."),
    ];
  const age = Date.now() - (StateUpdatedTimestamp?.getTime() ?? 0);
  if (StateValue === "INSUFFICIENT_DATA" && age > settledMs)
    return [of.warning("has had no data for an hour", "See whether its metric still exists.")];
  return [];
}

/** Looks for somebody that hears the alarms. */
export async function checkSubscribers(stack: Stack, { sns }: DeployedServices): Promise<Finding[]> {
  const topics = stack.idsOf("AWS::SNS::Topic");
  if (topics.length === 0)
    return [about("subscribers", "all").failed("the stack has no topic", "Deploy it anew.")];
  return Promise.all(
    topics.map(async (topic) => {
      const of = about("subscribers", topic.split(":").at(-1) ?? topic);
      const arns: string[] = [];
      for await (const page of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: topic }))
        arns.push(...(page.Subscriptions ?? []).map(({ SubscriptionArn = "" }) => SubscriptionArn));
      const confirmed = arns.filter((arn) => arn.startsWith("arn:")).length;
      if (confirmed > 0) return of.ok(`${confirmed} ${confirmed === 1 ? "hears" : "hear"} the alarms`);
      return arns.length > 0
        ? of.failed(
            "its subscriptions are not confirmed",
            "Follow the link in the mail that each one was sent.",
          )
        : of.failed("nobody hears the alarms", `aws sns subscribe --topic-arn ${topic} --protocol email …`);
    }),
  );
}
