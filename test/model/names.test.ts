import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { journalStates } from '../../domain/service';

const root = join(__dirname, '..', '..');
const textOf = (path: string) => readFile(join(root, path), 'utf8');
const words = (text: string | undefined) => (text ?? '').match(/\w+/g) ?? [];

describe('journal states', () => {
  it('have the same names in the model as in engine and coordinators', async () => {
    const [, list] = /mtype:state = \{([^}]*)\}/.exec(await textOf('test/model/protocol/state.pml')) ?? [];
    expect(words(list)).toEqual([...journalStates]);
  });

  it('have the same names in the native driver', async () => {
    const [, list] = /names\[STATES\] = \{([^}]*)\}/.exec(await textOf('engine/native/handoff/journal.c')) ?? [];
    expect(words(list)).toEqual([...journalStates]);
  });
});
