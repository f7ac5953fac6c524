// Everything that Cody is made of on AWS; each part is a file under infra/.
export default $config({
  app({ stage }) {
    const isProduction = stage === "production";
    return {
      name: "cody",
      home: "aws",
      // The production stage cannot be removed by mistake, and keeps its data where it is removed on purpose.
      protect: isProduction,
      removal: isProduction ? "retain" : "remove",
      providers: { aws: { version: "7.20.0" } },
    };
  },
  async run() {
    const { readSettings } = await import("./infra/settings.ts");
    const { makeTable } = await import("./infra/table.ts");
    const { makeSecrets } = await import("./infra/secrets.ts");
    const { makeNetwork } = await import("./infra/network.ts");
    const { makeImage } = await import("./infra/image.ts");
    const { makeRunner } = await import("./infra/runner.ts");
    const { makeQueue } = await import("./infra/queue.ts");
    const { makePrograms } = await import("./infra/programs.ts");
    const { followStream, keepReady, makeDeadLetters, wakeWatchdog } = await import("./infra/wake-ups.ts");
    const { makeAlarms } = await import("./infra/alarms.ts");
    const { outputsOf } = await import("./infra/outputs.ts");

    const settings = readSettings(process.env);
    const table = makeTable();
    const secrets = makeSecrets(settings.secrets);
    const { image, repository } = makeImage(settings.image);
    const runner = makeRunner({ settings, secrets, table, image, repository });
    const queue = makeQueue({ maxRuns: settings.maxRuns, network: makeNetwork() });
    const deadLetters = makeDeadLetters();
    const { definitions } = runner;
    const programs = await makePrograms({ settings, secrets, table, queue, definitions, deadLetters });
    followStream(table, programs, deadLetters);
    wakeWatchdog(queue, programs, deadLetters);
    keepReady(programs);
    makeAlarms({ settings, programs, runnerLogs: runner.logs, deadLetters });
    const environments = [runner, ...Object.values(programs)].map(({ environment }) => environment);
    return outputsOf({ url: programs.slack.lambda.url, repository, environments });
  },
});
