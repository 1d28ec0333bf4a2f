// The controls of a replay: play, speed, slider, from repetition to repetition. In: its position. Out: requests.
import { degrees, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16], SEEK_MS = 60;
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

export class Replay {
  constructor(link) {
    this.link = link; this.at = { at: 0, speed: 1, playing: true, duration: 0 }; this.dragging = false; this.asked = 0;
    $("play").addEventListener("click", () => this.toggle());
    $("step-back").addEventListener("click", () => link.ask("step", -1));
    $("step-on").addEventListener("click", () => link.ask("step", 1));
    $("speed").addEventListener("change", () => link.ask("speed", Number($("speed").value)));
    $("seek").addEventListener("input", () => this.seek());
    for (const kind of ["pointerup", "pointercancel", "blur"]) $("seek").addEventListener(kind, () => { this.dragging = false; });
    $("seek").addEventListener("pointerdown", () => { this.dragging = true; });
  }
  toggle() { this.link.ask(this.at.playing ? "halt" : "play"); }
  seek() { clearTimeout(this.later); const go = () => { this.asked = performance.now(); this.link.ask("seek", Math.min(Number($("seek").value), this.at.duration)); }; if (performance.now() - this.asked > SEEK_MS) go(); else this.later = setTimeout(go, SEEK_MS); }
  key(key) { if (key === " " || key === "p") this.toggle(); else if (key === "n" || key === "ArrowRight") this.link.ask("step", 1); else if (key === "ArrowLeft") this.link.ask("step", -1); }
  message(m) {
    if (m.k === "timeline") { this.timeline = m; this.overview(); return; }
    this.at = m;
    const seek = $("seek");
    seek.max = m.duration;
    if (!this.dragging) seek.value = m.at;
    seek.setAttribute("aria-valuetext", `${clock(m.at)} / ${clock(m.duration)}`);
    $("time").textContent = `${clock(m.at)} / ${clock(m.duration)}`;
    $("play").textContent = t(m.playing ? "halt" : "play");
    if (document.activeElement !== $("speed")) $("speed").value = String(m.speed);
  }
  overview() {
    const { points, starts, duration } = this.timeline, x = (s) => (400 * s / Math.max(duration, 0.1)).toFixed(1), NS = "http://www.w3.org/2000/svg";
    const path = document.createElementNS(NS, "path");
    path.setAttribute("d", points.map(([s, deg], i) => `${i ? "L" : "M"}${x(s)} ${(38 - Math.min(Math.max(deg, 0), 60) * 0.6).toFixed(1)}`).join(""));
    const marks = starts.map((s) => { const mark = document.createElementNS(NS, "line"); for (const [key, value] of Object.entries({ x1: x(s), x2: x(s), y1: 34, y2: 40 })) mark.setAttribute(key, value); return mark; });
    $("overview").replaceChildren(path, ...marks);
  }
  repaint() {
    $("speed").replaceChildren(...SPEEDS.map((speed) => Object.assign(document.createElement("option"), { value: String(speed), textContent: `${degrees(speed, speed < 1 ? 2 : 0)}×` })));
    $("speed").value = String(this.at.speed); $("play").textContent = t(this.at.playing ? "halt" : "play");
  }
}
