// What a stage means for what is made in it.

/** Whether the stage has to outlive mistakes: its data is kept even where everything else is removed. */
export function isKept(): boolean {
  return $app.protect;
}

/** A name that no other stage in the same account has: JobEnds is cody-production-job-ends. Some names take no capitals. */
export function named(name: string): string {
  const words = name.replace(/\B[A-Z]/g, "-$&");
  return `${$app.name}-${$app.stage}-${words}`.toLowerCase();
}

/** Days after which log lines are deleted; longer than jobs are kept in the table. */
export const logRetentionDays = 60;
