// Where the runner's image is kept, and which one of them runs.
import { deployedTag } from "./runner-images.ts";
import { isKept, named } from "./stage.ts";

/** An image is some hundred megabytes, and the last few are enough to go back to. */
const keptImages = 10;

/**
 * `given`: an image of whoever deploys, with its digest. Without it, the one that was deployed before; the deployment that
 * makes this repository finds none.
 */
export function makeImage(given: string | undefined) {
  const repository = new aws.ecr.Repository("RunnerImages", {
    name: named("runner"),
    imageScanningConfiguration: { scanOnPush: true },
    forceDelete: !isKept(),
  });
  new aws.ecr.LifecyclePolicy("RunnerImagesLifecycle", {
    repository: repository.name,
    policy: JSON.stringify({
      rules: [
        {
          rulePriority: 1,
          // Pushes are counted, and not what runs: an image that is deployed has a tag, which no push takes from it.
          selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: keptImages },
          action: { type: "expire" },
        },
      ],
    }),
  });
  return { repository, image: given ?? $interpolate`${repository.repositoryUrl}:${deployedTag}` };
}
