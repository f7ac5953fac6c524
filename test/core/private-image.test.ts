// Which images are in a private repository on AWS, and in which.
import { privateImage } from "@cody/core/private-image.ts";
import { expect, test } from "vitest";

const digest = `sha256:${"0".repeat(64)}`;
const registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const place = { registry, account: "123456789012", region: "eu-west-1", repository: "acme/cody" };
const china = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn";
const dualStack = "123456789012.dkr-ecr.eu-west-1.on.aws";

test.each([
  [`${registry}/acme/cody:runner`, { ...place, tag: "runner" }],
  [`${registry}/acme/cody`, place],
  [`${registry}/acme/cody@${digest}`, { ...place, digest }],
  [`${registry}/acme/cody:runner@${digest}`, { ...place, digest }],
  [`${china}/acme/cody:1`, { ...place, registry: china, region: "cn-north-1", tag: "1" }],
  [`${dualStack}/acme/cody:1`, { ...place, registry: dualStack, tag: "1" }],
  [`${registry}/acme/cody@sha256:1`, undefined],
  ["public.ecr.aws/acme/cody:1", undefined],
  [`ghcr.io/${registry}/cody:1`, undefined],
  ["ghcr.io/acme/cody", undefined],
  ["node:24", undefined],
])("%s", (image, parts) => {
  expect(privateImage(image)).toEqual(parts);
});
