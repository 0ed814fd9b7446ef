import type { V1OwnerReference } from '@kubernetes/client-node';
import type { Found } from './list';

/** What belongs to an outer container goes with it. */
export const ownerReference = ({ kind, object, outer }: Found): V1OwnerReference => ({ ...(kind === 'StatefulSet' ? { apiVersion: 'apps/v1', kind } : { apiVersion: 'v1', kind: 'Pod' }), name: object, uid: outer.id });
