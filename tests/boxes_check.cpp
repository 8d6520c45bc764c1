// Compares boxes that are within reach with a look at each voxel; built and run by test_checks.py.
#include <cstdio>
#include <random>

#include "../cpp/boxes.hpp"

using namespace kimimaro;

int main() {
  std::mt19937 random(1);
  const VoxelSize size{16, 16, 40};
  const Voxel lo{3, 5, 7}, hi{35, 31, 23};
  // Boxes of 2 x 2 x 1 voxels are not divided: half their diagonal, and from a voxel to the middle.
  const double half = std::hypot(32., 32., 40.) / 2, off = std::hypot(8., 8.);
  u64 compared = 0, covered = 0;
  ReachedBoxes boxes(size);
  for (int round = 0; round < 60; round++) {
    struct Site {
      Voxel at;
      float reach;
    };
    std::vector<Site> sites(1 + random() % 12);
    boxes.clear();
    for (Site& s : sites) {
      auto within = [&](u32 from, u32 to) {
        return from + static_cast<u32>(random() % (to - from));
      };
      s = {{within(lo.x, hi.x), within(lo.y, hi.y), within(lo.z, hi.z)},
           static_cast<float>(20 + random() % 300)};
      boxes.add(s.at, s.reach);
    }
    std::vector<int> found(u64{hi.x} * hi.y * hi.z);
    auto at = [&](u32 x, u32 y, u32 z) { return x + hi.x * (y + u64{hi.y} * z); };
    bool inside = true;
    boxes.find(lo, hi, 0, 0, [&](Voxel from, Voxel to) {
      inside = inside && from.x >= lo.x && from.y >= lo.y && from.z >= lo.z && to.x <= hi.x &&
               to.y <= hi.y && to.z <= hi.z;
      if (!inside) return;
      for (u32 z = from.z; z < to.z; z++)
        for (u32 y = from.y; y < to.y; y++)
          for (u32 x = from.x; x < to.x; x++) found[at(x, y, z)]++;
    });
    if (!inside) return 1;
    for (u32 z = lo.z; z < hi.z; z++) {
      for (u32 y = lo.y; y < hi.y; y++) {
        for (u32 x = lo.x; x < hi.x; x++, compared++) {
          const int times = found[at(x, y, z)];
          if (times > 1) return 2;  // boxes overlap
          std::vector<double> distance;
          for (const Site& s : sites) {
            const double dx = size.x * (1. * s.at.x - x), dy = size.y * (1. * s.at.y - y),
                         dz = size.z * (1. * s.at.z - z);
            distance.push_back(std::hypot(dx, dy, dz));
          }
          const double nearest = *std::min_element(distance.begin(), distance.end());
          bool reached = true, plainly = true;  // by the nearest one; by all near it, with room
          for (u64 i = 0; i < sites.size(); i++) {
            const double reach = sites[i].reach;
            if (distance[i] == nearest) reached = reached && distance[i] < reach;
            if (distance[i] <= nearest + 2.001 * (half + off))
              plainly = plainly && distance[i] + 1.001 * (half + off) < reach;
          }
          if (times && !reached) return 3;
          if (!times && plainly) return 4;
          covered += static_cast<u64>(times);
        }
      }
    }
  }
  if (covered == 0 || covered == compared) return 5;
  std::printf("%llu\n", static_cast<unsigned long long>(compared));
}
