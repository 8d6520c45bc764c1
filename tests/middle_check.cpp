// Compares which voxels are near the middle with a look at all vertices; built and run by
// test_checks.py.
#include <cmath>
#include <cstdio>
#include <random>

#include "../cpp/middle.hpp"

using namespace kimimaro;

int main() {
  std::mt19937 random(1);
  auto below = [&](u32 end) { return static_cast<u32>(random() % end); };
  u64 compared = 0, near = 0;
  for (int round = 0; round < 60; round++) {
    // Sums of squares are exact, so that vertices as near as each other are.
    const VoxelSize size{1.f + static_cast<float>(below(2)), 1, 1.f + static_cast<float>(below(3))};
    const Voxel lo{below(round % 2 ? 1 : 100), below(20), below(20)};
    const Voxel hi{lo.x + 1 + below(200), lo.y + 1 + below(60), lo.z + 1 + below(40) * (round % 3)};
    const Box box(lo, hi);
    NearestSites sites(size);
    Middle<u32> middle(size, sites);
    middle.enter(box);
    for (int path = 0; path < 3; path++) {
      std::vector<Voxel> vertices;
      std::vector<float> limits;
      auto within = [&](u32 from, u32 to) { return from + below(to - from); };
      Voxel at{within(lo.x, hi.x), within(lo.y, hi.y), within(lo.z, hi.z)};
      auto step = [&](u32& x, u32 from, u32 to) { x = std::clamp(x + below(3), from + 1, to) - 1; };
      const u32 wide = 1 + below(60);
      for (u32 n = 1 + below(300); n; n--) {
        const float reach = static_cast<float>(2 + below(wide)), dbf = static_cast<float>(wide);
        vertices.push_back(at);
        limits.push_back(std::min(reach, 2 * dbf));
        sites.add(at);
        middle.add(reach, dbf);
        step(at.x, lo.x, hi.x), step(at.y, lo.y, hi.y), step(at.z, lo.z, hi.z);
      }
      sites.finish();
      for (int question = 0; question < 500; question++) {
        const Voxel v{within(lo.x, hi.x), within(lo.y, hi.y), within(lo.z, hi.z)};
        const u64 word = box.address(v) / 64;
        u64 voxels = random() | u64{random()} << 32, expected = 0;
        for (u64 bit = 0; bit < 64; bit++) {
          const Voxel w = box.voxel(64 * word + bit);
          if (w.x < lo.x || w.x >= hi.x) voxels &= ~(u64{1} << bit);
          if (!(voxels >> bit & 1)) continue;
          u64 best = 0;
          for (u64 i = 1; i < vertices.size(); i++)
            if (squared_distance(w, vertices[i], size) < squared_distance(w, vertices[best], size))
              best = i;
          const bool is = std::sqrt(squared_distance(w, vertices[best], size)) < limits[best];
          expected |= u64{is} << bit;
          near += is;
          compared++;
        }
        if (middle.among(box, word, voxels) != expected) return 1;
      }
      sites.clear();
      middle.clear();
    }
  }
  if (near < compared / 10 || near > compared / 10 * 9) return 2;
  std::printf("%llu\n", static_cast<unsigned long long>(compared));
}
