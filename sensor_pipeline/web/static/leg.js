// One leg on the screen: gauge, angle, count, hold ring, verdict. In: what is known of it. Out: what is drawn.
import { degrees, say, t } from "./words.js";

const TOP_DEG = 60, RADIUS = 168, X = 46, Y = 204; // the gauge is an angle: the shin leans as the person's does
const BAND_DEG = 2; // half width of the target band, as the column end_range_s has it
const point = (deg, radius) => { const a = deg * Math.PI / 180; return `${(X + radius * Math.sin(a)).toFixed(1)} ${(Y - radius * Math.cos(a)).toFixed(1)}`; };
const arc = (from, to, radius) => `M${point(from, radius)}A${radius} ${radius} 0 0 1 ${point(to, radius)}`;
const clamp = (deg) => Math.min(Math.max(deg, -8), TOP_DEG + 4);
const svg = (name, attributes) => { const node = document.createElementNS("http://www.w3.org/2000/svg", name); for (const key in attributes) node.setAttribute(key, attributes[key]); return node; };

export class Leg {
  constructor(side) {
    this.node = document.getElementById("leg").content.firstElementChild.cloneNode(true);
    const find = (selector) => this.node.querySelector(selector);
    this.parts = { value: find(".value"), side: find(".side"), reached: find(".reached"), n: find(".n"), of: find(".of"), dots: find(".dots"), ring: find(".ring"), gone: find(".gone"), left: find(".left"), still: find(".still"), meter: find(".meter div"), stillSay: find(".still-say"), strong: find(".verdict strong"), why: find(".verdict span"), needle: find(".needle"), best: find(".best"), unit: find(".unit"), band: find(".gauge .band") };
    find(".track").setAttribute("d", arc(0, TOP_DEG, RADIUS));
    for (let deg = 0; deg <= TOP_DEG; deg += 10) {
      const [x1, y1] = point(deg, RADIUS - 10).split(" "), [x2, y2] = point(deg, RADIUS + 8).split(" "), [x, y] = point(deg, RADIUS + 22).split(" ");
      const label = svg("text", { x, y: +y + 4 }); label.textContent = deg;
      find(".ticks").append(svg("line", { x1, y1, x2, y2 }), label);
    }
    this.side = side; this.last = {};
    this.needle(0);
  }
  set(name, text) { if (this.last[name] !== text) { this.last[name] = text; this.parts[name].textContent = text; } }
  needle(deg) { const at = clamp(deg).toFixed(1); if (this.last.needle !== at) { this.last.needle = at; this.parts.needle.setAttribute("transform", `translate(${X} ${Y}) rotate(${at})`); } }

  targets({ angle_deg: target, hold_s: hold }) {
    this.target = target; this.hold = hold;
    this.parts.band.setAttribute("d", target === null ? "" : arc(target - BAND_DEG, target + BAND_DEG, RADIUS));
    this.parts.ring.hidden = !(hold > 0);
  }
  angle(deg, { stale, tilt }) {
    this.set("value", deg === null ? "–" : degrees(deg));
    this.needle(deg ?? 0);
    this.parts.unit.hidden = deg === null;
    const extra = tilt && deg !== null ? t("tilt") : this.bestDeg !== null && this.bestDeg !== undefined ? t("best", { n: degrees(this.bestDeg) }) : "";
    this.set("side", [t(`side_${this.side}`), extra].filter(Boolean).join(" · "));
    const there = deg !== null && this.target !== null && deg >= this.target - BAND_DEG;
    if (this.last.there !== there) { this.last.there = there; this.node.classList.toggle("at-target", there); }
    this.set("reached", there ? t("at_target") : "");
    if (this.last.stale !== stale) { this.last.stale = stale; this.node.classList.toggle("stale", stale); }
  }
  best(deg) {
    this.bestDeg = deg;
    this.parts.best.toggleAttribute("hidden", deg === null);
    if (deg === null) return;
    this.parts.best.setAttribute("transform", `translate(${X} ${Y}) rotate(${clamp(deg)})`);
  }
  count(reps, asked) {
    const n = reps.length;
    this.set("n", String(n)); this.set("of", asked ? t("of", { n: asked }) : t("reps"));
    const shown = Math.min(asked || 0, 30);
    this.parts.dots.replaceChildren(...Array.from({ length: shown }, (_, i) => { const dot = document.createElement("li"); if (i < n) dot.className = reps[i].faults.length ? "done fault" : "done"; return dot; }));
  }
  // Remaining seconds; null = no hold under way.
  ring(left) {
    const gone = left === null ? 0 : Math.min(Math.max(100 * (1 - left / this.hold), 0), 100);
    this.set("left", left === null ? degrees(this.hold) : left <= 0 ? "✓" : degrees(Math.ceil(left)));
    const dash = `${gone.toFixed(1)} 100`;
    if (this.last.dash !== dash) { this.last.dash = dash; this.parts.gone.setAttribute("stroke-dasharray", dash); this.parts.gone.style.strokeDasharray = dash; }
  }
  // Stillness from 0 to 1 while the zero is taken; null = it was taken.
  still(share, say) {
    this.parts.still.hidden = share === null; this.parts.ring.hidden = share !== null || !(this.hold > 0);
    if (share === null) return;
    this.parts.meter.style.transform = `scaleX(${share.toFixed(2)})`;
    this.set("stillSay", say);
  }
  verdict(head, why, kind) { this.set("strong", head); this.set("why", why); this.parts.strong.className = kind; }
}

// A repetition in words: what was asked and missed, or that it was done.
// `unsaid`: faults whose words ask for more, where nothing may.
export function verdict(rep, target, unsaid = []) {
  const deg = degrees(rep.peak_deg), n = rep.rep;
  const reasons = rep.faults.filter((id) => !unsaid.includes(id)).map((id) => say("fault", id));
  if (rep.reason) reasons.push(t("not_scored", { why: rep.reason }));
  if (reasons.length) return { head: t("v_fault", { n, deg }), why: reasons.join(" "), kind: rep.faults.length ? "fault" : "" };
  return { head: t(target === null || rep.faults.length ? "v_counted" : "v_good", { n, deg }), why: "", kind: "good" };
}
