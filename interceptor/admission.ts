import type { V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';

/** What an API server asks; the parts of it that are looked at. */
export const admissionReview = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.object({
    uid: z.string().min(1),
    operation: z.string(),
    name: z.string().optional(),
    namespace: z.string().default(''),
    resource: z.object({ group: z.string(), resource: z.string() }),
    subResource: z.string().optional(),
    dryRun: z.boolean().optional(),
    object: z.custom<V1Pod>((value) => typeof value === 'object' && value !== null),
  }),
});

export type AdmissionRequest = z.output<typeof admissionReview>['request'];

export interface AdmissionResponse {
  uid: string;
  allowed: boolean;
  status?: { code: number; reason: string; message: string };
  patchType?: 'JSONPatch';
  /** base64 */
  patch?: string;
}

export const answer = (response: AdmissionResponse) => ({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
