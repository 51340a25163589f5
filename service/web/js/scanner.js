/** QR codes of paper receipts, from photos and from the camera. The bytes count, so the browser's own reader (texts) will not do. */
import jsQR from "jsqr";

const LONGEST_SIDE = 2400;
const MOST_CODES = 12;

/** The bytes of every QR code in an image file. */
export async function codesInFile(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return codesOnCanvas(canvas, context);
}

/** One code after another: what was found is painted over, and the rest is looked at again, whole and in parts. */
function codesOnCanvas(canvas, context) {
  const found = [];
  for (const [x, y, width, height] of windows(canvas)) {
    while (found.length < MOST_CODES) {
      const code = jsQR(context.getImageData(x, y, width, height).data, width, height, { inversionAttempts: "dontInvert" });
      if (code === null || code.binaryData.length === 0) break;
      found.push(Uint8Array.from(code.binaryData));
      cover(context, code.location, x, y);
    }
  }
  return found;
}

/** The whole picture, then overlapping parts of it: several codes beside each other confuse the search for one. */
function windows({ width, height }) {
  const all = [[0, 0, width, height]];
  for (const parts of [2, 3]) {
    const [w, h] = [Math.ceil((width * 1.3) / parts), Math.ceil((height * 1.3) / parts)];
    for (let row = 0; row < parts; row++)
      for (let column = 0; column < parts; column++) {
        const [x, y] = [Math.floor(((width - w) * column) / (parts - 1)), Math.floor(((height - h) * row) / (parts - 1))];
        all.push([Math.max(0, x), Math.max(0, y), Math.min(w, width), Math.min(h, height)]);
      }
  }
  return all;
}

function cover(context, { topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner }, x, y) {
  context.fillStyle = "#fff";
  context.beginPath();
  for (const corner of [topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner]) context.lineTo(corner.x + x, corner.y + y);
  context.closePath();
  context.fill();
  context.lineWidth = 8;
  context.strokeStyle = "#fff";
  context.stroke();
}

/** Watch the camera; `seen(bytes)` for each code, until it returns true or `stop()` is called. */
export async function watch(video, seen) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } }, audio: false });
  video.srcObject = stream;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let stopped = false;
  const stop = () => {
    stopped = true;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  try {
    await video.play();
  } catch (error) {
    stop(); // nobody is filmed without seeing it
    throw error;
  }
  const look = () => {
    if (stopped) return;
    if (!video.isConnected) return stop(); // the page has moved on
    if (video.videoWidth > 0) {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      context.drawImage(video, 0, 0);
      const code = jsQR(context.getImageData(0, 0, canvas.width, canvas.height).data, canvas.width, canvas.height, { inversionAttempts: "dontInvert" });
      if (code !== null && code.binaryData.length > 0 && seen(Uint8Array.from(code.binaryData))) return stop();
    }
    setTimeout(look, 120);
  };
  look();
  return stop;
}
