// Answers what SST's components ask of SST's command line: where assets go, and the code of the functions.
import { access } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Bundle } from "./evaluation.ts";
import { account, region } from "./pulumi-mocks.ts";

interface Build {
  functionID: string;
  handler: string;
  /** A folder with the finished code. */
  bundle?: string;
}

/** Listens on the loopback; `bundles` fills with what is built. */
export async function startSstServer() {
  const bundles: Bundle[] = [];
  const methods: Record<string, (params: unknown) => Promise<unknown>> = {
    "Provider.Aws.Bootstrap": async () => ({
      asset: "sst-asset",
      assetEcrRegistryId: account,
      assetEcrUrl: `${account}.dkr.ecr.${region}.amazonaws.com/sst-asset`,
      state: "sst-state",
    }),
    "Runtime.Build": async (params) => {
      const { functionID, handler, bundle } = params as Build;
      // It would take the folder as it is and leave a wrong handler to Lambda.
      if (!bundle) return { errors: [`${functionID} has no finished code`] };
      const file = path.join(bundle, `${handler.split(".")[0]}.mjs`);
      const isThere = await access(file).then(
        () => true,
        () => false,
      );
      if (!isThere) return { errors: [`Handler not found: ${handler}`] };
      bundles.push({ name: functionID, folder: bundle, handler });
      return { handler, out: bundle, errors: [], sourcemaps: [] };
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
      method: string;
      params: unknown[];
    };
    const answer = methods[method];
    const said = answer
      ? { result: await answer(params[0]) }
      : { error: `SST's stand-in knows no ${method}` };
    response.end(JSON.stringify(said));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bundles,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
