// Compares how thick components surely are with how thick they are; built and run by
// test_checks.py.
#include <cstdio>

#include "../cpp/thick.hpp"
#include "scene.hpp"

using namespace kimimaro;

namespace {

struct Check {
  Control control;
  u64 compared = 0;

  // No voxel is farther than off from the middle of its cell. A cell within twice as far of a voxel
  // that is as thick is full, so the bound is short by no more than four times off.
  bool holds(Scene& scene, VoxelSize size) {
    Objects& objects = scene.objects;
    objects.size = size;
    if (objects.components.size() == 1 && objects.voxels() == objects.shape.voxels()) return true;
    measure_distance(scene.spans, objects, 1u, control);
    const float off = 1.5f * std::hypot(size.x, size.y, size.z);
    for (const Component& c : objects.components) {
      const float least = least_thickness(objects, c, 1, control);
      if (least > c.max_dbf) return false;
      if (c.max_dbf <= 2 * off) continue;
      if (least < (c.max_dbf - 4 * off) * (1 - 1e-5f)) return false;
      compared++;
    }
    return true;
  }

  // Whether it ends soon when the work that it is part of is to stop.
  bool stops() {
    const Scene scene({20, 20, 20}, [](Voxel v) { return v.x > 1; });
    Control stopped;
    stopped.stop = true;
    try {
      least_thickness(scene.objects, scene.largest(), 1, stopped);
    } catch (const Cancelled&) {
      return true;
    }
    return false;
  }
};

}  // namespace

int main() {
  std::mt19937 random(1);
  Check check;
  for (int round = 0; round < 3000; round++) {
    auto within = [&](u32 from, u32 to) { return from + static_cast<u32>(random() % (to - from)); };
    auto length = [&] { return std::uniform_real_distribution<float>(0.5, 2)(random); };
    const bool flat = round % 5 == 0;
    const Shape shape{within(1, 60), within(1, 60), flat ? 1 : within(1, 40)};
    const VoxelSize size{length(), length(), length()};
    // What a few balls have in common with the image, or what they leave of it.
    std::vector<std::pair<Voxel, float>> balls(within(1, 4));
    for (auto& [centre, radius] : balls) {
      centre = {within(0, 70), within(0, 70), flat ? 0 : within(0, 50)};
      radius = static_cast<float>(within(1, 45));
    }
    const bool outside = round % 3 == 0, pitted = round % 2;
    Scene scene(shape, [&](Voxel v) {
      bool inside = false;
      for (const auto& [centre, radius] : balls)
        inside |= squared_distance(v, centre, size) < radius * radius;
      return inside != outside && !(pitted && random() % 5000 == 0);
    });
    if (!check.holds(scene, size)) return 1;
  }
  if (!check.stops()) return 2;
  std::printf("%llu\n", static_cast<unsigned long long>(check.compared));
  return 0;
}
