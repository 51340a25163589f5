/** What a file is called, as the API takes it: without controls, and with plain spaces (screenshots of some systems have others). */
const ODD = /[\p{C}\p{Z}]/gu;
const LONGEST = 200;

/** The name, or its beginning: whole characters, at most 200; empty when there is nothing to tell. */
export const labelOf = (name) => [...name.replace(ODD, " ").trim()].slice(0, LONGEST).join("").trim();
