import { createRequire } from 'node:module';
import { patchProtobufRoot } from '@temporalio/proto/lib/patch-protobuf-root';
import * as proto from '@temporalio/proto';

/**
 * Reads what `temporal workflow show --output json` wrote. Temporal's own reader takes protobufjs from beside @temporalio/common, and it
 * must be the one beside @temporalio/proto: where another dependency needs an older one, npm installs two, and they refuse each other's types.
 */
export function historyFromJson(json: unknown): unknown {
  const { fromJson } = createRequire(require.resolve('@temporalio/proto'))('protobufjs/ext/protojson') as ProtoJson;
  const root = patchProtobufRoot(proto as never) as unknown as { lookupType(name: string): unknown };
  return fromJson(root.lookupType('temporal.api.history.v1.History'), json, { ignoreUnknownFields: true });
}

interface ProtoJson {
  fromJson: (type: unknown, json: unknown, options: object) => unknown;
}
