// The list of labels. Only the rows in sight are in the page, so that it may be long.

const ROW = 28;

class LabelList {
  /** choose(label, add) is called for a click or Enter, go(label) for a double click. */
  constructor(scene, { choose, go }) {
    this.scene = scene;
    this.list = document.getElementById("list");
    this.rows = document.getElementById("rows");
    this.order = [];
    this.active = 0;
    this.selected = new Set();
    this.swatch = () => "";
    this.list.addEventListener("scroll", () => this.render());
    this.list.addEventListener("keydown", (event) => this.#key(event, choose));
    this.rows.addEventListener("click", (event) => {
      const place = placeOf(event);
      if (place === null || event.detail > 1) return;  // a double click goes there
      this.active = place;
      choose(this.order[place], event.ctrlKey || event.metaKey);
    });
    this.rows.addEventListener("dblclick", (event) => {
      const place = placeOf(event);
      if (place !== null) go(this.order[place]);
    });
    new ResizeObserver(() => this.render()).observe(this.list);
  }

  /** Show the labels whose digits contain a text, in an order. */
  filter(text, sort) {
    const { labels, lengths } = this.scene;
    const wanted = text.trim();
    const found = [...labels.keys()].filter((label) => labels[label].includes(wanted));
    if (sort === "length") found.sort((a, b) => lengths[b] - lengths[a] || a - b);
    // Whoever types a whole label wants that one.
    const exact = found.findIndex((label) => labels[label] === wanted);
    if (exact > 0) found.unshift(...found.splice(exact, 1));
    this.order = found;
    this.active = 0;
    this.list.scrollTop = 0;
    this.render();
  }

  /** Bring a label's row into sight. */
  reveal(label) {
    const place = this.order.indexOf(label);
    if (place < 0) return;
    this.active = place;
    const top = place * ROW;
    const { scrollTop, clientHeight } = this.list;
    if (top < scrollTop) this.list.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.list.scrollTop = top + ROW - clientHeight;
  }

  render() {
    const { labels, lengths, unit } = this.scene;
    this.rows.style.height = `${this.order.length * ROW}px`;
    const first = Math.max(Math.floor(this.list.scrollTop / ROW) - 4, 0);
    const last = Math.ceil((this.list.scrollTop + this.list.clientHeight) / ROW) + 4;
    const shown = this.order.slice(first, last).map((label, i) => {
      const place = first + i;
      const row = element("div", { className: "option", id: `option-${place}` },
        element("i"), element("b", { textContent: labels[label] }),
        element("span", { textContent: quantity(lengths[label], unit) }));
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(this.selected.has(label)));
      row.setAttribute("aria-posinset", String(place + 1));
      row.setAttribute("aria-setsize", String(this.order.length));
      row.classList.toggle("active", place === this.active);
      row.dataset.place = place;
      row.style.top = `${place * ROW}px`;
      row.firstChild.style.background = this.swatch(label);
      return row;
    });
    this.rows.replaceChildren(...shown);
    this.list.setAttribute("aria-activedescendant", `option-${this.active}`);
  }

  #key(event, choose) {
    const page = Math.max(Math.floor(this.list.clientHeight / ROW) - 1, 1);
    const end = this.order.length - 1;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -end, End: end };
    if (event.key in step && end >= 0) {
      this.active = Math.min(Math.max(this.active + step[event.key], 0), end);
      this.reveal(this.order[this.active]);
      this.render();
    } else if ((event.key === "Enter" || event.key === " ") && end >= 0) {
      choose(this.order[this.active], event.ctrlKey || event.metaKey || event.key === " ");
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

function placeOf(event) {
  const row = event.target.closest(".option");
  return row && Number(row.dataset.place);
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
