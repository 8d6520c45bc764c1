// Lets memory run out while objects are traced: what fails says so, and all other trees are those
// that there are with enough memory, whoever helped with them. Built and run by test_checks.py.
#include <cstdio>
#include <cstdlib>
#include <new>
#include <random>

#include "../cpp/trace.hpp"

using namespace kimimaro;

namespace {

std::atomic<i64> requests{0}, first{-1}, last{-1};  // those from the first to the last fail

void* find(std::size_t size) {
  const i64 number = requests++;
  return number < first || number > last ? std::malloc(size + 1) : nullptr;
}

}  // namespace

void* operator new(std::size_t size) {
  void* found = find(size);
  if (!found) throw std::bad_alloc();
  return found;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return find(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

// Two slabs that are large enough to be shared, the first with a hole, and some rods between.
struct Scene {
  static constexpr Shape kShape{160, 64, 64};
  std::vector<u8> labels = std::vector<u8>(kShape.voxels());
  Objects objects;
  std::vector<u32> order;

  Scene() {
    for (u64 z = 0; z < kShape.z; z++)
      for (u64 y = 0; y < kShape.y; y++)
        for (u64 x = 0; x < kShape.x; x++) {
          const bool rod = x >= 72 && x < 88 && y % 16 < 9 && z % 16 < 9;
          u8& label = labels[x + kShape.x * (y + kShape.y * z)];
          label = x < 70 ? 1 : x >= 90 ? 2 : rod ? 3 : 0;
          if (x == 30 && y == 32 && z == 32) label = 0;
        }
    const Volume<u8> volume{reinterpret_cast<const std::byte*>(labels.data()),
                            kShape,
                            {1, i64{kShape.x}, i64{kShape.x * kShape.y}}};
    Control control;
    Spans spans = read_spans(volume, Selection(), 1, control);
    const u32 count = label_components(spans, Connectivity::full, 1, control);
    objects = collect_objects(spans, count, 0, VoxelSize());
    measure_distance(spans, objects, 1u, control);
    for (u32 c = 0; c < count; c++) order.push_back(c);
  }
};

std::vector<Tree> trace(unsigned threads, i64 from = -1, i64 to = -1) {
  Scene scene;
  const Params params{.scale = 1,
                      .constant = 4,
                      .pdrf_scale = 1e5f,
                      .pdrf_exponent = 4,
                      .soma_acceptance_threshold = 1e9f,
                      .soma_detection_threshold = 20,
                      .soma_invalidation_scale = 1,
                      .soma_invalidation_const = 1};
  const std::vector<Targets> targets(scene.objects.components.size());
  Control control;
  std::vector<Tree> trees;
  requests = 0;
  first = from;
  last = to;
  try {
    trace_all(scene.objects, scene.order, targets, params, threads, Layout::fitting, control,
              trees);
  } catch (const std::bad_alloc&) {
    trees.clear();  // before any object was traced
  }
  first = last = -1;
  return trees;
}

}  // namespace

int main() {
  std::mt19937 random(1);
  const std::vector<Tree> expected = trace(1);
  u64 compared = 0, failures = 0;
  for (unsigned threads : {1u, 3u}) {
    if (trace(threads).size() != expected.size()) return 1;
    const i64 all = requests;
    for (int round = 0; round < 20; round++) {
      // At the start threads are made.
      const i64 from = round < 10 ? round : static_cast<i64>(random() % static_cast<u64>(all));
      const std::vector<Tree> trees = trace(threads, from, from + static_cast<i64>(random() % 3));
      for (u64 c = 0; c < trees.size(); c++) {
        if (!trees[c].failure.empty()) {
          if (!trees[c].vertices.empty()) return 2;
          failures++;
          continue;
        }
        if (trees[c].vertices != expected[c].vertices) return 3;
        if (trees[c].parents != expected[c].parents) return 4;
        if (trees[c].radii != expected[c].radii) return 5;
        compared++;
      }
    }
  }
  if (!failures) return 6;
  std::printf("%llu\n", static_cast<unsigned long long>(compared));
}
