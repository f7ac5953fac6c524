// Where the runner's image is kept, and which one of them runs.
import { isKept, named } from "./stage.ts";

/** An image is some hundred megabytes, and the last few are enough to go back to. */
const keptImages = 10;

/** `given`: an image of whoever deploys, with its digest; without it, the one that the tag `runner` names. */
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
          selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: keptImages },
          action: { type: "expire" },
        },
      ],
    }),
  });
  return { repository, image: given ?? $interpolate`${repository.repositoryUrl}:runner` };
}
