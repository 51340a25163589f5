/** /verify on a site. */
import { start } from "./checker.js";
import { data } from "./dom.js";

const site = data("site");
start({ texts: data("texts"), messages: data("messages"), site, scanner: () => import(site.scanner) });
