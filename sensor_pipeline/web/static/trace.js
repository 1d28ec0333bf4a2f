// The scrolling angle, with repetitions shaded. In: rows, repetitions. Out: a canvas (uPlot).
const SPAN_S = 15, STEP_S = 0.02; // shown seconds; rows closer than this are left out: two pixels at most
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Trace {
  constructor(node, sensors, target) {
    this.node = node; this.rows = Array.from({ length: sensors }, () => ({ t: [], a: [] })); this.reps = []; this.moving = null; this.target = target;
    this.drawn = 0; this.paint = () => this.build();
    this.watch = new ResizeObserver(() => requestAnimationFrame(() => { const { width, height } = this.size(); if (this.plot && (width !== this.plot.width || height !== this.plot.height)) this.plot.setSize({ width, height }); }));
    this.build(); this.watch.observe(node);
    document.addEventListener("theme", this.paint);
  }
  size() { return { width: Math.max(this.node.clientWidth, 100), height: Math.max(this.node.parentNode.clientHeight, 60) }; }
  destroy() { document.removeEventListener("theme", this.paint); this.watch.disconnect(); this.plot?.destroy(); }
  build() {
    this.plot?.destroy();
    const soft = colour("--soft"), line = colour("--line"), lines = [colour("--accent"), colour("--best")];
    this.shade = colour("--shade"); this.good = colour("--band"); this.ink = soft;
    this.plot = new uPlot({
      ...this.size(), legend: { show: false }, cursor: { show: false }, padding: [8, 8, 0, 0],
      scales: { x: { time: false, auto: false, range: (u, min, max) => [min, max] }, y: { auto: false, range: [-5, 60] } },
      axes: [{ stroke: soft, grid: { show: false }, ticks: { show: false }, size: 24, font: "12px system-ui", values: (u, ticks) => ticks.map((s) => s < 0 ? "" : `${s} s`) },
        { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { show: false }, size: 40, font: "12px system-ui", splits: [0, 20, 40, 60], values: (u, ticks) => ticks.map((deg) => `${deg}°`) }],
      series: [{}, ...this.rows.map((_, i) => ({ stroke: lines[i], width: 2.5, points: { show: false }, dash: i ? [8, 4] : undefined }))],
      hooks: { drawClear: [(u) => this.under(u)] },
    }, [[], ...this.rows.map(() => [])], this.node);
  }
  under(u) {
    const { left, top, width, height } = u.bbox, ctx = u.ctx;
    const x = (s) => Math.min(Math.max(u.valToPos(s, "x", true), left), left + width);
    ctx.save(); ctx.fillStyle = this.shade;
    const spans = this.moving === null ? this.reps : [...this.reps, { start_s: this.moving, end_s: Infinity, rep: "" }];
    for (const rep of spans) {
      const from = x(rep.start_s), to = rep.end_s === Infinity ? left + width : x(rep.end_s);
      if (to - from < 1) continue;
      ctx.fillStyle = this.shade; ctx.fillRect(from, top, to - from, height);
      if (to - from > 24) { ctx.fillStyle = this.ink; ctx.font = `${12 * devicePixelRatio}px system-ui`; ctx.fillText(rep.rep, from + 6 * devicePixelRatio, top + 15 * devicePixelRatio); }
    }
    if (this.target !== null) { const y = u.valToPos(this.target, "y", true); ctx.strokeStyle = this.good; ctx.lineWidth = 2 * devicePixelRatio; ctx.setLineDash([8, 6]); ctx.beginPath(); ctx.moveTo(left, y); ctx.lineTo(left + width, y); ctx.stroke(); }
    ctx.restore();
  }
  add(sensor, times, angles) {
    const { t, a } = this.rows[sensor];
    for (let i = 0; i < times.length; i++) {
      if (t.length && times[i] - t[t.length - 1] < STEP_S * 0.99) continue;
      if (t.length && times[i] - t[t.length - 1] > 0.35) { t.push(times[i] - 0.001); a.push(null); }
      t.push(times[i]); a.push(angles[i]);
    }
    const old = t.length ? t[t.length - 1] - SPAN_S - 2 : 0;
    if (t.length > 200 && t[100] < old) { t.splice(0, 100); a.splice(0, 100); }
  }
  clear() { for (const one of this.rows) { one.t.length = 0; one.a.length = 0; } this.reps = []; this.moving = null; }
  draw(now) {
    const [first, ...others] = this.rows;
    const data = [first.t, first.a];
    for (const { t, a } of others) {
      let i = 0;
      data.push(first.t.map((s) => { while (i < t.length - 1 && t[i] < s) i++; return t.length && Math.abs(t[i] - s) < 0.1 ? a[i] : null; }));
    }
    this.plot.batch(() => { this.plot.setData(data, false); this.plot.setScale("x", { min: now - SPAN_S, max: now }); });
    this.drawn++;
  }
}
