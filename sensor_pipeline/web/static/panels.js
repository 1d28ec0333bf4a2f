// The two dialogs: sound and page, phone. In: choices. Out: settings, requests.
import { choose, settings } from "./settings.js";
import { sets } from "./sounds.js";
import { degrees, language, languages, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const options = (node, pairs, value) => { node.replaceChildren(...pairs.map(([id, text]) => Object.assign(document.createElement("option"), { value: id, textContent: text }))); node.value = value; };

export class Panels {
  constructor({ link, sounds, repaint }) {
    Object.assign(this, { link, sounds, repaint }); this.granted = false; this.host = false;
    $("sound-open").addEventListener("click", () => $("sound").showModal());
    $("phone-open").addEventListener("click", () => { $("phone").showModal(); link.ask("code"); });
    for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
    for (const [id, name] of [["muted", "muted"], ["speech", "speech"], ["tempo", "tempo"], ["single-keys", "keys"]]) {
      $(id).checked = settings[name];
      $(id).addEventListener("change", () => { choose(name, $(id).checked); if (name === "muted") { sounds.quiet(); window.speechSynthesis?.cancel(); } });
    }
    $("volume").value = settings.volume;
    $("volume").addEventListener("input", () => { choose("volume", Number($("volume").value)); sounds.loud(); });
    $("sound-set").addEventListener("change", () => { choose("set", $("sound-set").value); sounds.test(); });
    $("language").addEventListener("change", () => { choose("language", $("language").value); repaint(); });
    $("theme").addEventListener("change", () => { choose("theme", $("theme").value); repaint(); });
    $("sound-here").addEventListener("click", () => { sounds.unlock(); link.ask("sound"); });
    $("sound-test").addEventListener("click", () => sounds.test());
    $("grant").addEventListener("click", () => this.grant());
  }
  translate() {
    options($("sound-set"), Object.keys(sets).map((id) => [id, t(`set_${id}`)]), settings.set);
    options($("language"), Object.entries(languages).map(([id, words]) => [id, words.name]), language());
    options($("theme"), ["auto", "light", "dark"].map((id) => [id, t(`theme_${id}`)]), settings.theme);
    $("grant").textContent = t(this.granted ? "revoke" : "grant");
  }
  grant() { if (this.host && !$("phone-open").hidden) this.link.ask(this.granted ? "revoke" : "grant"); }
  owner(m, me) {
    this.mine = m.owner === me; this.silent = m.why === "silent";
    const words = m.owner === null ? "owner_none" : m.why === "silent" && this.mine ? "owner_silent" : this.mine ? "owner_here" : m.role === "host" ? "owner_host" : "owner_phone";
    this.words = words; $("sound-here").hidden = this.mine; this.unlocked();
  }
  unlocked() {
    const waiting = this.mine && !this.sounds.context;
    $("sound-owner").textContent = `${this.words ? t(this.words) : ""} ${waiting ? t("tap_for_sound") : ""}`;
    $("sound-open").textContent = waiting ? t("tap_for_sound") : this.silent && this.mine ? t("owner_silent") : t("sound_short");
  }
  people(m, hello) {
    this.granted = m.granted; this.host = hello.role === "host";
    $("phone-state").textContent = m.phones ? t("phone_some", { n: m.phones }) : t("phone_none");
    $("grant").textContent = t(this.granted ? "revoke" : "grant");
  }
  code({ rows }) {
    const quiet = 4, size = rows.length + 2 * quiet, NS = "http://www.w3.org/2000/svg", path = document.createElementNS(NS, "path");
    path.setAttribute("d", rows.map((row, y) => [...row].map((cell, x) => cell === "1" ? `M${x + quiet} ${y + quiet}h1v1h-1z` : "").join("")).join(""));
    $("qr").setAttribute("viewBox", `0 0 ${size} ${size}`); $("qr").replaceChildren(path);
  }
  no(m, banner) { if (m.why === "viewer") banner(t("viewer")); else if (m.do === "code") banner(t("no_lan")); else banner(t("refused", { why: m.why })); clearTimeout(this.later); this.later = setTimeout(() => banner(""), 4000); }
  latency() { const ms = this.sounds.latencyMs(); $("latency").textContent = ms === null ? "–" : t("latency_ms", { n: degrees(ms) }); }
}
