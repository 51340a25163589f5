/** The trust file: which registries and which logs' keys the *caller* believes in. */
import { fromHex, same } from "./bytes.js";
import { parse as parseJson } from "./canonical.js";
import { parseVkey } from "./checkpoint.js";
import { logId } from "./eip712.js";
import { FormatError, TallyError } from "./errors.js";
import * as shape from "./shape.js";
import { parseTime } from "./times.js";

const MAX_BYTES = 4 * 1024 * 1024;
const MOST = 16384;

/** Read a trust file's bytes. */
export function parse(bytes) {
  const value = parseJson(bytes, MAX_BYTES);
  if (shape.isObject(value)) shape.literal(value.format, "tallystick-trust/1", "/format");
  const m = shape.members(value, ["format", "chains", "logs"], "");
  const chains = shape.elements(m.chains, "/chains", MOST).map((each, n) => readChain(each, `/chains/${n}`));
  const logs = shape.elements(m.logs, "/logs", MOST).map((each, n) => readLog(each, `/logs/${n}`));
  distinct(chains.map((each) => `${each.chain_id} ${each.registry}`), "/chains");
  distinct(m.logs.map((each) => each.id), "/logs");
  return { chains, logs };
}

/** The trusted log of an id, or undefined. */
export const logOf = (trust, id) => trust.logs.find((each) => same(each.id, id));

/** The trusted registry at an address of a chain, or undefined. */
export const chainOf = (trust, chainId, registry) =>
  trust.chains.find((each) => each.chain_id === chainId && each.registry === registry);

function readChain(value, at) {
  const m = shape.members(value, ["chain_id", "registry", "code_hash"], at);
  return {
    chain_id: shape.integer(m.chain_id, `${at}/chain_id`, 1),
    registry: shape.address(m.registry, `${at}/registry`),
    codeHash: fromHex(m.code_hash, 32, `${at}/code_hash`),
  };
}

function readLog(value, at) {
  const m = shape.members(value, ["id", "origin", "opener", "name", "chain_id", "max_delay", "keys"], at);
  const origin = shape.origin(m.origin, `${at}/origin`);
  const name = shape.text(m.name, `${at}/name`);
  // eslint-disable-next-line no-control-regex
  if ([...name].length > 200 || /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(name)) throw new FormatError("a log's name is at most 200 printable characters", `${at}/name`);
  const id = fromHex(m.id, 32, `${at}/id`);
  if (!same(id, logId(shape.address(m.opener, `${at}/opener`), origin)))
    throw new FormatError("the id is not keccak256(abi.encode(opener, origin))", `${at}/id`);
  const keys = shape.elements(m.keys, `${at}/keys`, MOST).map((each, n) => readKey(each, origin, `${at}/keys/${n}`));
  distinct(keys.map((each) => `${each.ed25519} ${each.address}`), `${at}/keys`);
  return {
    id, origin, opener: m.opener, name, keys,
    chain_id: shape.integer(m.chain_id, `${at}/chain_id`, 1),
    max_delay: shape.integer(m.max_delay, `${at}/max_delay`, 1),
  };
}

function readKey(value, origin, at) {
  const m = shape.members(value, ["ed25519", "address", "added", "retired"], at);
  let vkey;
  try {
    vkey = parseVkey(shape.text(m.ed25519, `${at}/ed25519`));
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    throw new FormatError(`not a verifier key: ${error.message}`, `${at}/ed25519`);
  }
  if (vkey.name !== origin) throw new FormatError("the verifier key's name is not the log's origin", `${at}/ed25519`);
  const added = parseTime(m.added, `${at}/added`);
  const retired = m.retired === null ? null : parseTime(m.retired, `${at}/retired`);
  if (retired !== null && retired < added) throw new FormatError("retired before it was added", `${at}/retired`);
  return { ed25519: m.ed25519, vkey, address: shape.address(m.address, `${at}/address`), added, retired };
}

function distinct(items, at) {
  items.forEach((item, n) => {
    if (items.indexOf(item) !== n) throw new FormatError("listed twice", `${at}/${n}`);
  });
}
