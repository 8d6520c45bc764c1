// What is written over the view: scale bar, axes, a ring at the picked vertex, details, legend.

const BAR = 150;
const AXIS_COLORS = { light: ["#c22f2f", "#2a7d2e", "#2b59c3"], dark: ["#ff7d76", "#67c96b", "#7ca6ff"] };

function drawScaleBar(camera, unit) {
  const length = roundDown(camera.pixel * BAR);
  document.getElementById("scale-text").textContent = quantity(length, unit);
  document.getElementById("scale-bar").style.width = `${length / camera.pixel}px`;
}

function drawAxes(camera, theme) {
  const parts = ["x", "y", "z"].map((name, axis) => {
    const [x, y, z] = [camera.rows[0][axis], -camera.rows[1][axis], camera.rows[2][axis]];
    const line = svg("line", { x2: 24 * x, y2: 24 * y, stroke: AXIS_COLORS[theme][axis] });
    const text = svg("text", { x: 32 * x, y: 32 * y });
    text.textContent = Math.hypot(x, y) > 0.15 ? name : "";
    return { z, parts: [line, text] };
  });
  parts.sort((a, b) => a.z - b.z);
  document.getElementById("axes").replaceChildren(...parts.flatMap((axis) => axis.parts));
}

function svg(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function drawRing(camera, point) {
  const ring = document.getElementById("ring");
  ring.hidden = !point;
  if (!point) return;
  const [x, y, , scale] = camera.project(point);
  ring.hidden = scale <= 0;
  ring.style.left = `${x}px`;
  ring.style.top = `${y}px`;
}

function pointOf({ points }, vertex) {
  return [0, 1, 2].map((axis) => points[3 * vertex + axis]);
}

/** Tell about one selected label, or several, and about the picked vertex. */
function showDetails(scene, selected, vertex, swatch) {
  const box = document.getElementById("details");
  box.hidden = !selected.size;
  const labels = [...selected];
  const total = (values) => labels.reduce((sum, label) => sum + values[label], 0);
  const title = labels.length === 1
    ? [element("i"), scene.labels[labels[0]]] : [counted(labels.length, "label")];
  if (labels.length === 1) title[0].style.background = swatch(labels[0]);
  const sizes = labels.map((label) => scene.firstVertex[label + 1] - scene.firstVertex[label]);
  const parts = [
    element("h2", {}, ...title),
    definitions([
      ["Cable length", quantity(total(scene.lengths), scene.unit, 1, 5)],
      ["Vertices", sizes.reduce((sum, size) => sum + size, 0).toLocaleString("en-US")],
      ["Components", total(scene.components).toLocaleString("en-US")],
      ["Branch points", total(scene.branches).toLocaleString("en-US")],
      ["Tips", total(scene.tips).toLocaleString("en-US")],
    ]),
  ];
  if (vertex >= 0) parts.push(element("h3", { textContent: "At the ring" }), here(scene, vertex));
  box.replaceChildren(...parts);
}

function here(scene, vertex) {
  const place = pointOf(scene, vertex).map((value, axis) => number(value + scene.origin[axis], 7));
  const entries = scene.attributes.map(({ name, title, values, power }) => [
    title,
    name === "vertex_types"
      ? TYPES[values[vertex]] ?? `type ${values[vertex]}`
      : quantity(values[vertex], scene.unit, power),
  ]);
  return definitions([["Position", place.join(", ")], ...entries]);
}

function definitions(entries) {
  return element("dl", {}, ...entries.flatMap(([name, value]) =>
    [element("dt", { textContent: name }), element("dd", { textContent: value })]));
}

function showLegend({ kinds, limits: ends, ramp, power, logarithmic }, unit) {
  const box = document.getElementById("legend");
  box.replaceChildren();
  if (kinds?.length) {
    box.append(element("div", { className: "kinds" }, ...kinds.map(([name, color]) => {
      const dot = element("i");
      dot.style.background = css(color);
      return element("span", {}, dot, name);
    })));
  }
  if (!ends) return;
  const bar = element("div", { className: "ramp" });
  const stops = ramp.filter((_, i) => i % 15 === 0).map(css);
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const words = ends.map((value) => element("span", { textContent: quantity(value, unit, power, 3) }));
  if (logarithmic) words.splice(1, 0, element("span", { textContent: "logarithmic" }));
  box.append(bar, element("div", { className: "ends" }, ...words));
}
