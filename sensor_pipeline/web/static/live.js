// The live view: what is known of the session, drawn sixty times a second. In: messages. Out: legs, trace, strip, sounds.
import { Leg, verdict } from "./leg.js";
import { Trace } from "./trace.js";
import { degrees, say, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const STILL_DEG_S = 4;      // below this the sensor is as still as a standing person (the core's own limits are finer)
const POSE_S = 3;           // so long a standing pose is looked at
const SILENT_S = 1.5;       // no angle for so long: say so
const RATE_S = 2;           // the shown rate is that of so long a stretch
const LOSS_PERCENT = 5;     // more lost than this is worth advice
const BATTERY = 20;         // percent: warned of below
const SPOKEN = new Set(["stand", "descend", "descend_freely", "stand_again", "mounting_doubt", "rest", "set_done", "not_counted", "next_try", "hurts_stop", "paused", "resumed"]);

export class Live {
  constructor(link, sounds, voice) { Object.assign(this, { link, sounds, voice }); this.legs = []; this.drawnMs = []; this.running = false; this.quiet = true; this.frame = () => this.draw(); }

  begin(hello) {
    this.hello = hello; this.speed = hello.speed ?? 1; this.quiet = true; this.paused = false; this.silenced = false; this.cue = null; this.said = null; this.lastVerdict = [];
    this.trace?.destroy();
    this.sensors = hello.sensors.map(({ side }) => ({ side, deg: null, tilt: false, time: 0, came: 0, turn: 0, stillS: 0, mounted: false, moving: null, hold: null, reps: [], undone: new Set(), best: null, link: "connected", battery: null, lost: 0, rows: 0, rate: null, rateFrom: null, status: null, refused: null }));
    this.legs = this.sensors.map((sensor) => new Leg(sensor.side));
    $("legs").className = `legs ${this.legs.length > 1 ? "two" : "one"}`;
    $("legs").replaceChildren(...this.legs.map((leg) => leg.node));
    this.trace = new Trace($("trace"), this.sensors.length, hello.targets.angle_deg ?? null);
    this.targets(hello.targets, hello.push !== false);
    this.sounds.quiet(); this.voice.quiet();
    this.repaint();
  }
  targets(targets, push) {
    this.asked = targets; this.push = push !== false; this.trace.target = targets.angle_deg;
    for (const leg of this.legs) leg.targets(targets);
    this.counts();
  }
  repaint() {
    if (!this.hello) return;
    for (const leg of this.legs) { leg.last = {}; for (const node of leg.node.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t); }
    for (const button of document.querySelectorAll("#controls button")) {
      const what = button.dataset.do === "pause" && this.paused ? "resume" : button.dataset.do, key = document.createElement("kbd");
      key.textContent = button.dataset.key; key.setAttribute("aria-hidden", "true"); button.replaceChildren(t(what), key);
    }
    this.counts(); this.lastVerdict.forEach((rep, s) => rep && this.judge(s, rep)); this.headline(); this.strip();
  }
  get prompting() { return !this.silenced && !this.paused; }
  get unsaid() { return this.push && !this.silenced ? [] : this.hello.pushing ?? []; }
  caughtUp() { this.quiet = false; this.counts(); this.headline(); this.strip(); }
  stale() { for (const sensor of this.sensors ?? []) sensor.came = -Infinity; }

  message(m) {
    const sensor = m.s === null || m.s === undefined ? null : this.sensors[m.s], loud = !m.old && !this.quiet && this.prompting;
    if (sensor) sensor.time = Math.max(sensor.time, m.t?.at?.(-1) ?? m.t ?? 0);
    switch (m.k) {
      case "frame": this.rows(sensor, m, loud); break;
      case "cue": this.coach(m, sensor, loud); break;
      case "rep_started": sensor.moving = m.t; if (m.s === 0) this.trace.moving = m.t; if (loud) { this.sounds.begin(); this.voice.begin(); } break;
      case "hold_started": sensor.hold = m.since; break;
      case "hold_ended": sensor.hold = null; this.sounds.cancelHold(); break;
      case "rep": this.rep(m, sensor, loud); break;
      case "rejected": this.rest(m, sensor); if (!m.old) { this.legs[m.s].verdict(t("v_rejected"), m.reason, ""); } break;
      case "undone": sensor.undone.add(m.rep); this.best(sensor); this.counts(); this.legs[m.s].verdict(t("v_undone", { n: m.rep }), "", ""); break;
      case "mounted": sensor.mounted = true; sensor.refused = null; break;
      case "refused": sensor.refused = m; break;
      case "link": sensor.link = m.state; if (m.state === "lost") { sensor.hold = null; sensor.deg = null; this.rest(m, sensor); this.sounds.quiet(); } this.strip(); break;
      case "battery": sensor.battery = m.percent; this.strip(); break;
      case "gap": sensor.lost += m.lost ?? 0; break;
      case "status": sensor.status = m; this.strip(); break;
      default:
    }
  }
  rows(sensor, m, loud) {
    const deg = m.a.at(-1), now = performance.now();
    this.trace.add(m.s, m.t, m.a);
    sensor.rows += m.t.length;
    if (m.old) { sensor.deg = deg; sensor.turn = m.turn; return; }
    const from = sensor.rateFrom ??= { time: sensor.time, rows: sensor.rows };
    if (sensor.time - from.time >= RATE_S) { sensor.rate = (sensor.rows - from.rows) / (sensor.time - from.time); sensor.rateFrom = { time: sensor.time, rows: sensor.rows }; this.strip(); }
    sensor.stillS = m.turn < STILL_DEG_S ? sensor.stillS + (m.t.at(-1) - (sensor.from ?? m.t.at(-1))) : 0;
    Object.assign(sensor, { deg, tilt: m.tilt, turn: m.turn, came: now, from: m.t.at(-1) });
    const age = this.link.age(m);
    if (age !== null) sensor.age = { ms: age, at: now };
    sensor.fresh = m;
    if (loud && sensor.moving !== null && this.push) this.sounds.angle(deg, this.asked.angle_deg ?? null, age);
  }
  coach(m, sensor, loud) {
    const age = this.link.age(m);
    if (m.cue === "rep_counted") { if (loud) { this.sounds.counted(age); } return; }
    if (m.cue === "paused" || m.cue === "resumed") { this.paused = m.cue === "paused"; this.sounds.quiet(); this.repaint(); }
    if (m.cue === "hurts_stop") { this.silenced = true; this.sounds.quiet(); this.voice.quiet(); }
    const fault = m.cue in (this.hello.faults ?? {});
    if (fault) { if (loud) this.sounds.fault(age); return; }
    this.cue = m; this.headline();
    if (!loud) return;
    if (m.cue === "hold" && sensor?.hold !== null) this.sounds.hold(Math.max(this.time(sensor) - sensor.hold, 0), m.value, this.speed);
    if (m.cue === "set_done") this.sounds.once("set_done", age);
    if (m.cue === "not_counted") this.sounds.fault(age);
    if (SPOKEN.has(m.cue) && m.cue !== "rest") this.voice.say(say("cue", m.cue, m.text), "instruction");
  }
  rest(m, sensor) { sensor.moving = null; sensor.hold = null; if (m.s === 0) this.trace.moving = null; this.sounds.cancelHold(); this.sounds.end(); this.voice.end(); }
  rep(m, sensor, loud) {
    this.rest(m, sensor);
    sensor.reps.push(m.rep);
    if (m.s === 0) { this.trace.reps.push(m.rep); if (this.trace.reps.length > 60) this.trace.reps.shift(); }
    this.best(sensor); this.counts(); this.judge(m.s, m.rep);
    if (!loud) return;
    const words = verdict(m.rep, this.asked.angle_deg ?? null, this.unsaid), text = `${words.head}. ${words.why}`;
    $("spoken").textContent = text; // one announcement a repetition, and nothing else
    this.voice.say(`${this.counted(sensor).length}. ${degrees(m.rep.peak_deg)}°. ${words.why}`);
  }
  judge(s, rep) { this.lastVerdict[s] = rep; const words = verdict(rep, this.asked.angle_deg ?? null, this.unsaid); this.legs[s].verdict(words.head, words.why, words.kind); }
  counted(sensor) { return sensor.reps.filter((rep) => !sensor.undone.has(rep.rep)); }
  best(sensor) { const all = this.counted(sensor).filter((rep) => rep.scored && !rep.faults.includes("heel_lift")).map((rep) => rep.peak_deg); sensor.best = all.length ? Math.max(...all) : null; }
  counts() { this.legs.forEach((leg, s) => { leg.count(this.counted(this.sensors[s]), this.asked.reps); leg.best(this.push ? this.sensors[s].best : null); }); }
  headline() { const m = this.cue; $("headline").textContent = this.note_ ?? (m ? say("cue", m.cue, m.text) : t("waiting")); }
  note(text) { this.note_ = text; this.headline(); clearTimeout(this.noteTimer); this.noteTimer = setTimeout(() => { this.note_ = null; this.headline(); }, 1500); }

  strip() {
    const items = this.sensors.map((sensor) => {
      const item = document.createElement("li"), status = sensor.status, advice = this.advice(sensor);
      const rate = status?.rate_hz ?? sensor.rate, lost = status?.lost ?? sensor.lost, battery = status?.battery ?? sensor.battery;
      const cells = [t(`side_${sensor.side}`), sensor.link in { connected: 1, lost: 1, rebooted: 1 } ? t(`link_${sensor.link}`) : sensor.link, rate === null ? null : t("hz", { n: degrees(rate) }), t("lost", { n: lost }), battery === null ? t("battery_unknown") : t("battery", { n: degrees(battery) })];
      for (const text of cells.filter(Boolean)) { const cell = document.createElement("span"); cell.textContent = text; item.append(cell); }
      if (advice) { const cell = document.createElement("span"); cell.className = "advice"; cell.textContent = advice; item.append(cell); }
      return item;
    });
    $("sensors").replaceChildren(...items);
  }
  advice(sensor) {
    const battery = sensor.status?.battery ?? sensor.battery, lost = sensor.status?.lost ?? sensor.lost;
    if (sensor.status?.advice) return sensor.status.advice;
    if (sensor.link === "lost") return t("advice_lost");
    if (sensor.silent) return t("advice_silent");
    if (battery !== null && battery < BATTERY) return t("advice_battery", { n: degrees(battery) });
    const percent = 100 * lost / Math.max(sensor.rows + lost, 1);
    return percent > LOSS_PERCENT ? t("advice_loss", { n: degrees(percent) }) : "";
  }

  // Session time now: that of the last row, and what has passed since, a third of a second at most.
  time(sensor) { const since = (performance.now() - sensor.came) / 1000 * this.speed; return sensor.time + (sensor.came > 0 && this.playing !== false ? Math.min(Math.max(since, 0), 0.33 * Math.max(this.speed, 1)) : 0); }
  run(on) { if (on && !this.running) { this.running = true; requestAnimationFrame(this.frame); } else if (!on) this.running = false; }
  draw() {
    if (!this.running) return;
    requestAnimationFrame(this.frame);
    const now = performance.now();
    this.sensors.forEach((sensor, s) => {
      const leg = this.legs[s], silent = this.playing !== false && this.cue !== null && now - sensor.came > SILENT_S * 1000;
      if (silent !== sensor.silent && this.hello.mode !== "replay") { sensor.silent = silent; this.strip(); }
      leg.angle(sensor.deg, { stale: this.hello.mode !== "replay" && silent, tilt: sensor.tilt });
      const time = this.time(sensor);
      if (this.asked.hold_s > 0) leg.ring(sensor.hold === null ? null : this.asked.hold_s - (time - sensor.hold));
      if (sensor.mounted) { if (sensor.stillShown !== false) { sensor.stillShown = false; leg.still(null); } }
      else { sensor.stillShown = true; leg.still(Math.min(sensor.stillS / POSE_S, 1), t(sensor.turn < STILL_DEG_S ? "still_ok" : "still_not")); }
    });
    const first = this.sensors[0];
    if (first && first.time > 0) this.trace.draw(this.time(first));
    for (const sensor of this.sensors) if (sensor.fresh) { // how old the angle was when it was on the canvas
      const age = this.link.age(sensor.fresh);
      if (age !== null) { this.drawnMs.push(age); if (this.drawnMs.length > 4000) this.drawnMs.shift(); }
      sensor.fresh = null;
    }
  }
}
