// The page: what is chosen, and what follows from it.

const HAIRLINE = 1.6;

class Page {
  constructor(scene) {
    this.scene = scene;
    this.selected = new Set();
    this.vertex = -1;
    this.by = scene.color;
    this.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    this.canvas = byId("canvas");
    this.renderer = new Renderer(this.canvas, scene);
    this.camera = new Camera(scene.low, scene.high);
    this.list = new LabelList(scene, {
      choose: (label, add) => this.choose(label, add),
      go: (label) => this.go([label]),
    });
    control(this.canvas, this.camera, {
      changed: () => this.redraw(),
      clicked: (x, y, add) => this.click(x, y, add),
      went: () => this.go([...this.selected]),
    });
    this.#listen();
    this.#introduce();
    this.resize();
    this.camera.home();
    this.recolor();
    this.reselect();
  }

  get style() {
    return {
      ground: colorOf("--ground"),
      ink: colorOf("--ink"),
      hairline: HAIRLINE * this.density,
      tubes: byId("tubes").checked,
      selected: this.selected.size > 0,
      faded: this.selected.size > 0 && !byId("hide").checked,
    };
  }

  get states() {
    const others = byId("hide").checked ? HIDDEN : FADED;
    const states = new Uint8Array(this.scene.labels.length);
    states.fill(this.selected.size ? others : SHOWN);
    for (const label of this.selected) states[label] = SHOWN;
    return states;
  }

  /** Select a label, or with add, add it to the selection or take it away. */
  choose(label, add, vertex = -1) {
    const alone = this.selected.size === 1 && this.selected.has(label);
    if (!add) {
      this.selected = new Set(alone && vertex < 0 ? [] : [label]);
    } else if (!this.selected.delete(label)) {
      this.selected.add(label);
    }
    this.vertex = this.selected.has(label) ? vertex : -1;
    this.reselect();
  }

  click(x, y, add) {
    const { tubes } = this.style;
    const vertex = pick(this.scene, this.camera, this.states, x, y, { tubes, hairline: HAIRLINE });
    if (vertex >= 0) {
      const label = this.scene.owner[vertex];
      this.list.reveal(label);
      this.choose(label, add, vertex);
    } else if (!add) {
      this.clear();
    }
  }

  clear() {
    this.selected.clear();
    this.vertex = -1;
    this.reselect();
  }

  /** Bring labels into view; all of them, if none is given. */
  go(labels) {
    const { firstVertex, points, low, high } = this.scene;
    if (!labels.length) {
      this.camera.frame(low, high);
      return this.redraw();
    }
    const least = [Infinity, Infinity, Infinity], most = [-Infinity, -Infinity, -Infinity];
    for (const label of labels) {
      for (let i = 3 * firstVertex[label]; i < 3 * firstVertex[label + 1]; i++) {
        least[i % 3] = Math.min(least[i % 3], points[i]);
        most[i % 3] = Math.max(most[i % 3], points[i]);
      }
    }
    if (least[0] <= most[0]) this.camera.frame(least, most);
    this.redraw();
  }

  reselect() {
    this.renderer.setStates(this.states);
    this.list.selected = this.selected;
    this.list.render();
    showDetails(this.scene, this.selected, this.vertex, this.list.swatch);
    byId("clear").disabled = !this.selected.size;
    this.redraw();
  }

  recolor() {
    document.documentElement.dataset.theme = this.theme;
    byId("theme").textContent = this.theme === "dark" ? "Light" : "Dark";
    const colors = colorVertices(this.scene, this.by, this.theme);
    this.renderer.setColors(colors.bytes);
    showLegend(colors, this.scene.unit);
    this.list.swatch = (label) =>
      this.by === "label" ? css(categoryColor(label, this.theme)) : "transparent";
    this.reselect();
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth || !clientHeight) return;
    this.density = Math.min(devicePixelRatio || 1, 2);
    this.canvas.width = Math.round(clientWidth * this.density);
    this.canvas.height = Math.round(clientHeight * this.density);
    this.camera.resize(clientWidth, clientHeight);
    this.redraw();
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.renderer.draw(this.camera, this.style);
      drawScaleBar(this.camera, this.scene.unit);
      drawAxes(this.camera, this.theme);
      drawRing(this.camera, this.vertex >= 0 ? pointOf(this.scene, this.vertex) : null);
    });
  }

  find() {
    const { labels } = this.scene;
    this.list.filter(byId("search").value, byId("sort").value);
    const found = this.list.order.length;
    byId("matches").textContent = found === labels.length
      ? counted(found, "label")
      : `${found.toLocaleString("en-US")} of ${counted(labels.length, "label")}`;
  }

  #introduce() {
    const { labels, lengths, points, unit, attributes, components } = this.scene;
    const cable = lengths.reduce((sum, length) => sum + length, 0);
    byId("summary").textContent =
      `${counted(labels.length, "skeleton")}, ${quantity(cable, unit)} of cable, ` +
      counted(points.length / 3, "vertex", "vertices");
    const choices = [["label", "label"]];
    if (components.some((pieces) => pieces > 1)) choices.push(["component", "component"]);
    for (const { name, title } of attributes) choices.push([name, title.toLowerCase()]);
    byId("color").append(...choices.map(([value, text]) => new Option(text, value)));
    byId("color").value = this.by;
    byId("tubes").disabled = !this.scene.radius;
    this.find();
  }

  #listen() {
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    byId("search").addEventListener("input", () => this.find());
    byId("search").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.list.order.length) {
        this.selected.clear();
        this.choose(this.list.order[0], false);
      } else if (event.key === "ArrowDown") {
        byId("list").focus();
        event.preventDefault();
      }
    });
    byId("sort").addEventListener("change", () => this.find());
    byId("color").addEventListener("change", (event) => {
      this.by = event.target.value;
      this.recolor();
    });
    byId("tubes").addEventListener("change", () => this.redraw());
    byId("hide").addEventListener("change", () => this.reselect());
    byId("perspective").addEventListener("change", (event) => {
      this.camera.perspective = event.target.checked;
      this.redraw();
    });
    byId("fit").addEventListener("click", () => {
      this.camera.home();
      this.redraw();
    });
    byId("clear").addEventListener("click", () => this.clear());
    byId("theme").addEventListener("click", () => {
      this.theme = this.theme === "dark" ? "light" : "dark";
      this.recolor();
    });
    addEventListener("keydown", (event) => this.#shortcut(event));
    // The driver may take its memory back, for instance after sleep.
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.renderer = new Renderer(this.canvas, this.scene);
      this.recolor();
    });
  }

  #shortcut(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input[type=search], select");
    if (event.key === "Escape" && !(typing && event.target.value)) this.clear();
    else if (!typing && event.key === "/") byId("search").focus();
    else if (!typing && event.key.toLowerCase() === "f") this.go([...this.selected]);
    else return;
    event.preventDefault();
  }
}

function byId(id) {
  return document.getElementById(id);
}

/** Return a color of the style sheet, written as #rrggbb, as three numbers up to 1. */
function colorOf(name) {
  const code = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(code.slice(at, at + 2), 16) / 255);
}

try {
  const scene = await readScene();
  new Page(scene);
  byId("message").hidden = scene.labels.length > 0;
  byId("message").textContent = scene.labels.length ? "" : "No skeletons.";
  document.documentElement.dataset.ready = "true";
} catch (error) {
  byId("message").textContent = error.message;
  throw error;
}
