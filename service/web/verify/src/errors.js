/** What goes wrong with bytes from outside. Anything else that is thrown is a bug of the verifier. */
export class TallyError extends Error {
  /** @param {string} message @param {string} [pointer] RFC 6901, where in the document */
  constructor(message, pointer = "") {
    super(message);
    this.name = new.target.name;
    this.pointer = pointer;
  }
}

/** Bytes that are not in the fixed format. */
export class FormatError extends TallyError {}

/** Bytes in the format that do not prove what they are meant to. */
export class VerificationError extends TallyError {}
