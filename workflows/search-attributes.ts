import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { SearchAttributeName } from '../domain/names';

/** Sets what is known so far. */
export function describeInSearch(values: Partial<Record<SearchAttributeName, string>>): void {
  const pairs = Object.entries(values).map(([name, value]) => ({ key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD), value }));
  if (pairs.length > 0) upsertSearchAttributes(pairs);
}
