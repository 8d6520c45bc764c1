// Where one looks from. Axis y points down and z away, as in viewers of images.

const FIELD_OF_VIEW = 0.6;
const MARGIN = 1.08;
const MOST_ZOOM = 1e5;
/** Rows: what lies to the right, up, and toward the viewer. */
const LOOKS = {
  x: [[0, 0, 1], [0, -1, 0], [1, 0, 0]],
  y: [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
  z: [[1, 0, 0], [0, -1, 0], [0, 0, -1]],
};

class Camera {
  constructor(low, high) {
    this.low = low;
    this.high = high;
    this.middle = middleOf(low, high);
    this.reach = Math.max(Math.hypot(...high.map((value, axis) => value - low[axis])) / 2, 1e-6);
    this.flat = high[2] === low[2];
    this.perspective = false;
    this.pixels = [1, 1];
    this.home();
  }

  home() {
    this.rows = LOOKS.z.map((row) => [...row]);
    if (!this.flat) this.turn(-0.5, 0.35);
    this.frame(this.low, this.high);
  }

  look(axis) {
    this.rows = LOOKS[axis].map((row) => [...row]);
  }

  /** Bring a box into view without turning. */
  frame(low, high) {
    this.center = middleOf(low, high);
    const [across, up] = this.rows.map((row) =>
      row.reduce((sum, part, axis) => sum + Math.abs(part) * (high[axis] - low[axis]), 0));
    const [width, height] = this.pixels;
    const wanted = MARGIN * Math.max(up, (across * height) / width);
    this.span = Math.max(wanted, this.reach / 500);
  }

  resize(width, height) {
    this.pixels = [width, height];
  }

  /** Physical units per pixel, at the center of rotation. */
  get pixel() {
    return this.span / this.pixels[1];
  }

  /** Turn by angles about the vertical and the horizontal of the screen. */
  turn(sideways, upward) {
    const [c, s, d, t] = [Math.cos(sideways), Math.sin(sideways), Math.cos(upward), Math.sin(upward)];
    const [right, up, near] = this.rows;
    const side = right.map((value, i) => c * value + s * near[i]);
    const front = near.map((value, i) => c * value - s * right[i]);
    const top = up.map((value, i) => d * value - t * front[i]);
    const norm = Math.hypot(...side);
    this.rows[0] = side.map((value) => value / norm);
    const overlap = dot(top, this.rows[0]);
    const straight = top.map((value, i) => value - overlap * this.rows[0][i]);
    const length = Math.hypot(...straight);
    this.rows[1] = straight.map((value) => value / length);
    this.rows[2] = cross(this.rows[0], this.rows[1]);
  }

  /** Move what is seen by pixels to the right and down. */
  move(right, down) {
    const [across, up] = this.rows;
    this.center = this.center.map((value, axis) =>
      value - (right * across[axis] - down * up[axis]) * this.pixel);
  }

  /** Zoom by a factor; what lies under a pixel of the view stays there. */
  zoom(factor, x = this.pixels[0] / 2, y = this.pixels[1] / 2) {
    const span = Math.min(
      Math.max(this.span / factor, this.reach / MOST_ZOOM), 20 * this.reach);
    const share = 1 - span / this.span;
    this.move(share * (this.pixels[0] / 2 - x), share * (this.pixels[1] / 2 - y));
    this.span = span;
  }

  /**
   * The numbers that project: with e = rows * (point - center),
   * clip = (e.x * scaleX, e.y * scaleY, a - b * e.z, 1 - k * e.z).
   */
  projection() {
    const [width, height] = this.pixels;
    const distance = this.span / 2 / Math.tan(FIELD_OF_VIEW / 2);
    const k = this.perspective ? 1 / distance : 0;
    const offset = this.center.map((value, axis) => value - this.middle[axis]);
    const away = Math.hypot(...offset) + this.reach * 1.01;
    const near = this.perspective ? Math.min(away, 0.95 * distance) : away;
    const b = (2 - k * (near - away)) / (near + away);
    return {
      scaleX: (2 * height) / (width * this.span),
      scaleY: 2 / this.span,
      k,
      near,
      b,
      a: b * near - 1 + k * near,
      front: -dot(this.rows[2], offset),  // e.z of the middle of all
    };
  }

  /** Return where a point is on the view in pixels, its nearness, and its pixels per unit. */
  project(point) {
    const { k } = this.projection();
    const relative = [0, 1, 2].map((axis) => point[axis] - this.center[axis]);
    const [x, y, z] = this.rows.map((row) => dot(row, relative));
    const scale = 1 / ((1 - k * z) * this.pixel);
    return [this.pixels[0] / 2 + x * scale, this.pixels[1] / 2 - y * scale, z, scale];
  }
}

function middleOf(low, high) {
  return low.map((value, axis) => (value + high[axis]) / 2);
}

function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a, b) {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
