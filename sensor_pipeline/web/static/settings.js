// What a person chose on this device. Kept where the browser allows it.
const KEY = "dorsi";
const usual = { language: (navigator.language || "en").slice(0, 2), theme: "auto", muted: false, speech: true, tempo: false, volume: 0.7, set: "bell", keys: true };

function stored() {
  try { const found = JSON.parse(localStorage.getItem(KEY) || "{}"); return found && typeof found === "object" ? found : {}; } catch { return {}; }
}

export const settings = { ...usual, ...stored() };

export function choose(name, value) {
  settings[name] = value;
  try { localStorage.setItem(KEY, JSON.stringify(settings)); } catch { /* private window: for this visit only */ }
}

const dark = matchMedia("(prefers-color-scheme: dark)");
export function paintTheme() {
  const theme = settings.theme === "auto" ? (dark.matches ? "dark" : "light") : settings.theme;
  document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new Event("theme"));
}
dark.addEventListener("change", paintTheme);
