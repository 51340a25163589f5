/** The checker in one file: both languages are in it, and everything that /verify would load. */
import { start } from "./checker.js";
import { data } from "./dom.js";
import * as scanner from "./scanner.js";

function show(language) {
  const page = document.getElementById(`page-${language}`);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.getElementById("main").replaceChildren(page.content.cloneNode(true));
  const texts = data(`texts-${language}`);
  start({ texts, messages: data(`messages-${language}`), site: { trust: null, node: null }, scanner: async () => scanner });
  document.querySelector('input[name="trust"][value="file"]').checked = true;
  document.querySelector('input[name="trust"][value="site"]').closest("p").hidden = true;
}

for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => show(button.dataset.language));
show(navigator.language.startsWith("zh") ? "zh" : "en");
