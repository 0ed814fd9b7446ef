export interface Turn {
  /** Runs the verb when those before it are done, whatever became of them. */
  <T>(verb: () => Promise<T>): Promise<T>;
}

export function createTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (verb) => {
    const mine = last.then(verb, verb);
    last = mine.catch(() => undefined);
    return mine;
  };
}
