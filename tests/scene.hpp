// Something to search for the programs of test_checks.py.
#pragma once

#include <random>

#include "../cpp/objects.hpp"

namespace kimimaro {

// One object: a part of the voxels of a box, of which so many planes at the lower ends are empty.
struct Scene {
  std::vector<u8> labels;
  Spans spans;
  Objects objects;

  Scene(Shape shape, double filled, std::mt19937& random, Voxel empty = {})
      : labels(shape.voxels()) {
    for (u64 z = empty.z; z < shape.z; z++)
      for (u64 y = empty.y; y < shape.y; y++)
        for (u64 x = empty.x; x < shape.x; x++)
          labels[x + shape.x * (y + shape.y * z)] = std::bernoulli_distribution(filled)(random);
    labels.back() = 1;
    const i64 x = static_cast<i64>(shape.x), y = static_cast<i64>(shape.y);
    const Volume<u8> volume{
        reinterpret_cast<const std::byte*>(labels.data()), shape, {1, x, x * y}};
    Control control;
    spans = read_spans(volume, Selection(), 1, control);
    const u32 count = label_components(spans, Connectivity::full, 1, control);
    objects = collect_objects(spans, count, 0, VoxelSize());
  }
  const Component& largest() const {
    return *std::max_element(
        objects.components.begin(), objects.components.end(),
        [](const Component& a, const Component& b) { return a.voxels < b.voxels; });
  }
};

}  // namespace kimimaro
