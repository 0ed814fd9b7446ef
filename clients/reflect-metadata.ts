/**
 * The certificate library's injector asks for three functions of the metadata proposal and refuses to load without them.
 * Import this file before the library. A real polyfill that is already there stays.
 */
type Key = string | symbol;
type MetadataReflect = typeof Reflect & {
  defineMetadata?: (key: Key, value: unknown, target: object) => void;
  getOwnMetadata?: (key: Key, target: object) => unknown;
  getMetadata?: (key: Key, target: object) => unknown;
};

const metadata = new WeakMap<object, Map<Key, unknown>>();
const reflect = Reflect as MetadataReflect;

function own(key: Key, target: object): unknown {
  return metadata.get(target)?.get(key);
}

function inherited(key: Key, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Reflect.getPrototypeOf(at)) {
    if (metadata.get(at)?.has(key)) return own(key, at);
  }
  return undefined;
}

if (!reflect.getMetadata) {
  reflect.getOwnMetadata = own;
  reflect.getMetadata = inherited;
  reflect.defineMetadata = (key, value, target) => {
    const known = metadata.get(target) ?? new Map<Key, unknown>();
    metadata.set(target, known.set(key, value));
  };
}
