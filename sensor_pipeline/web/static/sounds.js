// Sounds, each scheduled on the AudioContext's clock. In: what happens in the session. Out: tones, a log of them.
// Must not live here: what a repetition is; words.
import { settings } from "./settings.js";

const AHEAD_S = 0.005; // a tone that is due now starts so much later: the audio thread needs one block of 128 frames
const APART_S = 0.2;   // two counts of one packet are heard as two
const APPROACH_DEG = 12, SLOW_S = 0.45, QUICK_S = 0.12; // ticks become quicker over the last degrees to the target
const LAST_S = 3;      // the last seconds of a hold sound different

// name: [frequency in Hz, length in s, begins after s] for each note
const NOTES = {
  approach: [[620, 0.035, 0]], target: [[880, 0.09, 0], [1320, 0.16, 0.09]], hold: [[523, 0.05, 0]], hold_last: [[784, 0.08, 0]],
  hold_done: [[784, 0.1, 0], [988, 0.1, 0.1], [1319, 0.3, 0.2]], counted: [[1047, 0.12, 0]], fault: [[220, 0.22, 0]],
  set_done: [[523, 0.14, 0], [659, 0.14, 0.14], [784, 0.14, 0.28], [1047, 0.45, 0.42]], beat: [[440, 0.03, 0]], test: [[659, 0.12, 0], [880, 0.2, 0.14]],
};
export const sets = { bell: { type: "sine", ratio: 1, tail: 1 }, wood: { type: "triangle", ratio: 1, tail: 0.5 }, low: { type: "sine", ratio: 0.5, tail: 1.3 } };
export const log = []; // {name, at: AudioContext time, cancelled}: what was scheduled, the newest last
const LOG = 400;

export class Sounds {
  constructor() {
    this.context = null; this.mine = false; this.ages = []; this.ahead = []; this.free = 0; this.lastTick = 0; this.reached = true; this.beating = 0;
  }
  get ready() { return this.context?.state === "running"; }
  get audible() { return this.ready && this.mine && !settings.muted; }

  // Call it in a tap or a key press: browsers allow sound only then. The silent loop keeps iOS from muting Web Audio.
  unlock() {
    if (!this.context) {
      const Audio = window.AudioContext || window.webkitAudioContext;
      if (!Audio) return;
      try { this.context = new Audio({ latencyHint: "interactive" }); } catch { return; }
      this.volume = this.context.createGain();
      this.volume.connect(this.context.destination);
      this.loud();
    }
    if (this.context.state !== "running") this.context.resume().catch(() => {});
    document.getElementById("silence").play().catch(() => {});
  }
  loud() { if (this.volume) this.volume.gain.value = settings.volume; }
  get now() { return this.context.currentTime; }

  // Schedule a sound; `ageMs` is how old its cause is, for the figure of latency. Returns what cancels it.
  play(name, at = this.now + AHEAD_S, ageMs = null) {
    const nodes = [], set = sets[settings.set] ?? sets.bell, entry = { name, at, cancelled: false };
    for (const [hz, length, after] of NOTES[name]) {
      const start = at + after, end = start + length * set.tail;
      const tone = this.context.createOscillator(), gain = this.context.createGain();
      tone.type = set.type; tone.frequency.value = hz * set.ratio;
      gain.gain.setValueAtTime(0, start); gain.gain.linearRampToValueAtTime(0.8, start + 0.004); gain.gain.exponentialRampToValueAtTime(0.0008, end);
      tone.connect(gain).connect(this.volume); tone.start(start); tone.stop(end + 0.02);
      nodes.push(tone);
    }
    log.push(entry); if (log.length > LOG) log.shift();
    if (ageMs !== null) {
      const out = (this.context.outputLatency || this.context.baseLatency || 0) * 1000;
      this.ages.push(ageMs + (at - this.now) * 1000 + out); if (this.ages.length > 20) this.ages.shift();
    }
    return () => { if (at > this.now) { entry.cancelled = true; for (const node of nodes) node.stop(); } };
  }
  latencyMs() { const sorted = [...this.ages].sort((a, b) => a - b); return sorted.length ? sorted[sorted.length >> 1] : null; }

  test() { this.unlock(); if (this.context) this.context.resume().then(() => this.play("test")).catch(() => {}); }

  counted(ageMs) { if (!this.audible) return; const at = Math.max(this.now + AHEAD_S, this.free); this.free = at + APART_S; this.play("counted", at, ageMs); }
  fault(ageMs) { if (!this.audible) return; const at = Math.max(this.now + AHEAD_S, this.free); this.free = at + APART_S; this.play("fault", at, ageMs); }
  once(name, ageMs = null) { if (this.audible) this.play(name, Math.max(this.now + AHEAD_S, this.free), ageMs); }

  // A hold of `holdS` that began `sinceS` ago: its seconds and its end, all scheduled now.
  hold(sinceS, holdS, speed) {
    this.cancelHold();
    if (!this.audible) return;
    const begun = this.now - sinceS / speed;
    const at = (second) => begun + second / speed;
    for (let second = 1; second < holdS; second++) if (at(second) > this.now) this.ahead.push(this.play(holdS - second <= LAST_S ? "hold_last" : "hold", at(second)));
    if (at(holdS) > this.now) this.ahead.push(this.play("hold_done", at(holdS)));
  }
  cancelHold() { for (const cancel of this.ahead) cancel(); this.ahead = []; }

  // A repetition has begun: towards the target it ticks, and the target sounds once.
  begin() { this.reached = false; }
  angle(deg, target, ageMs) {
    if (this.reached || target === null || deg === null) return;
    if (deg >= target) { this.reached = true; this.once("target", ageMs); return; }
    if (!this.audible || deg < target - APPROACH_DEG) return;
    const near = 1 - (target - deg) / APPROACH_DEG, at = Math.max(this.now + AHEAD_S, this.lastTick + SLOW_S + (QUICK_S - SLOW_S) * near);
    if (at - this.now < 0.05) { this.lastTick = at; this.play("approach", at); }
  }
  end() { this.reached = true; }

  // A beat each second, scheduled a little ahead; call it a few times a second.
  tempo(on) {
    if (!on || !settings.tempo || !this.audible) { this.beating = 0; return; }
    if (this.beating < this.now) this.beating = this.now + AHEAD_S;
    while (this.beating < this.now + 1.2) { this.play("beat", this.beating); this.beating += 1; }
  }
  quiet() { this.cancelHold(); this.end(); this.beating = 0; }
}
