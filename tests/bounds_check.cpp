// Compares bounds of what is left to pay with what the cheapest path costs, by Dijkstra's algorithm
// on a plain queue, also after memory ran out; built and run by test_checks.py.
#include <cstdio>
#include <cstdlib>
#include <new>
#include <queue>

#include "../cpp/bounds.hpp"
#include "scene.hpp"

using namespace kimimaro;

namespace {

u64 granted = std::numeric_limits<u64>::max();  // requests for memory from here on

}  // namespace

void* operator new(std::size_t size) {
  void* found = granted ? std::malloc(size + 1) : nullptr;
  granted -= granted > 0;
  if (!found) throw std::bad_alloc();
  return found;
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

// From each voxel to the nearest rail, without its own penalty and the rail's.
template <class Address>
std::vector<double> left_to_pay(const Block<Address>& block, const std::vector<Address>& rails) {
  std::vector<double> left(block.voxels, std::numeric_limits<double>::infinity());
  // By what it costs to enter a voxel and go on.
  using Entry = std::pair<double, Address>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  for (Address a : rails) {
    left[block.index(a)] = 0;
    queue.push({0, a});
  }
  while (!queue.empty()) {
    const auto [cost, a] = queue.top();
    queue.pop();
    for (u32 window = block.component.window(block.grid, a) & kNeighbors; window;
         window &= window - 1) {
      const u32 j = static_cast<u32>(std::countr_zero(window));
      const Address beside = static_cast<Address>(block.grid.beside(a, j));
      const u64 index = block.index(beside);
      if (cost >= left[index]) continue;
      left[index] = cost;
      queue.push({cost + std::bit_cast<float>(block.record[index]), beside});
    }
  }
  return left;
}

// Infinity if there is no telling.
template <class Address>
double most_left(const Bounds<Address>& bounds, u64 a) {
  const u32 most = bounds.most_in(bounds.cell_of(a));
  return most < Bounds<Address>::kFar ? Bounds<Address>::in_buckets(most)
                                      : std::numeric_limits<double>::infinity();
}

struct Check {
  Control control;
  Rounds alone{1};
  u64 above = 0, below = 0;  // bounds that say something
  u64 without_memory = 0;

  // Two cells that touch at a corner, and a way there from another corner of the box: without one
  // of the voxels on the diagonal there is no telling what it costs at most.
  bool tells_a_hole() {
    auto most = [&](u32 hole) {
      const Scene scene({11, 11, 11}, [&](Voxel v) {
        const u32 least = std::min({v.x, v.y, v.z}), largest = std::max({v.x, v.y, v.z});
        return (least == largest || least >= 7 || (least >= 3 && largest < 7)) &&
               (least != largest || least != hole);
      });
      const Component& c = scene.largest();
      Block<u32> block;
      block.enter(scene.objects, c);
      std::fill_n(block.record.data(), block.voxels, std::bit_cast<u32>(8.f));
      Bounds<u32> bounds;
      const u32 rail = static_cast<u32>(block.grid.address({10, 10, 10}));
      bounds.enter(block, rail, alone, control, {0, 0, 0});
      return most_left(bounds, block.grid.address({3, 3, 3}));
    };
    // Six voxels, each a thirty-second of a bucket less than it may be.
    return most(11) == 6 * (8 + 1. / 32) && most(5) == std::numeric_limits<double>::infinity();
  }

  template <class Address>
  int holds(const Scene& scene, auto&& penalty, std::mt19937& random) {
    const Component& c = scene.largest();
    Block<Address> block;
    block.enter(scene.objects, c);
    std::vector<Address> voxels, rails;
    for (const Run& run : scene.objects.runs_of(c))
      for (u32 x = run.begin; x < run.end; x++)
        voxels.push_back(static_cast<Address>(block.grid.address(block.place(run, x))));
    for (u64 i = 0; i < block.voxels; i++)
      block.record[i] = std::bit_cast<u32>(static_cast<float>(penalty(voxels[i]))) & ~31u;
    static Bounds<Address> bounds;
    rails.push_back(voxels[random() % voxels.size()]);
    bounds.enter(block, rails[0], alone, control, {0, 0, 0});
    if (bounds.needed_from() != 0) return 1;
    for (int paths = 0; paths < 5; paths++) {
      for (u32 n = paths ? random() % 3 + 1 : 0; n; n--) {
        rails.push_back(voxels[random() % voxels.size()]);
        bounds.draw({&rails.back(), 1});
      }
      granted = random() % 2 ? std::numeric_limits<u64>::max() : random() % 3;
      try {
        bounds.update(control);
      } catch (const std::bad_alloc&) {
        without_memory++;
      }
      granted = std::numeric_limits<u64>::max();
      const std::vector<double> left = left_to_pay(block, rails);
      for (Address a : voxels) {
        const double exact = left[block.index(a)], least = bounds.least(a),
                     most = most_left(bounds, a);
        if (least > exact * (1 + 1e-9) || most < exact * (1 - 1e-9)) return 2;
        above += most < std::numeric_limits<double>::infinity();
        below += least > exact / 4 && exact > 0;
      }
    }
    bounds.draw({&rails[0], 1});  // of which the next object knows nothing
    bounds.leave();
    return bounds.needed_from() == std::numeric_limits<u64>::max() ? 0 : 3;
  }
};

}  // namespace

int main() {
  std::mt19937 random(1);
  auto share = [&] { return std::uniform_real_distribution<double>()(random); };
  Check check;
  for (int round = 0; round < 40; round++) {
    auto side = [&] { return u64{5} + random() % 40; };
    const Shape shape{2 * side(), side(), side()};
    const Scene scene(shape, round % 2 ? 1 : 0.97 + 0.03 * share(), random);
    const double steepness = share();
    auto penalty = [&](u64 a) {
      if (round % 4 < 2) return 509 * share();
      if (round % 8 < 4) return 1 + steepness;
      // A slope along x, or stripes that are dear.
      return 1 + steepness * static_cast<double>(round % 16 < 8 ? a % 128 : a % 32 / 16 * 400);
    };
    int failed = check.holds<u32>(scene, penalty, random);
    if (!failed) failed = check.holds<u64>(scene, penalty, random);
    if (failed) return failed;
  }
  if (!check.without_memory) return 4;
  if (!check.tells_a_hole()) return 5;
  std::printf("%llu\n", static_cast<unsigned long long>(std::min(check.above, check.below)));
}
