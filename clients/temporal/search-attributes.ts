import { Connection, type Client } from '@temporalio/client';
import { searchAttributeNames } from '../../domain/names';

/** INDEXED_VALUE_TYPE_KEYWORD of Temporal's API. */
const keyword = 2;

/** False when they are not there and may not be made: migrations then go without them. */
export async function registerSearchAttributes(client: Client): Promise<boolean> {
  const { connection } = client;
  if (!(connection instanceof Connection)) return false;
  const { namespace } = client.options;
  const missing = async () => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return searchAttributeNames.filter((name) => Number(customAttributes?.[name]) !== keyword);
  };
  try {
    const wanted = await missing();
    if (wanted.length === 0) return true;
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(wanted.map((name) => [name, keyword])) });
    return await becomesEmpty(missing);
  } catch {
    return false;
  }
}

/** A server takes a moment until it uses what it was told. */
async function becomesEmpty(missing: () => Promise<string[]>): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if ((await missing()).length === 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return false;
}
