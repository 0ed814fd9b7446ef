import path from 'node:path';
import { Carryon } from '../../e2e/support/carryon';
import { kubernetesOf } from '../../e2e/support/configuration';
import { clusterSystem } from './settings';

/** The command line for the system that the global set-up started. */
export const carryon = new Carryon(path.join(clusterSystem.directory, 'carryon.yaml'), [...clusterSystem.clusters, ...kubernetesOf(clusterSystem)]);
