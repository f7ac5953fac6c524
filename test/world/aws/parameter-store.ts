// The Parameter Store on loopback: encrypted parameters with their versions, by AWS's own protocol.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { accessKeyIn } from "./access.ts";

/** What GetParameters is asked. */
interface ParametersRequest {
  /** `name`, or `name:version`. */
  Names: string[];
  WithDecryption?: boolean;
}

export interface ParameterStore {
  endpoint: string;
  /** Every question that was understood, in order. */
  asked: ParametersRequest[];
  /** Refuses the next questions as one too many. */
  throttle(times: number): void;
  close(): Promise<void>;
}

/** AWS's sentence where whoever signs with this key may not read one of the parameters; undefined where it may. */
type Permit = (accessKeyId: string, parameters: readonly string[]) => string | undefined;

/** GetParameters takes at most this many names. */
const maxNames = 10;

/** `parameters`: by name the values that it had, the first version first. */
export async function startParameterStore(
  parameters: Readonly<Record<string, readonly string[]>>,
  permit: Permit = () => undefined,
): Promise<ParameterStore> {
  const asked: ParametersRequest[] = [];
  let refusals = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    };
    if (request.headers["x-amz-target"] !== "AmazonSSM.GetParameters")
      return answer(400, { __type: "UnknownOperationException" });
    if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 "))
      return answer(400, { __type: "MissingAuthenticationTokenException" });
    if (refusals > 0) {
      refusals -= 1;
      return answer(400, { __type: "ThrottlingException", message: "Rate exceeded" });
    }
    const question = JSON.parse(Buffer.concat(chunks).toString()) as ParametersRequest;
    asked.push(question);
    const { Names } = question;
    if (Names.length === 0 || Names.length > maxNames || new Set(Names).size < Names.length)
      return answer(400, { __type: "ValidationException", message: "1 validation error detected" });
    const refusal = permit(
      accessKeyIn(request.headers.authorization),
      Names.map((selector) => selector.split(":")[0] ?? ""),
    );
    if (refusal) return answer(400, { __type: "AccessDeniedException", Message: refusal });
    return answer(200, parametersOf(question, parameters));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    throttle: (times) => {
      refusals = times;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What is not there comes back in a list of its own. */
function parametersOf(
  { Names, WithDecryption }: ParametersRequest,
  parameters: Readonly<Record<string, readonly string[]>>,
) {
  const found = Names.map((selector) => {
    const [name = "", version] = selector.split(":");
    const versions = parameters[name] ?? [];
    const number = version === undefined ? versions.length : Number(version);
    const value = versions[number - 1];
    return { selector, name, number, version, value: WithDecryption ? value : value && "encrypted" };
  });
  return {
    Parameters: found
      .filter(({ value }) => value !== undefined)
      .map(({ name, number, version, value }) => ({
        Name: name,
        Type: "SecureString",
        Value: value,
        Version: number,
        ...(version === undefined ? {} : { Selector: `:${version}` }),
      })),
    InvalidParameters: found.filter(({ value }) => value === undefined).map(({ selector }) => selector),
  };
}
