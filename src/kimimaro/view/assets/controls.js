// Mouse, touch and keys on the canvas.

const TURN = 0.007;
const CLICK_REACH = 4;

/** Move a camera; changed() follows every move, clicked(x, y, add) a press without a drag. */
function control(canvas, camera, { changed, clicked, went }) {
  const fingers = new Map();
  let travelled = 0;

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    if (!fingers.size) travelled = 0;
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = [event.offsetX, event.offsetY];
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    travelled += Math.hypot(dx, dy);
    if (fingers.size === 2) {
      pinch(camera, before, now, [...fingers].find(([id]) => id !== event.pointerId)[1]);
    } else if (travelled > CLICK_REACH) {
      if (event.shiftKey || event.buttons & 6) camera.move(dx, dy);
      else camera.turn(dx * TURN, dy * TURN);
    }
    fingers.set(event.pointerId, now);
    changed();
  });
  canvas.addEventListener("pointerup", (event) => {
    const alone = fingers.size === 1 && fingers.has(event.pointerId);
    fingers.delete(event.pointerId);
    if (alone && travelled <= CLICK_REACH && event.button === 0) {
      clicked(event.offsetX, event.offsetY, event.ctrlKey || event.metaKey);
    }
  });
  canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("dblclick", () => went());
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    camera.zoom(Math.exp(-event.deltaY * lines * 0.0015), event.offsetX, event.offsetY);
    changed();
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!steer(camera, event)) return;
    event.preventDefault();
    changed();
  });
}

/** Two fingers move what is between them, and zoom by their distance. */
function pinch(camera, before, now, other) {
  const distance = (finger) => Math.max(Math.hypot(finger[0] - other[0], finger[1] - other[1]), 1);
  camera.move((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  camera.zoom(distance(now) / distance(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
}

function steer(camera, { key, shiftKey }) {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (key in arrows) {
    const [x, y] = arrows[key];
    if (shiftKey) camera.move(40 * x, 40 * y);
    else camera.turn(0.1 * x, 0.1 * y);
  } else if (key === "+" || key === "=") {
    camera.zoom(1.2);
  } else if (key === "-" || key === "_") {
    camera.zoom(1 / 1.2);
  } else if (key === "0") {
    camera.home();
  } else if (["x", "y", "z"].includes(key.toLowerCase())) {
    camera.look(key.toLowerCase());
  } else {
    return false;
  }
  return true;
}
