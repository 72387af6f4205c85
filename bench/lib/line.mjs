/** `microsToLine` lets the server send something, which is marked with its time, and resolves with the microseconds until its line could be read. */
export function microsToLine(bench, program, what, token) {
  return new Promise((resolve) => {
    program.onChunk((chunk) => {
      const now = process.hrtime.bigint();
      const [, mark] = /mark:(\d+);/.exec(chunk.toString()) ?? [];
      if (mark !== undefined) resolve(Number(now - BigInt(mark)) / 1000);
    });
    void bench.server.do(what, { token });
  });
}
