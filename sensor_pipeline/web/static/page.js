// The page: which screen is shown, what is done with each message. In: messages. Out: the parts' calls.
import { Link } from "./link.js";
import { Live } from "./live.js";
import { Replay } from "./replay.js";
import { countdown, ended, gate, refused, strap } from "./screens.js";
import { paintTheme, settings } from "./settings.js";
import { Panels } from "./panels.js";
import { Sounds } from "./sounds.js";
import { Voice } from "./speech.js";
import { learn, t, translate } from "./words.js";

const $ = (id) => document.getElementById(id);
const SCREENS = ["wait", "pair", "gate", "refused", "strap", "countdown", "live", "ended"];
const ALIVE_MS = 500;
const sounds = new Sounds(), voice = new Voice();
let hello = { role: "viewer", mode: "live", sensors: [], targets: {} }, phase = { phase: "wait" }, owner = null, up = false;

const link = new Link({ onMessage, onUp: () => { up = true; banner(""); }, onDown });
const live = new Live(link, sounds, voice);
const replay = new Replay(link);
export { live }; // for measurements
const panels = new Panels({ link, sounds, repaint });

voice.allowed = () => sounds.mine && hello.mode !== undefined;

function show(name) {
  if (document.body.dataset.screen === name) return;
  document.body.dataset.screen = name;
  for (const screen of SCREENS) $(`screen-${screen}`).hidden = screen !== name;
  if (name !== "live") document.querySelector(`#screen-${name} h1`)?.focus({ preventScroll: true });
  live.run(name === "live");
  scrollTo(0, 0);
}

function banner(text) { $("banner").textContent = text; $("banner").hidden = !text; }

function onDown() {
  up = false;
  if (document.body.dataset.screen === "ended" || document.body.dataset.screen === "refused") return;
  sounds.quiet(); voice.quiet(); live.stale();
  if (document.body.dataset.screen === "wait") $("wait-text").textContent = t("no_server"); else banner(t("lost_server"));
}

function onMessage(message) {
  switch (message.k) {
    case "hello": begin(message); break;
    case "phase": phase = message; enter(); break;
    case "role": hello.role = message.role; roles(); break;
    case "sound": sounds.mine = message.owner === hello.id; if (!sounds.mine) sounds.quiet(); owner = message; panels.owner(message, hello.id); break;
    case "clients": panels.people(message, hello); break;
    case "code": panels.code(message); break;
    case "alarm": banner(message.text); break;
    case "no": panels.no(message, banner); break;
    case "timeline": case "position": replay.message(message); if (message.k === "position") { live.speed = message.speed; live.playing = message.playing; } break;
    case "caught_up": live.caughtUp(); break;
    default: live.message(message);
  }
}

function begin(message) {
  hello = message;
  document.body.dataset.mode = hello.mode;
  learn(Object.fromEntries(Object.entries(hello.faults ?? {}).map(([id, words]) => [`fault.${id}`, words])));
  live.begin(hello);
  $("replay").hidden = hello.mode !== "replay";
  $("phone-open").hidden = !hello.lan || hello.role !== "host";
  who(); roles(); alive();
}

function who() {
  const sides = hello.sensors.map(({ side }) => t(`side_${side}`)).join(" + ");
  $("who").textContent = [hello.person, sides].filter(Boolean).join(" · ");
  $("simulated").hidden = !hello.simulated;
}

function roles() {
  const may = hello.role !== "viewer";
  for (const button of document.querySelectorAll("#controls button, #start, #screen-gate button, #replay button, #replay input, #replay select")) button.disabled = !may;
  $("strap-say").dataset.viewer = may ? "" : t("viewer");
}

function enter() {
  if (phase.targets) live.targets(phase.targets, phase.push);
  switch (phase.phase) {
    case "gate": gate(phase.gate, link); break;
    case "refused": sounds.quiet(); voice.quiet(); refused(phase.say); break;
    case "strap": strap(hello, phase); break;
    case "countdown": countdown(phase, sounds); break;
    case "ended": sounds.quiet(); ended(live, phase); break;
    default:
  }
  show(SCREENS.includes(phase.phase) ? phase.phase : "live");
}

function repaint() { translate(); paintTheme(); who(); panels.translate(); live.repaint(); replay.repaint(); if (phase.phase !== "wait") enter(); if (owner) panels.owner(owner, hello.id); }

function alive() { link.ask("alive", { audio: sounds.ready, hidden: document.hidden }); }
setInterval(() => { alive(); if (sounds.context) { sounds.tempo(document.body.dataset.screen === "live" && live.prompting); panels.latency(); } }, ALIVE_MS);
document.addEventListener("visibilitychange", () => { alive(); keepAwake(); });

let wake = null;
async function keepAwake() { // works on this computer; over http in the network browsers do not offer it
  if (document.hidden || !navigator.wakeLock) return;
  try { wake = await navigator.wakeLock.request("screen"); } catch { wake = null; }
}

for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { sounds.unlock(); panels.unlocked(); if (!wake) keepAwake(); }, { capture: true });

// buttons and keys
const KEYS = { p: "pause", " ": "pause", m: "mark", z: "re-zero", n: "next-try", q: "stop", h: "hurts-stop", Backspace: "undo" };
function press(what) {
  if (what === "hurts-stop") { sounds.quiet(); voice.quiet(); }
  if (what === "pause" && live.paused) what = "resume";
  link.ask(what);
  if (what === "mark") live.note(t("marked"));
}
for (const button of document.querySelectorAll("#controls button")) button.addEventListener("click", () => press(button.dataset.do));
$("hurts").addEventListener("click", () => press("hurts-stop"));
$("start").addEventListener("click", () => link.ask("start"));
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox]):not([type=radio]), select, textarea, dialog");
  if (!settings.keys || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "h" && !typing && hello.mode !== "replay") { press("hurts-stop"); return; }
  if (typing || (key === " " && event.target.closest?.("button, input, summary"))) return;
  if (key === "g") { panels.grant(); return; }
  if (document.body.dataset.screen !== "live" || !(key in KEYS)) return;
  event.preventDefault();
  if (hello.mode === "replay") replay.key(key); else if (hello.role !== "viewer" || key === "h") press(KEYS[key]);
});
addEventListener("keydown", (event) => {
  if (hello.mode === "replay" && document.body.dataset.screen === "live" && !event.target.closest?.("input, select, dialog") && (event.key === "ArrowLeft" || event.key === "ArrowRight")) { event.preventDefault(); replay.key(event.key); }
});

// an error of ours is told on the page; the recording does not depend on it
for (const kind of ["error", "unhandledrejection"]) addEventListener(kind, (event) => { event.preventDefault(); document.body.dataset.failed = String(event.reason?.stack ?? event.error?.stack ?? event.message ?? "error"); banner(t("page_error")); });

// a phone brings its code in the fragment, once, and gets a cookie for it
async function paired() {
  const code = new URLSearchParams(location.hash.slice(1)).get("k");
  if (code) {
    history.replaceState(null, "", "/");
    const answer = await fetch("/pair", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code }) });
    if (answer.ok) return true;
  }
  return (await (await fetch("/paired")).text()).startsWith("yes");
}

translate(); paintTheme(); panels.translate(); replay.repaint();
$("wait-text").textContent = "";
paired().then((ok) => { if (ok) link.open(); else show("pair"); }, () => link.open());
