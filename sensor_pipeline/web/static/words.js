// Words of the page in the chosen language. In: a key and values. Out: text. Never HTML.
import en from "./lang/en.js";
import de from "./lang/de.js";
import { settings } from "./settings.js";

export const languages = { en, de };
let core = {}; // English words that the core sends, by key

export function learn(words) { core = { ...core, ...words }; }

export function language() { return languages[settings.language] ? settings.language : "en"; }

export function t(key, values = {}) {
  const text = languages[language()][key] ?? core[key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// The core's own sentence, or its translation by id.
export function say(prefix, id, text) {
  return languages[language()][`${prefix}.${id}`] ?? text ?? core[`${prefix}.${id}`] ?? id.replaceAll("_", " ");
}

export function degrees(value, digits = 0) {
  return value.toLocaleString(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace(/^-(?=0([.,]0*)?$)/, "");
}

export function translate(root = document) {
  document.documentElement.lang = language();
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
}
