import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { atOnce } from '../../lib/at-once.ts';

describe('at once', () => {
  test('never more than the width, answers in the items’ order', async () => {
    let running = 0;
    let most = 0;
    const answers = await atOnce(3, [5, 1, 4, 2, 3, 0], async (turns, place) => {
      running += 1;
      most = Math.max(most, running);
      for (let i = 0; i < turns; i += 1) await turn();
      running -= 1;
      return place;
    });
    expect(answers).toEqual([0, 1, 2, 3, 4, 5]);
    expect(most).toBe(3);
  });

  test('a failure is thrown when everything begun has ended', async () => {
    let ended = 0;
    const work = atOnce(2, ['fails', 'slow', 'later'], async (item) => {
      if (item === 'fails') throw new Error('no');
      for (let i = 0; i < 5; i += 1) await turn();
      ended += 1;
    });
    await expect(work).rejects.toThrow('no');
    expect(ended).toBe(2);
  });

  test('nothing to do is done', async () => expect(await atOnce(4, [], async () => 1)).toEqual([]));
});
