/** One JSON line a task on standard input, one answer a line: the counter's sealing, consents, steps, money, paper. */
import { createInterface } from "node:readline";
import { fromBase64, fromHex, toBase64, toHex } from "../../../service/web/verify/src/bytes.js";
import { identityOf } from "../../../service/web/verify/src/checkpoint.js";
import { addressOf, sign } from "../../../service/web/verify/src/signing.js";
import { figure, money, net, proRata, rate, toFen, toRate } from "../../../service/web/js/counter/money.js";
import { encode } from "../../../service/web/js/counter/paper.js";
import { add } from "../../../service/web/js/counter/queue.js";
import { endorsement, seal } from "../../../service/web/js/counter/seal.js";
import * as trade from "../../../service/web/js/counter/trade.js";

/** Random bytes that Python makes the same way: a counter, one byte after another. */
const counted = () => {
  let next = 0;
  return (size) => Uint8Array.from({ length: size }, () => next++ % 251);
};
const identity = (log) => identityOf({ ...log, id: fromHex(log.id) });

const TASKS = {
  seal: ({ event, log, key, role }) => {
    try {
      return seal(event, identity(log), key && fromHex(key), counted(), role);
    } catch (error) {
      return { refused: error.pointer };
    }
  },
  endorse: ({ log, key, role, event, digest }) => endorsement(identity(log), fromHex(key), { role, event, digest }, counted()),
  sign: ({ key, digest }) => ({ address: addressOf(fromHex(key)), signature: toHex(sign(fromHex(key), fromHex(digest))) }),
  money: ({ fen, bp }) => [money(fen, "zh"), money(fen, "en"), rate(bp, "zh"), rate(bp, "en"), figure(fen)],
  typed: ({ amounts, rates }) => [amounts.map(toFen), rates.map((each) => toRate(each, "zh")), rates.map((each) => toRate(each, "en"))],
  due: ({ face, bp, found }) => [net(face, bp), proRata(net(face, bp), found, face)],
  paper: async ({ receipt }) => {
    const { codes, dropped } = await encode(fromBase64(receipt));
    return { codes: codes.map(toBase64), dropped };
  },
  trade: ({ log, key, forms, start }) => made(log, key, forms, start),
};

/** A whole trade by the page's own steps, sealed as it is on the device. */
function made(log, key, forms, start) {
  const device = { log, key: fromHex(key), address: addressOf(fromHex(key)), registered: true };
  const context = { device, random: counted(), version: "0.1.0", online: false };
  const record = trade.begin(start, context.random);
  const problems = [];
  forms.forEach(([step, form], n) => {
    const now = start + (n + 1) * 30_000;
    let result;
    if (step === "cancel") result = trade.cancel(record, form.by, form.reason, now);
    else if (step === "guarantee") {
      const payout = trade.said(record, "payout");
      const stands = { role: "guarantor", event: payout.id, digest: payout.sealed.digest };
      result = trade.guarantee(record, form.key ? endorsement(identity(log), fromHex(form.key), stands, context.random) : null, now);
    } else result = trade[step](record, form, now);
    if (result.problems) problems.push([step, result.problems]);
    else add(record, result, context);
  });
  return { record, problems };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { task, ...given } = JSON.parse(line);
  console.log(JSON.stringify(await TASKS[task](given)).replace(/[\u2028\u2029]/g, (each) => `\\u${each.charCodeAt(0).toString(16)}`)); // a line each
}
