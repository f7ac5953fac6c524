// The function URL: real HTTP requests in, payload format 2.0 events out, and back.
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { afterEach, describe, expect, test } from "vitest";
import { type FunctionUrl, startFunctionUrl } from "./function-url.ts";
import { FunctionError } from "./lambda.ts";

const urls: FunctionUrl[] = [];
afterEach(async () => {
  await Promise.all(urls.splice(0).map((url) => url.close()));
});

async function open(handler: (event: APIGatewayProxyEventV2) => unknown): Promise<string> {
  const url = await startFunctionUrl({ invoke: async (event) => handler(event as APIGatewayProxyEventV2) });
  urls.push(url);
  return url.url;
}

async function eventOf(path: string, init: RequestInit = {}): Promise<APIGatewayProxyEventV2> {
  const url = await open((event) => event);
  return (await (await fetch(url + path, init)).json()) as APIGatewayProxyEventV2;
}

describe("the event", () => {
  test("method, raw path, query, headers in lower case, cookies", async () => {
    const event = await eventOf("/slack/a%20b?x=1&y=%C3%A4&x=2", {
      headers: { "X-Slack-Signature": "v0=1", Cookie: "a=1; b=2" },
    });
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/slack/a%20b",
      rawQueryString: "x=1&y=%C3%A4&x=2",
      queryStringParameters: { x: "1,2", y: "ä" },
      cookies: ["a=1", "b=2"],
      headers: { "x-slack-signature": "v0=1", "x-forwarded-proto": "https" },
      requestContext: {
        accountId: "anonymous",
        http: { method: "GET", path: "/slack/a%20b", protocol: "HTTP/1.1", sourceIp: "127.0.0.1" },
        stage: "$default",
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      },
      isBase64Encoded: false,
    });
    expect(event.headers.cookie).toBeUndefined();
    expect(event.body).toBeUndefined();
  });

  test.each([
    ["application/json", '{"a":"ä"}'],
    ["application/json; charset=utf-8", "{}"],
    ["text/plain", "text"],
  ])("a body of %s is plain", async (type, body) => {
    const event = await eventOf("/", { method: "POST", headers: { "content-type": type }, body });
    expect(event).toMatchObject({ body, isBase64Encoded: false });
  });

  test.each([
    [{ "content-type": "application/x-www-form-urlencoded" }, Buffer.from("payload=%7B%7D")],
    [{ "content-type": "application/octet-stream" }, Buffer.from([0, 255, 128])],
    [{ "content-type": "application/json", "content-encoding": "gzip" }, Buffer.from([31, 139])],
    [{}, Buffer.from("of no type")],
  ])("a body with %j is base64", async (headers, body) => {
    const event = await eventOf("/", { method: "POST", headers, body: new Uint8Array(body) });
    expect(event).toMatchObject({ body: body.toString("base64"), isBase64Encoded: true });
  });
});

describe("the answer", () => {
  test("status, headers, cookies, and a body in base64", async () => {
    const url = await open(() => ({
      statusCode: 201,
      headers: { "Content-Type": "image/png", "X-Count": 3 },
      cookies: ["a=1", "b=2"],
      body: Buffer.from([1, 2, 255]).toString("base64"),
      isBase64Encoded: true,
    }));
    const answer = await fetch(url);
    expect(answer.status).toBe(201);
    expect(answer.headers.get("content-type")).toBe("image/png");
    expect(answer.headers.get("x-count")).toBe("3");
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(new Uint8Array([1, 2, 255]));
  });

  test.each([
    [{ ok: true }, '{"ok":true}'],
    ["plain", "plain"],
    [undefined, "null"],
  ])("without a status code %j is the body", async (result, body) => {
    const answer = await fetch(await open(() => result));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.text()).toBe(body);
  });

  test.each([{ statusCode: "ok" }, { statusCode: 1000 }, { statusCode: 200, body: { not: "text" } }])(
    "%j is malformed: 502",
    async (result) => {
      expect((await fetch(await open(() => result))).status).toBe(502);
    },
  );

  test.each([
    ["Error", 502],
    ["Sandbox.Timedout", 502],
    ["TooManyRequestsException", 429],
  ])("%s is answered with %i", async (errorType, status) => {
    const url = await open(() => {
      throw new FunctionError({ errorType, errorMessage: "no" });
    });
    expect((await fetch(url)).status).toBe(status);
  });

  test("a request over six megabytes is answered with 413 and never reaches the function", async () => {
    let calls = 0;
    const url = await open(() => calls++);
    const answer = await fetch(url, { method: "POST", body: new Uint8Array(6_291_457) });
    expect(answer.status).toBe(413);
    expect(calls).toBe(0);
  });
});
