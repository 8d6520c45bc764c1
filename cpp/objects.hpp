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
  // Takes in what more there is of it, later in raster order.
  void add(const Component& later) {
    if (!later.runs) return;
    if (!runs) label = later.label, lo = later.lo;
    voxels += later.voxels;
    runs += later.runs;
    lo = {std::min(lo.x, later.lo.x), std::min(lo.y, later.lo.y), std::min(lo.z, later.lo.z)};
    hi = {std::max(hi.x, later.hi.x), std::max(hi.y, later.hi.y), std::max(hi.z, later.hi.z)};
  }
};

// Voxels are stored compactly: only those of kept components, in raster order.
struct Objects {
  Shape shape;
  Voxel origin;  // of this frame in the image it was cut from
  VoxelSize size;
  std::array<bool, 3> edges{};  // along which axes the edge of the image is a boundary
  std::vector<Component> components;
  Bulk<Run> runs;               // by component, each in raster order
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

namespace detail {

// Rows whose objects one thread collects.
struct Part {
  u64 begin = 0, end = 0;
  std::vector<Component> components;  // what of each is there
  u64 runs = 0;                       // that are kept, before it
  Rows first, before;                 // what is kept of its rows

  // Calls work(i, row) for each of its spans, and end_row() after each row.
  template <class Work, class EndRow>
  void for_each_span(const Rows& spans, Work&& work, EndRow&& end_row) const {
    for (u64 row = begin, i = spans[begin]; row < end; row++) {
      for (const u64 last = spans[row + 1]; i < last; i++) work(i, row);
      end_row();
    }
  }
};

}  // namespace detail

// Keeps the components of more than dust voxels and drops the others' spans.
inline Objects collect_objects(Spans& s, u32 components, u64 dust, VoxelSize size,
                               unsigned threads = 1) {
  using detail::Part;
  Objects objects;
  objects.shape = s.shape;
  objects.size = size;
  // As many threads share the rows as leaves what they count little beside the spans.
  const u64 spans = s.spans.size(), most = spans / 8 / std::max(components, 1u);
  std::vector<Part> parts(std::clamp<u64>(most, 1, workers(threads)));
  for (u64 p = 1; p < parts.size(); p++)
    parts[p].begin = parts[p - 1].end = s.first.row_of(p * spans / parts.size());
  parts.back().end = s.shape.rows();
  auto for_each_part = [&](auto&& work) {
    parallel_for(threads, parts.size(), [&](u64 p, unsigned) { work(parts[p]); });
  };
  for_each_part([&](Part& part) {
    part.components.resize(components);
    auto count = [&](u64 i, u64 row) {
      const Span& span = s.spans[i];
      const u32 y = static_cast<u32>(row % s.shape.y), z = static_cast<u32>(row / s.shape.y);
      part.components[span.component].add({.label = s.labels[i],
                                           .voxels = span.end - span.begin,
                                           .runs = 1,
                                           .lo = {span.begin, y, z},
                                           .hi = {span.end, y + 1, z + 1}});
    };
    part.for_each_span(s.first, count, [] {});
  });
  s.labels = {};
  std::vector<u32> renumbered(components, kNoComponent);
  u64 runs = 0;
  for (u32 i = 0; i < components; i++) {
    Component c;
    for (const Part& part : parts) c.add(part.components[i]);
    if (components == 1) objects.bound_if_solid(c.voxels == s.shape.voxels());
    if (c.voxels <= dust) {
      objects.dust.push_back(c);
      continue;
    }
    renumbered[i] = static_cast<u32>(objects.components.size());
    c.first_run = runs;
    for (Part& part : parts) {
      Component& own = part.components[i];
      own.first_run = std::exchange(runs, runs + own.runs);
      part.runs += own.runs;
    }
    objects.components.push_back(c);
  }
  u64 before = 0;
  for (Part& part : parts) part.runs = std::exchange(before, before + part.runs);
  objects.runs.resize(runs);
  // In place, unless others read what would be written.
  Bulk<Span> apart(parts.size() > 1 ? runs : 0);
  Bulk<Span>& placed = parts.size() > 1 ? apart : s.spans;
  for_each_part([&](Part& part) {
    for (Rows* rows : {&part.first, &part.before})
      rows->reserve(part.end - part.begin, s.first.rows_with_some() / parts.size() + 1);
    u64 kept = 0, voxels = 0, in_rows_before = 0;
    auto place = [&](u64 i, u64 row) {
      const Span span = s.spans[i];
      const u32 component = renumbered[span.component];
      if (component == kNoComponent) return;
      objects.runs[part.components[span.component].first_run++] = {
          span.begin, span.end, static_cast<u32>(row), static_cast<u32>(voxels - in_rows_before)};
      voxels += span.end - span.begin;
      placed[part.runs + kept++] = {span.begin, span.end, component};
    };
    part.for_each_span(s.first, place, [&] {
      in_rows_before = voxels;
      part.first.end_row(kept);
      part.before.end_row(voxels);
    });
  });
  if (parts.size() > 1) s.spans = std::move(apart);
  s.spans.resize(runs);
  s.first = {};
  for (Part& part : parts) {
    s.first.append(std::move(part.first));
    objects.before.append(std::move(part.before));
  }
  return objects;
}

}  // namespace kimimaro
