/** Larger text: the server renders the choice from a cookie, so nothing jumps; this module only spares the round trip. */
const KEY = "tally_size";
const YEAR = 31_536_000;

/** Bring the link to life; a choice whose cookie the browser dropped is taken up again. */
export function start(link) {
  const root = document.documentElement;
  const now = () => (root.dataset.size === "large" ? "large" : "normal");
  const other = () => (now() === "large" ? "normal" : "large");
  const choose = (size) => {
    if (size === "large") root.dataset.size = "large";
    else delete root.dataset.size;
    link.textContent = link.dataset[other()];
    link.href = `?size=${other()}`;
    document.cookie = `${KEY}=${size}; path=/; max-age=${YEAR}; samesite=lax`;
    try {
      localStorage.setItem(KEY, size);
    } catch {
      // Storage may be forbidden; the cookie is enough.
    }
  };
  link.addEventListener("click", (event) => {
    event.preventDefault();
    choose(other());
  });
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === "large" && now() !== "large" && !document.cookie.includes(`${KEY}=`)) choose(kept);
  } catch {
    // As above.
  }
}
