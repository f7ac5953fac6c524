// AWS's registry of container images on this machine, as far as one can ask it what it holds.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { accountId, region as ownRegion } from "./client-settings.ts";
import { ServiceError } from "./service-error.ts";

export interface EcrImage {
  /** `sha256:` and 64 digits. */
  digest: string;
  tags: readonly string[];
  /** Milliseconds since 1970. */
  pushedAt: number;
  /** Of its layers as they are pulled. */
  bytes: number;
}

export interface EcrOptions {
  /** By name, in this account and region. */
  repositories: Readonly<Record<string, readonly EcrImage[]>>;
}

const TARGET = "AmazonEC2ContainerRegistry_V20150921.";
const REPOSITORY = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const DIGEST = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/;
const MAX_IMAGE_IDS = 100;
const MAX_BODY_BYTES = 100_000;

/** Serves DescribeImages for the real client. */
export async function startEcr({ repositories }: EcrOptions) {
  const server = createServer((request, response) => {
    const requestId = randomUUID();
    const send = (status: number, body: object) => {
      const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": requestId };
      response.writeHead(status, headers).end(JSON.stringify(body));
    };
    answerOf(request, repositories).then(
      (body) => send(200, body),
      (error: unknown) => {
        const known =
          error instanceof ServiceError ? error : new ServiceError("ServerException", 500, String(error));
        send(known.status, { __type: known.name, message: known.message });
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface ImageId {
  imageDigest?: string;
  imageTag?: string;
}

interface DescribeImages {
  registryId?: string;
  repositoryName?: string;
  imageIds?: ImageId[];
  maxResults?: number;
  nextToken?: string;
}

async function answerOf(request: IncomingMessage, repositories: EcrOptions["repositories"]): Promise<object> {
  const body = await bodyOf(request);
  const target = String(request.headers["x-amz-target"] ?? "");
  if (request.method !== "POST" || target !== `${TARGET}DescribeImages`)
    throw refusal("UnknownOperationException", `The local registry does not know ${target || "this"}.`);
  const region = regionIn(request.headers.authorization);
  return describe(JSON.parse(body) as DescribeImages, region, repositories);
}

/** Whoever signs names the region, and by that which of the registries is meant. */
function regionIn(authorization = ""): string {
  if (!authorization.startsWith("AWS4-HMAC-SHA256 "))
    throw refusal("MissingAuthenticationTokenException", "Missing Authentication Token");
  const [, region = "", service] =
    /Credential=[^/,]+\/\d{8}\/([^/,]+)\/([^/,]+)\/aws4_request/.exec(authorization) ?? [];
  if (service !== "ecr")
    throw refusal("InvalidSignatureException", "Credential should be scoped to correct service: 'ecr'.");
  return region;
}

function describe(
  { registryId = accountId, repositoryName = "", imageIds, ...paging }: DescribeImages,
  region: string,
  repositories: EcrOptions["repositories"],
): object {
  if (!/^\d{12}$/.test(registryId)) throw unfit("registryId", "must satisfy regular expression '[0-9]{12}'");
  if (!REPOSITORY.test(repositoryName))
    throw unfit("repositoryName", `must satisfy regular expression '${REPOSITORY.source}'`);
  if (imageIds && (imageIds.length === 0 || imageIds.length > MAX_IMAGE_IDS))
    throw unfit("imageIds", `must have length between 1 and ${MAX_IMAGE_IDS}`);
  if (imageIds && Object.keys(paging).length > 0)
    throw refusal("InvalidParameterException", "maxResults and nextToken can't be used with imageIds");
  if (registryId !== accountId) {
    const arn = `arn:aws:ecr:${region}:${registryId}:repository/${repositoryName}`;
    throw refusal(
      "AccessDeniedException",
      `User: arn:aws:iam::${accountId}:user/local is not authorized to perform: ecr:DescribeImages on resource: ${arn} because no resource-based policy allows the ecr:DescribeImages action`,
    );
  }
  const images = region === ownRegion ? repositories[repositoryName] : undefined;
  if (!images)
    throw refusal(
      "RepositoryNotFoundException",
      `The repository with name '${repositoryName}' does not exist in the registry with id '${registryId}'`,
    );
  const wanted = imageIds ? imageIds.map((id) => imageOf(id, images, repositoryName)) : images;
  const imageDetails = [...new Set(wanted)].map(({ digest, tags, pushedAt, bytes }) => ({
    registryId,
    repositoryName,
    imageDigest: digest,
    ...(tags.length > 0 ? { imageTags: tags } : {}),
    imageSizeInBytes: bytes,
    imagePushedAt: pushedAt / 1_000,
    imageManifestMediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactMediaType: "application/vnd.oci.image.config.v1+json",
  }));
  return { imageDetails };
}

/** One that has the tag and the digest, where both are named. */
function imageOf(
  { imageDigest, imageTag }: ImageId,
  images: readonly EcrImage[],
  repository: string,
): EcrImage {
  if (imageDigest === undefined && imageTag === undefined)
    throw refusal(
      "InvalidParameterException",
      "Invalid parameter at 'imageIds': a digest or a tag is needed",
    );
  if (imageDigest !== undefined && !DIGEST.test(imageDigest))
    throw unfit("imageDigest", `must satisfy regular expression '${DIGEST.source}'`);
  const found = images.find(
    ({ digest, tags }) =>
      (imageDigest === undefined || digest === imageDigest) &&
      (imageTag === undefined || tags.includes(imageTag)),
  );
  if (found) return found;
  const id = `{imageDigest:'${imageDigest ?? "null"}', imageTag:'${imageTag ?? "null"}'}`;
  throw refusal(
    "ImageNotFoundException",
    `The image with imageId ${id} does not exist within the repository with name '${repository}' in the registry with id '${accountId}'`,
  );
}

function refusal(name: string, message: string): ServiceError {
  return new ServiceError(name, 400, message);
}

function unfit(field: string, constraint: string): ServiceError {
  return refusal(
    "InvalidParameterException",
    `Invalid parameter at '${field}' failed to satisfy constraint: '${constraint}'`,
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw refusal("InvalidParameterException", "Request Entity Too Large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
