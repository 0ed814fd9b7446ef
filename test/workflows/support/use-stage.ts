import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { Stage } from './stage';

/** A stage for all tests of a file; each test has a fresh world on it. */
export function useStage(): Stage {
  const stage = new Stage();
  beforeAll(() => stage.open(), 120_000);
  beforeEach(() => {
    stage.reset();
  });
  afterAll(() => stage.close(), 60_000);
  return stage;
}
