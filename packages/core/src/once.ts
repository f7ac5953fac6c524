// Makes a value when it is first wanted and keeps it.

/**
 * A function that makes a value on its first call and gives the same one ever after. A failure is not kept: a process
 * that outlives it, as a function on Lambda does, tries again with the next event.
 */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
