/** SM3 (GB/T 32905-2016): the digest that Chinese evidence platforms state beside SHA-256. */
const IV = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];

const rotate = (word, by) => (word << (by & 31)) | (word >>> (32 - (by & 31)));
const p0 = (word) => word ^ rotate(word, 9) ^ rotate(word, 17);
const p1 = (word) => word ^ rotate(word, 15) ^ rotate(word, 23);
const ROTATED = Array.from({ length: 64 }, (_, n) => (n % 32 === 0 ? (n < 16 ? 0x79cc4519 : 0x7a879d8a) : rotate(n < 16 ? 0x79cc4519 : 0x7a879d8a, n)));

/** The 32-byte digest of some bytes. */
export function sm3(bytes) {
  const size = bytes.length;
  const padded = new Uint8Array(((size + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[size] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(size / 0x20000000));
  view.setUint32(padded.length - 4, (size << 3) >>> 0);
  let state = [...IV];
  const w = new Int32Array(68);
  for (let block = 0; block < padded.length; block += 64) {
    for (let n = 0; n < 16; n++) w[n] = view.getInt32(block + 4 * n);
    for (let n = 16; n < 68; n++) w[n] = p1(w[n - 16] ^ w[n - 9] ^ rotate(w[n - 3], 15)) ^ rotate(w[n - 13], 7) ^ w[n - 6];
    state = compress(state, w);
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, n) => digest.setInt32(4 * n, word));
  return new Uint8Array(digest.buffer);
}

function compress(state, w) {
  let [a, b, c, d, e, f, g, h] = state;
  for (let n = 0; n < 64; n++) {
    const a12 = rotate(a, 12);
    const ss1 = rotate((a12 + e + ROTATED[n]) | 0, 7);
    const tt1 = ((n < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c)) + d + (ss1 ^ a12) + (w[n] ^ w[n + 4])) | 0;
    const tt2 = ((n < 16 ? e ^ f ^ g : (e & f) | (~e & g)) + h + ss1 + w[n]) | 0;
    [a, b, c, d, e, f, g, h] = [tt1, a, rotate(b, 9), c, p0(tt2), e, rotate(f, 19), g];
  }
  return [a, b, c, d, e, f, g, h].map((word, n) => word ^ state[n]);
}
