// Cross sections of many skeletons through one image.
#pragma once

#include "graph_normals.hpp"
#include "repair.hpp"
#include "section.hpp"

namespace kimimaro {

// Vertices, edges and what becomes of the vertices, of all skeletons one behind the other; edges
// count a skeleton's own vertices.
struct SectionJob {
  std::span<const u64> labels;  // of the skeletons, as the engine knows them
  std::span<const u64> vertex_offsets, edge_offsets;
  std::span<const graph::Point> vertices;
  std::span<const graph::Direction> voxels;  // the one that each vertex lies in, or outside
  std::span<const graph::Edge> edges;
  std::span<const u8> wanted;
  graph::CutRule rule;
  bool fill_holes = false;

  u64 size() const { return labels.size(); }
};

struct SectionResult {
  std::vector<float> areas;
  std::vector<u8> contacts, cut;  // for each vertex; cut tells whether it was
  std::vector<u8> present;        // for each skeleton, whether the image has its label
};

namespace detail {

// The cuts of one skeleton, and which vertices share the place of each vertex that is cut.
struct SkeletonPlan {
  std::vector<graph::Cut> cuts;
  std::vector<Section> sections;
  std::vector<u32> place;  // of each vertex, a number below places
  u64 places = 0;
  std::vector<u32> first;  // a vertex at each place
};

inline SkeletonPlan plan_sections(const SectionJob& job, u64 i, const Control& control) {
  const u64 begin = job.vertex_offsets[i], size = job.vertex_offsets[i + 1] - begin;
  const std::span<const graph::Point> vertices = job.vertices.subspan(begin, size);
  const graph::Graph whole{
      vertices,
      job.edges.subspan(job.edge_offsets[i], job.edge_offsets[i + 1] - job.edge_offsets[i])};
  const graph::Subgraph merged = graph::consolidate(whole, control);
  SkeletonPlan plan;
  plan.places = merged.vertices.size();
  plan.first = merged.vertices;
  std::vector<graph::Point> points;
  std::vector<graph::Direction> voxels;
  for (u32 v : merged.vertices) {
    points.push_back(vertices[v]);
    voxels.push_back(job.voxels[begin + v]);
  }
  std::vector<bool> wanted(plan.places);
  plan.place.resize(size);
  for (u64 v = 0; v < size; v++) {
    const auto at = std::lower_bound(points.begin(), points.end(), vertices[v]);
    plan.place[v] = static_cast<u32>(at - points.begin());
    if (job.wanted[begin + v]) wanted[plan.place[v]] = true;
  }
  plan.cuts = graph::CutPlan({points, merged.edges}, voxels, wanted, job.rule).take();
  plan.sections.resize(plan.cuts.size());
  return plan;
}

// The mean over the cuts through a vertex, in order, and all their contacts.
inline void collect_sections(const SectionJob& job, u64 i, const SkeletonPlan& plan,
                             SectionResult& result) {
  struct Mean {
    double area = 0, weight = 0;
    u8 contacts = 0;
  };
  std::vector<Mean> means(plan.places);
  for (u64 c = 0; c < plan.cuts.size(); c++) {
    if (!plan.sections[c].found) continue;
    Mean& mean = means[plan.cuts[c].vertex];
    mean.area += plan.sections[c].area * plan.cuts[c].weight;
    mean.weight += plan.cuts[c].weight;
    mean.contacts |= plan.sections[c].contacts;
  }
  const u64 begin = job.vertex_offsets[i];
  for (u64 v = 0; v < plan.place.size(); v++) {
    const Mean& mean = means[plan.place[v]];
    if (mean.weight == 0 || !job.wanted[begin + v]) continue;
    result.areas[begin + v] = static_cast<float>(mean.area / mean.weight);
    result.contacts[begin + v] = mean.contacts;
    result.cut[begin + v] = 1;
  }
}

template <class T>
T in_memory(u64 label, bool swapped) {
  T value = static_cast<T>(label);
  if (swapped) {
    auto* bytes = reinterpret_cast<u8*>(&value);
    std::reverse(bytes, bytes + sizeof(T));
  }
  return value;
}

template <class T>
Solid<T> object_of(const Volume<T>& volume, u64 label) {
  const Shape s = volume.shape;
  return {volume.data,
          volume.stride,
          {0, 0, 0},
          {static_cast<i64>(s.x), static_cast<i64>(s.y), static_cast<i64>(s.z)},
          in_memory<T>(label, volume.swapped)};
}

// An object with its holes filled, as one byte for each voxel of its box.
class FilledObject {
 public:
  // The spans carry labels; those of this one are filled.
  FilledObject(const Spans& spans, std::span<const u64> own, Control& control) {
    const Shape image = spans.shape;
    Axes lo{~u32{0}, ~u32{0}, ~u32{0}}, hi{0, 0, 0};
    std::vector<u64> row_of(own.size());
    for (u64 i = 0; i < own.size(); i++) {
      row_of[i] = spans.first.row_of(own[i]);
      const Span& span = spans.spans[own[i]];
      const Axes a{span.begin, static_cast<i64>(row_of[i] % image.y),
                   static_cast<i64>(row_of[i] / image.y)};
      const Axes b{span.end, a[1] + 1, a[2] + 1};
      for (u32 axis = 0; axis < 3; axis++) {
        lo[axis] = std::min(lo[axis], a[axis]);
        hi[axis] = std::max(hi[axis], b[axis]);
      }
    }
    const Axes extent{static_cast<i64>(image.x), static_cast<i64>(image.y),
                      static_cast<i64>(image.z)};
    for (u32 axis = 0; axis < 3; axis++) {
      lo_[axis] = std::max<i64>(lo[axis] - 1, 0);
      hi_[axis] = std::min(hi[axis] + 1, extent[axis]);
    }
    const Shape shape = box();
    voxels_.assign(shape.voxels(), 0);
    Spans cut{.shape = shape, .first = {}, .spans = {}, .labels = {}};
    for (u64 i = 0; i < own.size(); i++) {
      const u64 row = row_of[i] % image.y - static_cast<u64>(lo_[1]) +
                      (row_of[i] / image.y - static_cast<u64>(lo_[2])) * shape.y;
      const u32 shift = static_cast<u32>(lo_[0]);
      const Span& span = spans.spans[own[i]];
      cut.first.end_rows(row, cut.spans.size());
      cut.spans.push_back({span.begin - shift, span.end - shift, 0});
    }
    cut.first.end_rows(shape.rows(), cut.spans.size());
    cut.labels.assign(cut.spans.size(), 1);
    paint(cut);
    paint(find_holes(cut, control));
  }
  Solid<u8> object() const {
    const Shape s = box();
    return {reinterpret_cast<const std::byte*>(voxels_.data()),
            {1, static_cast<i64>(s.x), static_cast<i64>(s.x * s.y)},
            lo_,
            hi_,
            1};
  }

 private:
  Shape box() const {
    return {static_cast<u64>(hi_[0] - lo_[0]), static_cast<u64>(hi_[1] - lo_[1]),
            static_cast<u64>(hi_[2] - lo_[2])};
  }
  void paint(const Spans& s) {
    for (u64 row = 0; row < s.shape.rows(); row++)
      for (const Span& span : s.row(row))
        std::fill_n(voxels_.begin() + static_cast<i64>(row * s.shape.x + span.begin),
                    span.end - span.begin, u8{1});
  }
  Axes lo_{}, hi_{};
  std::vector<u8> voxels_;
};

}  // namespace detail

// Cuts all skeletons on so many threads.
template <class T>
class SectionCutter {
 public:
  SectionCutter(const Volume<T>& volume, VoxelSize size, const SectionJob& job, unsigned threads,
                Control& control)
      : volume_(volume),
        size_(size),
        job_(job),
        threads_(std::max(threads, 1u)),
        control_(control),
        plans_(job.size()),
        sectioners_(threads_) {}

  SectionResult run() {
    parallel_for(threads_, job_.size(), [&](u64 i, unsigned) {
      control_.check();
      plans_[i] = detail::plan_sections(job_, i, control_);
      control_.total += plans_[i].cuts.size();
    });
    result_.areas.resize(job_.vertices.size());
    result_.contacts.resize(job_.vertices.size());
    result_.cut.resize(job_.vertices.size());
    result_.present.resize(job_.size());
    if (job_.fill_holes)
      cut_filled();
    else
      cut_plain();
    for (u64 i = 0; i < job_.size(); i++) detail::collect_sections(job_, i, plans_[i], result_);
    return std::move(result_);
  }

 private:
  static constexpr u64 kChunk = 32;  // sections that a thread takes at a time

  void cut_plain() {
    struct Chunk {
      u64 skeleton, begin, end;
    };
    std::vector<Chunk> chunks;
    for (u64 i = 0; i < plans_.size(); i++)
      for (u64 begin = 0; begin < plans_[i].cuts.size(); begin += kChunk)
        chunks.push_back({i, begin, std::min<u64>(begin + kChunk, plans_[i].cuts.size())});
    parallel_for(threads_, chunks.size(), [&](u64 c, unsigned worker) {
      const Chunk& chunk = chunks[c];
      const auto object = detail::object_of(volume_, job_.labels[chunk.skeleton]);
      cut(object, chunk.skeleton, chunk.begin, chunk.end, sectioners_[worker]);
    });
    std::vector<u64> doubtful;
    for (u64 i = 0; i < plans_.size(); i++) {
      for (const Section& section : plans_[i].sections)
        if (section.found) result_.present[i] = 1;
      if (!result_.present[i]) doubtful.push_back(job_.labels[i]);
    }
    if (doubtful.empty()) return;
    const Spans spans = read(std::move(doubtful));
    std::vector<u64> there(spans.labels.begin(), spans.labels.end());
    std::sort(there.begin(), there.end());
    for (u64 i = 0; i < plans_.size(); i++)
      if (std::binary_search(there.begin(), there.end(), job_.labels[i])) result_.present[i] = 1;
  }

  void cut_filled() {
    std::vector<u64> labels(job_.labels.begin(), job_.labels.end());
    const Spans spans = read(std::move(labels));
    std::vector<std::pair<u64, u64>> by_label(spans.spans.size());
    for (u64 i = 0; i < by_label.size(); i++) by_label[i] = {spans.labels[i], i};
    std::sort(by_label.begin(), by_label.end());
    parallel_for(threads_, job_.size(), [&](u64 i, unsigned worker) {
      std::vector<u64> own;
      for (auto at = std::lower_bound(by_label.begin(), by_label.end(),
                                      std::pair(job_.labels[i], u64{0}));
           at != by_label.end() && at->first == job_.labels[i]; ++at)
        own.push_back(at->second);
      result_.present[i] = !own.empty();
      if (own.empty() || plans_[i].cuts.empty()) return;
      const detail::FilledObject filled(spans, own, control_);
      cut(filled.object(), i, 0, plans_[i].cuts.size(), sectioners_[worker]);
    });
  }

  template <class Object>
  void cut(const Object& object, u64 i, u64 begin, u64 end, Sectioner& sectioner) {
    detail::SkeletonPlan& plan = plans_[i];
    for (u64 c = begin; c < end; c++) {
      control_.check();
      const u32 vertex = plan.first[plan.cuts[c].vertex];
      plan.sections[c] =
          sectioner.cut(object, volume_.shape, size_, job_.voxels[job_.vertex_offsets[i] + vertex],
                        plan.cuts[c].normal);
      control_.advance(1);
    }
  }

  Spans read(std::vector<u64> labels) {
    std::sort(labels.begin(), labels.end());
    Control unseen{.outer = &control_};
    return read_spans(volume_, Selection{.everything = false, .labels = std::move(labels)},
                      threads_, unseen);
  }

  const Volume<T>& volume_;
  VoxelSize size_;
  const SectionJob& job_;
  unsigned threads_;
  Control& control_;
  std::vector<detail::SkeletonPlan> plans_;
  std::vector<Sectioner> sectioners_;
  SectionResult result_;
};

}  // namespace kimimaro
