// Sums by row: how many there are of something in all rows before a row. Rows that have none, as
// nearly all of a sparse image, cost a fifth of a byte each.
#pragma once

#include <bit>
#include <utility>

#include "common.hpp"

namespace kimimaro {

// Rows are added in their order. The sum of a row that has none is that of the next one that has
// some, so that only these are stored; a bit for each row, and a count for 64, tell where.
class Rows {
 public:
  void reserve(u64 rows, u64 some) {
    some_.reserve(rows / 64 + 1);
    rank_.reserve(rows / 64 + 1);
    sums_.reserve(some);
  }
  // Adds a row, with what there is in it and in all before it.
  void end_row(u64 total) {
    if (total != back()) {
      some_.back() |= u64{1} << rows_ % 64;
      for (u64 high = carries_.size(); high < total_ >> kBits; high++)
        carries_.push_back(sums_.size());
      sums_.push_back(static_cast<u32>(total_));
      total_ = total;
    }
    if (++rows_ % 64) return;
    some_.push_back(0);
    rank_.push_back(static_cast<u32>(sums_.size()));
  }
  // Adds rows until there are so many; what is new is in the first of them.
  void end_rows(u64 rows, u64 total) {
    if (rows_ >= rows) return;
    end_row(total);
    some_.resize(rows / 64 + 1);
    rank_.resize(rows / 64 + 1, static_cast<u32>(sums_.size()));
    rows_ = rows;
  }
  // Adds the rows of another one.
  void append(Rows&& other) {
    if (!rows_) return void(*this = std::move(other));
    const u64 before = total_;
    for (u64 row = 1; row <= other.size(); row++) end_row(before + other[row]);
  }

  u64 size() const { return rows_; }
  u64 back() const { return total_; }
  u64 rows_with_some() const { return sums_.size(); }
  // What there is in all rows before this one, which may be the end.
  u64 operator[](u64 row) const {
    assert(row <= rows_);
    return sum(rank(row));
  }
  // The sums of two rows; zero both if there is none in between.
  std::pair<u64, u64> between(u64 row, u64 end) const {
    const u64 first = rank(row), last = rank(end);
    if (first == last) return {0, 0};
    return {sum(first), sum(last)};
  }
  // The row that this one of all is in.
  u64 row_of(u64 one) const {
    u64 rank = 0;
    for (u64 end = sums_.size(); end - rank > 1;) {
      const u64 middle = rank + (end - rank) / 2;
      (sum(middle) <= one ? rank : end) = middle;
    }
    const auto beyond = std::upper_bound(rank_.begin(), rank_.end(), rank);
    const u64 word = static_cast<u64>(beyond - rank_.begin()) - 1;
    u64 some = some_[word];
    for (u64 n = rank_[word]; n < rank; n++) some &= some - 1;
    return 64 * word + static_cast<u64>(std::countr_zero(some));
  }

 private:
  u64 rank(u64 row) const {
    const u64 before = some_[row / 64] & ((u64{1} << row % 64) - 1);
    return rank_[row / 64] + static_cast<u64>(std::popcount(before));
  }
  u64 sum(u64 rank) const {
    if (rank >= sums_.size()) return total_;
    u64 high = 0;
    while (high < carries_.size() && carries_[high] <= rank) high++;
    return high << kBits | sums_[rank];
  }

  static constexpr u32 kBits = 32;  // that are stored of each sum

  std::vector<u64> some_ = {0};  // which rows have some
  std::vector<u32> rank_ = {0};  // such rows before each word of these
  std::vector<u32> sums_;
  std::vector<u64> carries_;  // from which sum on all have a carry more
  u64 total_ = 0;
  u64 rows_ = 0;
};

}  // namespace kimimaro
