// A yardstick: a handler that does nothing.

export async function handler(_event: unknown, _context: unknown) {
  return { statusCode: 200, body: "" };
}
