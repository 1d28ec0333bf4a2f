// Drawn pictures: where the sensor goes. In: an <svg>. Out: shapes, no words that are not in the catalogue.
const NS = "http://www.w3.org/2000/svg";
function draw(id, shapes, mirrored) {
  const node = document.getElementById(id), group = document.createElementNS(NS, "g");
  if (mirrored) group.setAttribute("transform", "translate(200 0) scale(-1 1)");
  for (const [name, attributes] of shapes) { const shape = document.createElementNS(NS, name); for (const key in attributes) shape.setAttribute(key, attributes[key]); group.append(shape); }
  node.replaceChildren(group);
}
const leg = "M84 8c-4 34-2 52 2 62 5 14 2 30 2 46 0 26 4 50 5 68-1 10-8 14-20 18-8 3-8 8 0 8h52c6 0 7-4 6-10-2-22 4-40 8-70 3-24 2-42-4-58-3-10-3-34 1-64";

export function pictures(sides) {
  const mirrored = sides.length === 1 && sides[0] === "left";
  draw("picture-where", [
    ["path", { class: "skin", d: leg }], ["path", { d: "M88 66c10-8 28-8 38 2" }],
    ["path", { class: "band", d: "M89 122c14 7 30 7 46 1" }], ["rect", { class: "unit", x: 96, y: 112, width: 26, height: 20, rx: 5 }],
    ["path", { class: "arrow", d: "M160 70v44m-5-8 5 8 5-8m-10-28 5-8 5 8" }], ["path", { class: "dim", d: "M134 69h34M140 118h28" }],
  ], mirrored);
  draw("picture-any", [
    ["rect", { class: "unit", x: 30, y: 78, width: 48, height: 36, rx: 8 }], ["rect", { class: "unit", x: 128, y: 66, width: 36, height: 48, rx: 8 }], ["rect", { class: "unit", x: 78, y: 140, width: 48, height: 36, rx: 8, transform: "rotate(35 102 158)" }],
    ["path", { class: "arrow", d: "M54 62c16-30 66-38 88-14m1-10-1 11-11-1" }], ["path", { class: "arrow", d: "M162 134c0 20-10 32-26 38m10 4-11-4 4-10" }], ["path", { class: "arrow", d: "M66 166c-16-8-22-22-22-36m-8 6 8-7 7 7" }],
  ], false);
  draw("picture-stand", [
    ["line", { class: "dim", x1: 24, y1: 206, x2: 184, y2: 206 }], ["line", { x1: 168, y1: 14, x2: 168, y2: 206 }],
    ["circle", { class: "skin", cx: 92, cy: 34, r: 17 }], ["path", { d: "M91 52v66M92 118l-6 86h18M96 120l6 84h20" }], ["path", { d: "M92 66c22 4 44 2 74-6" }],
    ["rect", { class: "unit", x: 97, y: 158, width: 14, height: 18, rx: 3 }], ["path", { class: "arrow", d: "M60 100v60m-5-8 5 8 5-8" }],
  ], false);
}
