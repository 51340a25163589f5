/** A view of the chain over JSON-RPC: nodes of one chain must agree. A node that is down never makes a receipt invalid. */
import { concat, fromHex, same, toBigInt, toHex, uint, utf8 } from "./bytes.js";
import { keccak256 } from "./eip712.js";
import { TallyError } from "./errors.js";
import { NodeUnreachable, NodesDisagree } from "./verdict.js";

const TIMEOUT = 10_000;
const MAX_ANSWER = 1024 * 1024;
const ANCHORED_AT = keccak256(utf8("anchoredAt(bytes32,uint64,bytes32)")).slice(0, 4);
const HEAD = keccak256(utf8("head(bytes32)")).slice(0, 4);
const quantity = (value) => "0x" + BigInt(value).toString(16);

class Node {
  constructor(url, fetch) {
    this.url = url;
    this.fetch = fetch;
    this.name = new URL(url).host; // paths and queries often hold a key
    this.cache = new Map();
    this.down = null;
  }

  call(method, ...params) {
    const key = JSON.stringify([method, params]);
    if (!this.cache.has(key)) this.cache.set(key, this.ask(method, params));
    return this.cache.get(key);
  }

  async ask(method, params) {
    if (this.down !== null) throw this.failed(this.down);
    let answer;
    try {
      const response = await this.fetch(this.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
        credentials: "omit",
        referrerPolicy: "no-referrer",
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const text = await response.text();
      if (text.length > MAX_ANSWER) throw new Error("the answer is too long");
      answer = JSON.parse(text);
    } catch (error) {
      this.down = error.message;
      throw this.failed(this.down);
    }
    if (answer === null || typeof answer !== "object" || !("result" in answer))
      throw this.failed(`${method}: ${String(answer?.error?.message ?? "not a JSON-RPC answer").slice(0, 200)}`);
    return answer.result;
  }

  async chainId() {
    return Number(this.number(await this.call("eth_chainId")));
  }

  async block(tag) {
    const found = await this.call("eth_getBlockByNumber", typeof tag === "string" ? tag : quantity(tag), false);
    if (found === null) return null;
    const number = this.number(found?.number);
    if (typeof tag !== "string" && number !== BigInt(tag)) throw this.failed("it answered with another block");
    return { number, hash: this.bytes(found.hash, 32), timestamp: this.number(found.timestamp) };
  }

  async codeHash(address, number) {
    return keccak256(this.bytes(await this.call("eth_getCode", address, quantity(number)), null));
  }

  async words(to, data, number, count) {
    const tag = number === null ? "latest" : quantity(number);
    const answer = this.bytes(await this.call("eth_call", { to, data: toHex(data) }, tag), null);
    if (answer.length === 0) return Array(count).fill(0n);
    if (answer.length < 32 * count) throw this.failed("a call returned too little");
    return Array.from({ length: count }, (_, n) => toBigInt(answer.slice(32 * n, 32 * n + 32)));
  }

  number(value) {
    if (typeof value !== "string" || !/^0x[0-9a-f]{1,16}$/i.test(value)) throw this.failed("a number is not hexadecimal");
    return BigInt(value);
  }

  bytes(value, length) {
    try {
      return fromHex(String(value).toLowerCase(), length);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      throw this.failed("bytes are not hexadecimal");
    }
  }

  failed(why) {
    return new NodeUnreachable(`${this.name}: ${why}`);
  }
}

/** The view of the nodes at several addresses. */
export class NodeView {
  constructor(urls, fetch = globalThis.fetch.bind(globalThis)) {
    this.all = urls.map((url) => new Node(url, fetch));
  }

  async finalized(chainId) {
    const finals = await Promise.all((await this.of(chainId)).map((node) => this.final(node)));
    const lowest = finals.reduce((low, each) => (each.number < low.number ? each : low));
    const common = await this.block(chainId, lowest.number);
    if (common === null || !same(common.hash, lowest.hash)) throw new NodesDisagree(`the nodes' final blocks at height ${lowest.number} differ`);
    return lowest;
  }

  block(chainId, number) {
    return this.agreed(chainId, `block ${number}`, (node) => node.block(number));
  }

  codeHash(chainId, address, number) {
    return this.agreed(chainId, `code of ${address}`, (node) => node.codeHash(address, number));
  }

  async anchoredAt(chainId, registry, log, size, root, number) {
    const data = concat(ANCHORED_AT, log, uint(size, 32), root);
    const words = await this.agreed(chainId, "anchoredAt", (node) => node.words(registry, data, number, 5));
    const [timestamp, blockNumber, prevSize, prevTimestamp, prevSignedAt] = words;
    const bits = [40n, 48n, 64n, 40n, 40n];
    if (words.some((word, n) => word >> bits[n] !== 0n)) throw new NodeUnreachable("anchoredAt: the nodes answered with what no registry can hold");
    return timestamp === 0n ? null : { timestamp, blockNumber, prevSize, prevTimestamp, prevSignedAt };
  }

  async headSize(chainId, registry, log, number) {
    return (await this.agreed(chainId, "head", (node) => node.words(registry, concat(HEAD, log), number, 1)))[0];
  }

  async final(node) {
    const block = await node.block("finalized");
    if (block === null) throw new NodeUnreachable(`${node.name}: it does not say which block is final`);
    return block;
  }

  async agreed(chainId, what, ask) {
    const answers = await Promise.all((await this.of(chainId)).map(ask));
    const spelt = answers.map((each) => JSON.stringify(each, (_, value) => (typeof value === "bigint" ? String(value) : value)));
    if (spelt.some((each) => each !== spelt[0])) throw new NodesDisagree(`the nodes differ over ${what}`);
    return answers[0];
  }

  async of(chainId) {
    this.nodes ??= Promise.all(this.all.map(async (node) => [await node.chainId(), node]));
    const found = (await this.nodes).filter(([id]) => id === chainId).map(([, node]) => node);
    if (found.length === 0) throw new NodeUnreachable(`no node of chain ${chainId} was named`);
    return found;
  }
}
