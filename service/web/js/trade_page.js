/** /t/{share}: a user's trade. The page reads without this; with it, it checks, disputes, signs, and saves. */
import { awake, data } from "./dom.js";
import { start as size } from "./size.js";
import { start as check } from "./trade/check.js";
import { clocks, start as disputes } from "./trade/disputes.js";
import { start as live } from "./trade/live.js";
import { start as saving } from "./trade/saving.js";
import { start as signing } from "./trade/signing.js";

const facts = data("facts");
const texts = data("texts");
size(document.getElementById("size"));
check(facts, texts, { verifyTexts: data("verify-texts"), messages: data("messages"), site: data("site") });
disputes(facts, texts);
clocks(texts);
signing(facts, texts);
saving(texts);
live(facts, texts);
awake();
