// Something to search for the programs of test_checks.py.
#pragma once

#include <random>

#include "../cpp/objects.hpp"

namespace kimimaro {

struct Scene {
  std::vector<u8> labels;
  Spans spans;
  Objects objects;

  // A part of the voxels of a box, of which so many planes at the lower ends are empty.
  Scene(Shape shape, double filled, std::mt19937& random, Voxel empty = {})
      : Scene(shape, [&](Voxel v) {
          return v.x >= empty.x && v.y >= empty.y && v.z >= empty.z &&
                 std::bernoulli_distribution(filled)(random);
        }) {}
  // The voxels of a box that belong to it, and the last one.
  template <class Belongs>
  Scene(Shape shape, Belongs&& belongs) : labels(shape.voxels()) {
    for (u32 z = 0; z < shape.z; z++)
      for (u32 y = 0; y < shape.y; y++)
        for (u32 x = 0; x < shape.x; x++)
          labels[x + shape.x * (y + shape.y * z)] = belongs(Voxel{x, y, z});
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
