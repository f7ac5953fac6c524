// The runner as Batch starts it: its container, what that may use, and when it is started again.
import { attemptTimeoutSeconds, retryStrategy } from "../packages/runner/batch-rules.ts";
import { start } from "../packages/runner/image/stages.ts";
import { environmentOf } from "./environment.ts";
import { roleFor, startAccess, tableAccess } from "./permissions.ts";
import { imageTitle, otherImages } from "./runner-images.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import { logRetentionDays, named } from "./stage.ts";

/** A size that Fargate has. Builds of Java and TypeScript fit; a gigabyte more costs less than a build that dies. */
export const size = { vcpu: 2, memoryMb: 8_192, diskGb: 40 };

/** The job definitions that runs are submitted by; they differ in nothing but their images. */
export interface Definitions {
  usual: aws.batch.JobDefinition;
  /** For repositories that have an image of their own: one for each such image. */
  others: aws.batch.JobDefinition[];
  /** Which of them has which; the first pattern that matches counts. */
  byRepository: { pattern: string; definition: aws.batch.JobDefinition }[];
}

/** The job definitions, what their containers are configured with, and the log group that they write to. */
export function makeRunner(parts: {
  settings: Settings;
  secrets: Secrets;
  table: sst.aws.Dynamo;
  image: $util.Input<string>;
  repository: aws.ecr.Repository;
}) {
  const { settings, table, image, repository } = parts;
  const environment = environmentOf("runner", {
    settings,
    secrets: parts.secrets,
    made: {
      CODY_TABLE: table.name,
      WORK_DIR: start.workDir,
      // A container that cannot separate the tools from the keys does not start: nobody can set less.
      TOOL_ISOLATION: "user",
      TOOL_USER: "20001:20001",
      TOOL_COMMANDS: "isolated",
    },
  });
  const logs = new aws.cloudwatch.LogGroup("RunnerLogs", {
    name: `/${$app.name}/${$app.stage}/runner`,
    retentionInDays: logRetentionDays,
  });
  const secrets = Object.values(environment.secrets);
  const others = otherImages(settings.images, settings.image);
  const images = settings.image ? [settings.image, ...others] : others;
  const startRole = new aws.iam.Role(
    "RunnerStartRole",
    roleFor("ecs-tasks.amazonaws.com", startAccess({ repository, images, logs, secrets })),
  );
  // Jobs, what they stored, the spend limit and the pace on GitHub: no people, no teams, no audit.
  const runnerKeys = ["JOB#", "WORK#", "KEY", "PACE#"];
  const ownRole = new aws.iam.Role(
    "RunnerRole",
    roleFor(
      "ecs-tasks.amazonaws.com",
      tableAccess(table, { actions: ["GetItem", "PutItem", "UpdateItem", "Query"], keys: runnerKeys }),
    ),
  );
  const define = (title: string, image: $util.Input<string>) =>
    new aws.batch.JobDefinition(title, {
      name: named(title),
      type: "container",
      platformCapabilities: ["FARGATE"],
      propagateTags: true,
      timeout: { attemptDurationSeconds: attemptTimeoutSeconds },
      retryStrategy: { attempts: retryStrategy.attempts, evaluateOnExits: retryStrategy.evaluateOnExit },
      containerProperties: $jsonStringify({
        image,
        executionRoleArn: startRole.arn,
        jobRoleArn: ownRole.arn,
        resourceRequirements: [
          { type: "VCPU", value: String(size.vcpu) },
          { type: "MEMORY", value: String(size.memoryMb) },
        ],
        ephemeralStorage: { sizeInGiB: size.diskGb },
        // Repositories bring tools that exist for this one alone.
        runtimePlatform: { cpuArchitecture: "X86_64", operatingSystemFamily: "LINUX" },
        fargatePlatformConfiguration: { platformVersion: "LATEST" },
        networkConfiguration: { assignPublicIp: "ENABLED" },
        // The runner starts its tools as another user, and only root can.
        user: "root",
        // It can write to the volumes of its image, and nowhere else.
        readonlyRootFilesystem: true,
        volumes: start.volumes.map((folder) => ({ name: volumeOf(folder) })),
        mountPoints: start.volumes.map((folder) => ({
          sourceVolume: volumeOf(folder),
          containerPath: folder,
          readOnly: false,
        })),
        // Passes signals on, and buries what commands leave behind.
        linuxParameters: { initProcessEnabled: true },
        environment: Object.entries(environment.values).map(([name, value]) => ({ name, value })),
        secrets: Object.entries(environment.secrets).map(([name, { arn }]) => ({ name, valueFrom: arn })),
        logConfiguration: {
          logDriver: "awslogs",
          options: {
            "awslogs-group": logs.name,
            "awslogs-stream-prefix": "run",
            // Where CloudWatch does not answer, lines are lost rather than the lease: writing one waits for nobody.
            mode: "non-blocking",
            "max-buffer-size": "4m",
          },
        },
      }),
    });
  const usual = define("Runner", image);
  const byImage = new Map(others.map((other) => [other, define(`Runner-${imageTitle(other)}`, other)]));
  const byRepository = settings.images.map(({ pattern, value }) => ({
    pattern,
    definition: byImage.get(value) ?? usual,
  }));
  return {
    definitions: { usual, others: [...byImage.values()], byRepository } satisfies Definitions,
    environment,
    logs,
  };
}

/** A volume has letters and digits in its name: /job is job. */
function volumeOf(folder: string): string {
  return folder.replaceAll("/", "");
}
