// Compares which voxels are near the middle with a look at all vertices; built and run by
// test_checks.py.
#include <cmath>
#include <cstdio>

#include "../cpp/middle.hpp"
#include "scene.hpp"

using namespace kimimaro;

namespace {

struct Check {
  std::mt19937 random{1};
  u64 compared = 0, near = 0;

  u32 within(u32 from, u32 to) { return from + static_cast<u32>(random() % (to - from)); }
  Voxel voxel_of(const Component& c) {
    return {within(c.lo.x, c.hi.x), within(c.lo.y, c.hi.y), within(c.lo.z, c.hi.z)};
  }

  // Whether all answers about a component are as they should be.
  template <class Address>
  bool holds(const Objects& objects, const Component& c) {
    const std::span<const Run> runs = objects.runs_of(c);
    Grid<Address> grid;
    grid.enter(objects, c, runs);
    Bits all;
    all.reserve(grid);
    for (const Run& run : runs)
      for (u32 x = run.begin; x < run.end; x++) all.set(grid.address(objects.place(run, x)));
    // Sums of squares are exact, so that vertices as near as each other are.
    auto length = [&] { return static_cast<float>(within(1, 4)); };
    const VoxelSize size{length(), 1, length()};
    NearestSites sites(size);
    Middle<Address> middle(size, sites);
    middle.enter(grid);
    for (int path = 0; path < 3; path++) {
      std::vector<Voxel> vertices;
      std::vector<float> limits;
      Voxel at = voxel_of(c);
      auto step = [&](u32& x, u32 lo, u32 hi) { x = std::clamp(x + within(0, 3), lo + 1, hi) - 1; };
      const u32 widest = within(3, 60);
      for (u32 n = within(1, 300); n; n--) {
        const float reach = static_cast<float>(within(2, widest)),
                    dbf = static_cast<float>(within(1, widest));
        vertices.push_back(at);
        limits.push_back(std::min(reach, 2 * dbf));
        sites.add(at);
        middle.add(reach, dbf);
        step(at.x, c.lo.x, c.hi.x), step(at.y, c.lo.y, c.hi.y), step(at.z, c.lo.z, c.hi.z);
      }
      sites.finish();
      for (int question = 0; question < 300; question++) {
        const Run& run = runs[within(0, static_cast<u32>(runs.size()))];
        const u64 word = grid.address(objects.place(run, within(run.begin, run.end))) / 64;
        u64 voxels = all.words()[word], expected = 0;
        if (question % 2) voxels &= random() | u64{random()} << 32;
        for (u64 left = voxels; left; left &= left - 1) {
          const u64 bit = static_cast<u64>(std::countr_zero(left));
          const Voxel v = grid.voxel(64 * word + bit);
          u64 best = 0;
          for (u64 i = 1; i < vertices.size(); i++)
            if (squared_distance(v, vertices[i], size) < squared_distance(v, vertices[best], size))
              best = i;
          const bool is = std::sqrt(squared_distance(v, vertices[best], size)) < limits[best];
          expected |= u64{is} << bit;
          near += is;
          compared++;
        }
        if (middle.among(grid, word, voxels) != expected) return false;
      }
      sites.clear();
      middle.clear();
    }
    return true;
  }
};

}  // namespace

int main() {
  Check check;
  for (u32 round = 0; round < 60; round++) {
    const Shape shape{check.within(1, 200), check.within(1, 60),
                      round % 3 ? check.within(1, 40) : 1};
    const Voxel empty{check.within(0, static_cast<u32>(shape.x)),
                      check.within(0, static_cast<u32>(shape.y)) / 2,
                      check.within(0, static_cast<u32>(shape.z)) / 2};
    const Scene scene(shape, 0.25 * check.within(1, 5), check.random, empty);
    if (!check.holds<u32>(scene.objects, scene.largest())) return 1;
    if (!check.holds<Packed>(scene.objects, scene.largest())) return 2;
  }
  if (check.near < check.compared / 10 || check.near > check.compared / 10 * 9) return 3;
  std::printf("%llu\n", static_cast<unsigned long long>(check.compared));
}
