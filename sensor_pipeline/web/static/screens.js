// The screens before and after a set: safety questions, strap, countdown, end. In: the core's questions and results.
import { pictures } from "./pictures.js";
import { verdict } from "./leg.js";
import { degrees, language, languages, say, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const make = (name, attributes = {}, ...children) => { const node = Object.assign(document.createElement(name), attributes); node.append(...children); return node; };
let shown = "", counting = 0;

export function gate(questions, link) {
  const key = language() + JSON.stringify(questions);
  if (shown === key) return;
  shown = key;
  const own = languages[language()];
  $("gate-purpose").textContent = own["gate.purpose"] ?? questions.purpose;
  const box = (id, text) => make("label", { className: "check" }, make("input", { type: "checkbox", name: "excluded", value: id }), make("span", { textContent: text }));
  $("gate-list").replaceChildren(...questions.exclusions.map((one) => box(one.id, say("gate", one.id, one.text))), box("none", t("gate_none")));
  $("gate-pain").replaceChildren(...Array.from({ length: questions.most_pain + 1 }, (_, n) => make("label", {}, make("input", { type: "radio", name: "pain", value: n }), make("span", { textContent: n }))));
  $("gate-sites").replaceChildren(...questions.sites.map((one) => make("label", { className: "check" }, make("input", { type: "radio", name: "site", value: one.id }), make("span", { textContent: say("site", one.id, one.text) }))));
  const form = $("screen-gate");
  const read = () => {
    const data = new FormData(form), ticked = data.getAll("excluded"), pain = data.get("pain");
    return { excluded: ticked.filter((id) => id !== "none"), none: ticked.includes("none"), pain: pain === null ? null : Number(pain), site: data.get("site"), cleared: $("cleared").checked };
  };
  form.onchange = (event) => {
    const input = event.target; // "none of these" and a reason cannot both be true
    if (input.name === "excluded" && input.checked) for (const other of form.querySelectorAll("[name=excluded]")) if ((input.value === "none") !== (other.value === "none")) other.checked = false;
    const found = read();
    $("gate-cleared").hidden = !found.excluded.length; $("gate-where").hidden = !found.pain; $("gate-missing").textContent = "";
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    const found = read();
    const missing = !found.none && !found.excluded.length ? "gate_missing_list" : found.pain === null ? "gate_missing_pain" : found.pain && !found.site ? "gate_missing_site" : "";
    $("gate-missing").textContent = missing ? t(missing) : "";
    if (!missing) link.ask("answers", { excluded: found.excluded, cleared: found.excluded.length > 0 && found.cleared, pain: found.pain, pain_site: found.pain ? found.site : null });
  };
}

export function refused(text) { $("refused-say").textContent = text; }

export function strap(hello, phase) {
  const sides = hello.sensors.map(({ side }) => side);
  $("strap-title").textContent = sides.length > 1 ? t("strap_title_both") : t("strap_title", { side: t(sides[0]) });
  $("strap-say").textContent = [phase.say, hello.role === "viewer" ? t("viewer") : ""].filter(Boolean).join(" ");
  pictures(sides);
}

export function countdown(phase, sounds) {
  clearInterval(counting);
  let left = Math.ceil(phase.seconds);
  const tick = () => { $("countdown").textContent = Math.max(left, 1); if (sounds.audible && left > 0) sounds.once("beat"); left--; if (left < 0) clearInterval(counting); };
  tick(); counting = setInterval(tick, 1000);
}

export function ended(live, phase) {
  const hurt = live.silenced, rows = live.sensors.flatMap((sensor) => sensor.reps.map((rep) => ({ rep, undone: sensor.undone.has(rep.rep) })));
  const left = rows.filter((row) => !row.undone).length, bests = live.sensors.map((sensor) => sensor.best).filter((deg) => deg !== null);
  $("ended-title").textContent = t(hurt ? "ended_hurt" : "ended_title");
  $("ended-text").textContent = hurt ? say("cue", "hurts_stop", live.cue?.text ?? "") : left === 1 ? t("ended_one") : live.push && bests.length ? t("ended_best", { n: left, deg: degrees(Math.max(...bests), 1) }) : t("ended_text", { n: left });
  $("ended-where").textContent = phase.session ? t("ended_where", { id: phase.session }) : "";
  const names = ["th_rep", "th_side", "th_peak", "th_down", "th_hold", "th_up", "th_verdict"];
  $("ended-table").hidden = !rows.length;
  $("ended-table").tHead.rows[0].replaceChildren(...names.map((name) => make("th", { textContent: t(name), scope: "col" })));
  $("ended-table").tBodies[0].replaceChildren(...rows.sort((a, b) => a.rep.end_s - b.rep.end_s).map(({ rep, undone }) => {
    const words = verdict(rep, live.asked.angle_deg ?? null, live.unsaid);
    const cells = [rep.rep, t(`side_${rep.side}`), degrees(rep.peak_deg, 1), degrees(rep.descent_s, 1), degrees(rep.hold_s, 1), degrees(rep.ascent_s, 1), undone ? t("v_undone", { n: rep.rep }) : words.why || (live.asked.angle_deg === null || rep.faults.length ? t("counted") : t("at_target"))];
    return make("tr", { className: undone ? "undone" : "" }, ...cells.map((text) => make("td", { textContent: text })));
  }));
}
