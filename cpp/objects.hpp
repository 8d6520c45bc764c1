// The objects of an image: its connected components with their voxels and distances to boundary.
#pragma once

#include "components.hpp"

namespace kimimaro {

// A span as its component lists it.
struct Run {
  u32 begin, end;  // in x
  u32 row;         // y + z * shape.y
  u32 offset;      // of its first voxel among the kept voxels of its row
};

struct Component {
  u64 label = 0;
  u64 voxels = 0;
  u64 first_run = 0, runs = 0;
  Voxel lo, hi;  // bounding box, hi exclusive
  float max_dbf = 0;
  bool put_off = false;  // measured once its holes are filled; max_dbf is a lower bound till then

  Shape extent() const { return {hi.x - lo.x, hi.y - lo.y, hi.z - lo.z}; }
};

// Voxels are stored compactly: only those of kept components, in raster order.
struct Objects {
  Shape shape;
  Voxel origin;  // of this frame in the image it was cut from
  VoxelSize size;
  std::array<bool, 3> edges{};  // along which axes the edge of the image is a boundary
  std::vector<Component> components;
  std::vector<Run> runs;        // by component, each in raster order
  Rows before;                  // kept voxels before each row
  Buffer<float> dbf;            // distance to boundary of each kept voxel
  std::vector<Component> dust;  // what was too small to keep: label and voxels only
  Barriers barriers;            // forbidden steps, if there are any

  // One label that fills the image has no boundary but the image's edge. An axis along which the
  // image is one voxel thick has no edge.
  void bound_if_solid(bool solid) {
    const bool single = shape.voxels() == 1;
    edges = {solid && (shape.x > 1 || single), solid && (shape.y > 1 || single),
             solid && (shape.z > 1 || single)};
  }

  std::span<const Run> runs_of(const Component& c) const {
    return {runs.data() + c.first_run, c.runs};
  }
  u64 storage(const Run& run) const { return before[run.row] + run.offset; }
  u64 voxels() const { return before.back(); }
  Voxel place(const Run& run, u32 x) const {
    return {x, static_cast<u32>(run.row % shape.y), static_cast<u32>(run.row / shape.y)};
  }
};

// Keeps the components of more than dust voxels and drops the others' spans.
inline Objects collect_objects(Spans& s, u32 components, u64 dust, VoxelSize size) {
  Objects objects;
  objects.shape = s.shape;
  objects.size = size;
  std::vector<Component> all(components);
  for (u64 i = 0; i < s.spans.size(); i++) {
    Component& c = all[s.spans[i].component];
    c.voxels += s.spans[i].end - s.spans[i].begin;
    if (!c.runs++) c.label = s.labels[i];
  }
  s.labels = {};
  std::vector<u32> renumbered(components, kNoComponent);
  u64 first_run = 0;
  for (u32 i = 0; i < components; i++) {
    if (all[i].voxels > dust) {
      renumbered[i] = static_cast<u32>(objects.components.size());
      all[i].first_run = first_run;
      first_run += all[i].runs;
      all[i].runs = 0;  // counted again while they are placed
      all[i].lo = {~0u, ~0u, ~0u};
      objects.components.push_back(all[i]);
    } else {
      objects.dust.push_back(all[i]);
    }
  }
  objects.bound_if_solid(components == 1 && all[0].voxels == s.shape.voxels());
  objects.runs.resize(first_run);
  const Rows first = std::exchange(s.first, {});
  s.first.reserve(s.shape.rows(), first.rows_with_some());
  objects.before.reserve(s.shape.rows(), first.rows_with_some());
  u64 kept = 0, voxels = 0;
  for (u64 row = 0, begin = 0; row < s.shape.rows(); row++) {
    const u64 end = first[row + 1], before = voxels;
    const u32 y = static_cast<u32>(row % s.shape.y), z = static_cast<u32>(row / s.shape.y);
    for (u64 i = begin; i < end; i++) {
      Span span = s.spans[i];
      span.component = renumbered[span.component];
      if (span.component == kNoComponent) continue;
      Component& c = objects.components[span.component];
      objects.runs[c.first_run + c.runs++] = {span.begin, span.end, static_cast<u32>(row),
                                              static_cast<u32>(voxels - before)};
      c.lo = {std::min(c.lo.x, span.begin), std::min(c.lo.y, y), std::min(c.lo.z, z)};
      c.hi = {std::max(c.hi.x, span.end), std::max(c.hi.y, y + 1), std::max(c.hi.z, z + 1)};
      voxels += span.end - span.begin;
      s.spans[kept++] = span;
    }
    begin = end;
    s.first.end_row(kept);
    objects.before.end_row(voxels);
  }
  s.spans.resize(kept);
  return objects;
}

}  // namespace kimimaro
