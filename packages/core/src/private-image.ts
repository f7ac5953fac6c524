// The name of an image in a private repository on AWS (ECR), in its parts.

export interface PrivateImage {
  /** Where Docker logs in. */
  registry: string;
  account: string;
  region: string;
  repository: string;
  tag?: string;
  digest?: string;
}

const form =
  /^(?<registry>(?<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws))\/(?<repository>[^:@]+)(?::(?<tag>[^@]+))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/** Undefined for an image of any other registry. As for Docker, the digest counts where there is one. */
export function privateImage(image: string): PrivateImage | undefined {
  const { registry, account, region, repository, tag, digest } = form.exec(image)?.groups ?? {};
  if (!registry || !account || !region || !repository) return undefined;
  const place = { registry, account, region, repository };
  return digest ? { ...place, digest } : { ...place, ...(tag ? { tag } : {}) };
}
