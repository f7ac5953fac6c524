// Where alarms are sent, and to whom from there.
import { documentOf, roleFor } from "./permissions.ts";
import type { Settings } from "./settings.ts";
import { named } from "./stage.ts";

/** The topic that alarms and the budget tell, and whoever hears of it from there: mail addresses, a channel in Slack. */
export function makeTopic({ alarmEmails, alarmChannel }: Settings): aws.sns.Topic {
  const topic = new aws.sns.Topic("Alarms", { name: named("alarms") });
  const account = aws.getCallerIdentityOutput().accountId;
  new aws.sns.TopicPolicy("AlarmsPolicy", {
    arn: topic.arn,
    policy: documentOf(
      ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"].map((service) => ({
        Effect: "Allow",
        Principal: { Service: service },
        Action: "sns:Publish",
        Resource: topic.arn,
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      })),
    ),
  });
  for (const email of alarmEmails)
    new aws.sns.TopicSubscription(`AlarmsTo-${email}`, {
      topic: topic.arn,
      protocol: "email",
      endpoint: email,
    });
  if (alarmChannel) tellChannel(topic, alarmChannel);
  return topic;
}

/**
 * AWS's own messenger in Slack: Cody cannot be the one who says that Cody is ill. Somebody allows it once for the
 * workspace, in the console under Amazon Q Developer in chat applications.
 */
function tellChannel(
  topic: aws.sns.Topic,
  { workspace, channel }: { workspace: string; channel: string },
): void {
  // It draws the graph of an alarm. CloudWatch knows no resources for that.
  const graphs = ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:GetMetricWidgetImage"];
  const role = new aws.iam.Role(
    "AlarmChannelRole",
    roleFor("chatbot.amazonaws.com", [{ Effect: "Allow", Action: graphs, Resource: ["*"] }]),
  );
  new aws.chatbot.SlackChannelConfiguration("AlarmChannel", {
    configurationName: named("alarms"),
    slackTeamId: workspace,
    slackChannelId: channel,
    snsTopicArns: [topic.arn],
    iamRoleArn: role.arn,
    // People can type commands to it, and without a bound those are an administrator's.
    guardrailPolicyArns: ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"],
    loggingLevel: "ERROR",
  });
}
