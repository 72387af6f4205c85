import { describe, expect, it } from '@jest/globals';
import { startShell } from '../support/binary.ts';

describe('the command line', () => {
  it.each(['--help', '--version', 'watch me --help', 'config path'])('ends %s quietly when the reader has gone', async (words) => {
    // A pipe without a reader, and no race for it: whoever opened the reading end has closed it.
    const { code, stderr } = await startShell(
      `place=$(mktemp -d) && mkfifo "$place/pipe" && exec 4<>"$place/pipe" && exec 5>"$place/pipe" && exec 4<&- && rm -r "$place"\ngraph-watch ${words} >&5`,
    ).done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('says on one line what was meant perhaps', async () => {
    const { code, stdout, stderr } = await startShell('graph-watch wacth').done;
    expect({ code, stdout, stderr }).toEqual({
      code: 2, stdout: '', stderr: 'error: unknown command \'wacth\' (Did you mean watch?)\nSee graph-watch --help.\n',
    });
  });
});
