import path from 'node:path';
import { Carryon } from './carryon';
import { testSystem } from './settings';

/** The command line for the system that the global set-up started. */
export const carryon = new Carryon(path.join(testSystem.directory, 'carryon.yaml'), testSystem.clusters);
