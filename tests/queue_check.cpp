// Compares Ring with plain lists, and sorting by bins with sorting; built and run by
// test_checks.py.
#include <cstdio>
#include <map>
#include <random>

#include "../cpp/queue.hpp"

using namespace kimimaro;

namespace {

struct Entry {
  float fraction;
  u32 number;
  friend bool operator==(const Entry&, const Entry&) = default;
};

// Pushes up to the whole ring ahead, and drains buckets in turn; some rings are dropped halfway.
template <u32 kChunk>
bool rings_agree(std::mt19937_64& random, u64& compared) {
  constexpr u64 kBuckets = 64;
  Ring<Entry, kBuckets, kChunk> ring;
  Pile<Entry> drained;
  for (int run = 0; run < 50; run++) {
    std::map<u64, std::vector<Entry>> plain;
    const u64 crowd = 1 + random() % (run % 2 ? 3 : 2000);
    u64 bucket = 0;
    for (u32 turn = 0, number = 0; turn < 300; turn++) {
      for (u64 n = random() % crowd; turn < 200 && n > 0; n--) {
        const u64 to = bucket + (random() % 3 ? random() % 4 : random() % kBuckets);
        const Entry entry{0, number++};
        ring.push(to, entry);
        plain[to].push_back(entry);
      }
      if (ring.next(bucket) != !plain.empty()) return false;
      if (plain.empty()) break;
      if (bucket != plain.begin()->first) return false;
      ring.drain(bucket, drained);
      const auto& expected = plain.begin()->second;
      if (!std::equal(drained.begin(), drained.end(), expected.begin(), expected.end()))
        return false;
      compared += expected.size();
      plain.erase(plain.begin());
    }
    run % 3 ? ring.clear() : ring.release();
    if (ring.next(bucket)) return false;
  }
  return true;
}

bool sorts(std::mt19937_64& random, u64& compared) {
  Pile<Entry> scratch;
  std::vector<u32> counts;
  auto before = [](const Entry& a, const Entry& b) {
    return a.fraction != b.fraction ? a.fraction < b.fraction : a.number < b.number;
  };
  for (u64 size : {0, 1, 2, 24, 25, 100, 5000, 100000}) {
    for (u32 values : {1u, 3u, 1000u, 1u << 24}) {  // different ones
      Pile<Entry> pile;
      for (u64 i = 0; i < size; i++) {
        const float fraction = static_cast<float>(random() % values) / static_cast<float>(values);
        pile.push({fraction, static_cast<u32>(random())});
      }
      std::vector<Entry> plain(pile.begin(), pile.end());

      const u32 bins = 16;
      auto bin = [](const Entry& e) { return static_cast<u32>(e.fraction * 16); };
      const u32 largest = put_in_bins(pile, scratch, counts, bins, bin);
      std::stable_sort(plain.begin(), plain.end(),
                       [&](const Entry& a, const Entry& b) { return bin(a) < bin(b); });
      if (!std::equal(pile.begin(), pile.end(), plain.begin(), plain.end())) return false;
      u32 most = 0;
      for (u32 b = 0; b < bins; b++) {
        const auto in = static_cast<u32>(
            std::count_if(plain.begin(), plain.end(), [&](const Entry& e) { return bin(e) == b; }));
        if (counts[b] != (b ? counts[b - 1] : 0) + in) return false;
        most = std::max(most, in);
      }
      if (largest != most) return false;

      std::shuffle(pile.begin(), pile.end(), random);
      bin_sort(pile, scratch, counts, [](const Entry& e) { return e.fraction; }, before);
      std::sort(plain.begin(), plain.end(), before);
      if (!std::equal(pile.begin(), pile.end(), plain.begin(), plain.end())) return false;
      compared += size;
    }
  }
  return true;
}

}  // namespace

int main() {
  std::mt19937_64 random(1);
  u64 compared = 0;
  if (!rings_agree<7>(random, compared)) return 1;
  if (!rings_agree<127>(random, compared)) return 2;
  if (!sorts(random, compared)) return 3;
  std::printf("%llu\n", static_cast<unsigned long long>(compared));
}
