// Compares Rows with plain sums, beyond what 32 bits hold; built and run by test_checks.py.
#include <cstdio>
#include <random>

#include "../cpp/rows.hpp"

using namespace kimimaro;

int main() {
  std::mt19937_64 random(1);
  u64 compared = 0;
  for (u64 largest : {u64{3}, u64{1} << 20, u64{1} << 31, u64{1} << 33, u64{1} << 40}) {
    for (u64 chance : {1, 2, 50}) {  // one row of so many has some
      Rows rows, more;               // as two that are put together
      std::vector<u64> before{0};
      for (u64 row = 0; row < 1000; row++) {
        const u64 some = random() % chance ? 0 : 1 + random() % largest;
        before.push_back(before.back() + some);
        if (row < 300)
          rows.end_row(before.back());
        else
          more.end_row(before.back() - before[300]);
      }
      rows.append(std::move(more));
      if (rows.size() != 1000 || rows.back() != before.back()) return 1;
      for (u64 row = 0; row <= 1000; row++)
        if (rows[row] != before[row]) return 2;
      for (u64 row = 0; row < 1000; row++) {
        const auto [first, last] = rows.between(row, row + 1);
        if (last - first != before[row + 1] - before[row]) return 3;
        if (first == last) continue;
        if (first != before[row]) return 4;
        for (u64 one : {first, (first + last) / 2, last - 1})
          if (rows.row_of(one) != row) return 5;
        compared++;
      }
    }
  }
  std::printf("%llu\n", static_cast<unsigned long long>(compared));
}
