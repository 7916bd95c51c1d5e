/** The table of cases: every client of the bank passes it. */
import { describe, expect, it } from 'vitest';
import answers from '../cases/answers.json' with { type: 'json' };
import ignored from '../cases/ignored.json' with { type: 'json' };
import lost from '../cases/lost.json' with { type: 'json' };
import resume from '../cases/resume.json' with { type: 'json' };
import retry from '../cases/retry.json' with { type: 'json' };
import route from '../cases/route.json' with { type: 'json' };
import setting from '../cases/setting.json' with { type: 'json' };
import stories from '../cases/stories.json' with { type: 'json' };
import suspended from '../cases/suspended.json' with { type: 'json' };
import withdraw from '../cases/withdraw.json' with { type: 'json' };
import { LIMITS } from '../src/core/limits.ts';
import { fresh, next } from '../src/core/next.ts';
import type { Event, State } from '../src/core/types.ts';
import { withdrawal } from '../src/core/withdraw.ts';
import type { Told } from '../src/core/withdraw.ts';

it('has the numbers of the table', () => {
  expect(LIMITS).toEqual(setting.limits);
  expect(fresh(true)).toEqual(setting.fresh);
});

for (const group of [answers, retry, route, resume, lost, suspended, ignored]) {
  describe(group.about, () => {
    for (const { name, given, event, actions, state } of group.cases) {
      it(name, () => {
        const before = { ...setting.fresh, ...given } as State;
        const step = next(before, event as Event);
        expect(step.actions).toEqual(actions);
        expect(step.state).toEqual({ ...before, ...state });
      });
    }
  });
}

describe(withdraw.about, () => {
  for (const { name, given, event, deeds, state } of withdraw.cases) {
    it(name, () => {
      expect(withdrawal(given, event as Told)).toEqual({ state, deeds });
    });
  }
});

describe(stories.about, () => {
  for (const story of stories.stories) {
    it(story.name, () => {
      let state = fresh(story.repeatable);
      for (const [index, { event, actions }] of story.steps.entries()) {
        const step = next(state, event as Event);
        expect(step.actions, `step ${index + 1}`).toEqual(actions);
        state = step.state;
      }
    });
  }
});
