// Which components are surely thick, before distances are known: by the distances between cells of
// 4^3 voxels that a component fills, which take a few ms where those of its voxels take a second.
#pragma once

#include "distance.hpp"

namespace kimimaro {

namespace detail {

constexpr u32 kThickCell = 4;  // voxels along each axis; of larger ones too many have a hole

// The cells that a component fills, as far as the image goes, as spans of one component in the
// frame of its bounding box with a cell around it where the image has one.
inline Spans full_cells(const Objects& objects, const Component& c) {
  struct Axis {
    u32 size;          // of the image, in voxels
    u32 first, cells;  // of the frame
    Axis(u64 size, u32 lo, u32 hi) : size(static_cast<u32>(size)) {
      first = lo / kThickCell - (lo >= kThickCell);
      cells = std::min((hi - 1) / kThickCell + 2, (this->size - 1) / kThickCell + 1) - first;
    }
    // The voxels of a cell.
    std::pair<u32, u32> within(u32 cell) const {
      const u32 begin = (first + cell) * kThickCell;
      return {begin, std::min(begin + kThickCell, size)};
    }
  };
  const Axis x(objects.shape.x, c.lo.x, c.hi.x), y(objects.shape.y, c.lo.y, c.hi.y),
      z(objects.shape.z, c.lo.z, c.hi.z);
  Spans cells{.shape = {x.cells, y.cells, z.cells}, .first = {}, .spans = {}, .labels = {}};
  std::vector<u8> rows(u64{x.cells} * y.cells);  // of the image that fill each cell of a layer
  const std::span<const Run> runs = objects.runs_of(c);
  auto run = runs.begin();
  for (u32 layer = 0; layer < z.cells; layer++) {
    std::fill(rows.begin(), rows.end(), 0);
    const auto [front, back] = z.within(layer);
    for (; run != runs.end() && run->row < back * objects.shape.y; ++run) {
      const u32 row = static_cast<u32>(run->row % objects.shape.y) / kThickCell - y.first;
      // A cell that the image cuts off is filled up to its edge.
      const u32 end = run->end / kThickCell + (run->end == x.size && run->end % kThickCell != 0);
      for (u32 cell = (run->begin + kThickCell - 1) / kThickCell; cell < end; cell++)
        rows[u64{row} * x.cells + cell - x.first]++;
    }
    for (u32 row = 0; row < y.cells; row++) {
      const auto [top, bottom] = y.within(row);
      const u8* filled = rows.data() + u64{row} * x.cells;
      const u32 all = (bottom - top) * (back - front);
      for (u32 cell = 0; cell < x.cells; cell++) {
        if (filled[cell] != all) continue;
        if (cell && filled[cell - 1] == all)
          cells.spans.back().end++;
        else
          cells.spans.push_back({cell, cell + 1, 0});
      }
      cells.first.end_row(cells.spans.size());
    }
  }
  cells.labels.assign(cells.spans.size(), 1);
  return cells;
}

}  // namespace detail

// A lower bound of the largest distance to boundary of a component.
inline float least_thickness(const Objects& objects, const Component& c, unsigned threads,
                             Control& control) {
  constexpr float kCell = detail::kThickCell;
  Spans cells = detail::full_cells(objects, c);
  if (cells.spans.empty()) return 0;
  const VoxelSize size = objects.size;
  Objects whole = collect_objects(cells, 1, 0, {kCell * size.x, kCell * size.y, kCell * size.z});
  Control unseen{.outer = &control};
  measure_distance(cells, whole, threads, unseen);
  // No voxel is farther from the middle of its cell than this.
  const float off = (kCell - 1) / 2 * std::hypot(size.x, size.y, size.z);
  return whole.components.front().max_dbf * (1 - 0x1p-20f) - 2 * off;
}

// Puts off the components that are surely thicker than a threshold, to be measured once their holes
// are filled: their spans belong to none from now on. Looks for them among those that would fill
// the cube around a ball of this radius, so that it takes no time where there is none.
inline void put_off_thick(Spans& s, Objects& objects, float threshold, unsigned threads,
                          Control& control) {
  if (objects.barriers.any() || objects.edges[0] || objects.edges[1] || objects.edges[2]) return;
  // To measure fewer voxels twice takes no time either.
  constexpr double kLeast = u64{1} << 12;
  double cube = 1;
  if (objects.shape.x > 1) cube *= 2 * double{threshold} / objects.size.x;
  if (objects.shape.y > 1) cube *= 2 * double{threshold} / objects.size.y;
  if (objects.shape.z > 1) cube *= 2 * double{threshold} / objects.size.z;
  bool any = false;
  for (Component& c : objects.components) {
    if (static_cast<double>(c.voxels) < std::max(cube, kLeast)) continue;
    const float least = least_thickness(objects, c, threads, control);
    if (!(least > threshold)) continue;
    c.max_dbf = least;
    c.put_off = any = true;
  }
  if (!any) return;
  for (Span& span : s.spans)
    if (objects.components[span.component].put_off) span.component = kNoComponent;
}

}  // namespace kimimaro
