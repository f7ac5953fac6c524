// The queue that runs wait in, and the machines behind it.
import { size } from "./runner.ts";
import { named } from "./stage.ts";

/** Runs that finished this long ago no longer count against who asked for them. */
const fairnessForgetsSeconds = 60 * 60;

/** Whatever keeps a job from a machine for this long is not a matter of waiting; `submittedTooLongMs` stands above it. */
const maxRunnableSeconds = 30 * 60;

const hopeless = [
  "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
  "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
  "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
];

/** Spot first, for it costs a third; machines at the full price where Spot has none. */
const kinds = ["FARGATE_SPOT", "FARGATE"] as const;

/** The queue, with room for `maxRuns` containers on either kind of machine. */
export function makeQueue(parts: {
  maxRuns: number;
  network: { subnetIds: $util.Output<string>[]; groupId: $util.Output<string> };
}) {
  const environments = kinds.map((type) => {
    const name = type === "FARGATE" ? "Fargate" : "FargateSpot";
    return new aws.batch.ComputeEnvironment(name, {
      // A queue has to let go of the old one before it can be deleted, so the new one needs a name of its own.
      namePrefix: `${named(name)}-`,
      type: "MANAGED",
      computeResources: {
        type,
        maxVcpus: parts.maxRuns * size.vcpu,
        subnets: parts.network.subnetIds,
        securityGroupIds: [parts.network.groupId],
      },
    });
  });
  // One share each person, all of the same weight: who asks for much waits longer than who asks for little.
  const fairness = new aws.batch.SchedulingPolicy("Fairness", {
    name: named("fair"),
    fairSharePolicy: { shareDecaySeconds: fairnessForgetsSeconds },
  });
  return new aws.batch.JobQueue("Runs", {
    name: named("runs"),
    state: "ENABLED",
    priority: 1,
    schedulingPolicyArn: fairness.arn,
    computeEnvironmentOrders: environments.map(({ arn }, index) => ({
      order: index + 1,
      computeEnvironment: arn,
    })),
    jobStateTimeLimitActions: hopeless.map((reason) => ({
      state: "RUNNABLE",
      reason,
      maxTimeSeconds: maxRunnableSeconds,
      action: "CANCEL",
    })),
  });
}
