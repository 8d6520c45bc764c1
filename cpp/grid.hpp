// Where the voxels of one object stand in memory: an address is the position of a voxel's bit in
// sets of bits. Two layouts offer the same; the type of the address tells which one it belongs to.
//   Box     a bit for each voxel of the padded bounding box: a step adds a constant.
//   Pieces  a bit for each voxel near the object's runs, for objects that fill little of their box.
// In both, addresses follow raster order, voxels that follow each other along x have addresses that
// do, and what is beside a voxel of the object is stored or reads as zero.
#pragma once

#include <bit>
#include <span>
#include <type_traits>

#include "neighbors.hpp"
#include "objects.hpp"

namespace kimimaro {

// The directions that neighbours in a box can be in: none along axes where it is one voxel wide.
inline u32 neighbors_within(Voxel lo, Voxel hi) {
  u32 found = kNeighbors;
  for (u32 j = 0; j < kDirections; j++) {
    const Offset o = offset_of(j);
    if ((o.x && hi.x - lo.x == 1) || (o.y && hi.y - lo.y == 1) || (o.z && hi.z - lo.z == 1))
      found &= ~(1u << j);
  }
  return found;
}

// Bits [first, last] of what begins with the word row. The bit at mark is never that of a voxel,
// and the same for all that is marked, or forgotten, together.
struct Stretch {
  u64 row, first, last, mark;
};

// Rows are whole words, with a bit of padding on either side; so are planes, with a row, and the
// box, with a plane. A step in direction j adds step[j], and never leaves the padding.
class Box {
 public:
  Voxel lo, hi;
  u64 row_words = 0, plane_words = 0, words = 0;
  bool flat = true;  // one plane of voxels
  std::array<i64, kDirections> step{};

  Box() = default;
  Box(Voxel lo, Voxel hi) : lo(lo), hi(hi) {
    row_words = (u64{hi.x} - lo.x + 2 + 63) / 64;
    plane_words = row_words * (u64{hi.y} - lo.y + 2);
    words = plane_words * (u64{hi.z} - lo.z + 2);
    flat = hi.z - lo.z == 1;
    for (u32 j = 0; j < kDirections; j++) {
      const Offset o = offset_of(j);
      step[j] =
          o.x + 64 * (o.y * static_cast<i64>(row_words) + o.z * static_cast<i64>(plane_words));
    }
  }
  void enter(const Objects&, const Component& c, std::span<const Run>) { *this = Box(c.lo, c.hi); }

  u64 address(Voxel v) const { return 64 * row(v.y, v.z) + bit(v.x); }
  Voxel voxel(u64 address) const {
    const u64 word = address / 64, in_plane = word % plane_words;
    return {static_cast<u32>(address - 64 * (word - in_plane % row_words) - 1 + lo.x),
            static_cast<u32>(in_plane / row_words - 1 + lo.y),
            static_cast<u32>(word / plane_words - 1 + lo.z)};
  }
  // The neighbour of a voxel in direction j, and the voxel that this one was reached from by it.
  u64 beside(u64 a, u32 j) const { return a + static_cast<u64>(step[j]); }
  u64 back(u64 a, u32 j) const { return a - static_cast<u64>(step[j]); }

  // What to keep of a voxel where its neighbours are asked for later.
  using Place = u64;
  // A voxel and its neighbours.
  struct Around {
    const Box* box;
    i64 row, plane;  // bytes
    bool in_plane;
    u64 a;
    u64 at(u32 j) const { return box->beside(a, j); }
    // Where the bytes with the neighbours at the lower ends of the three rows of a plane are in a
    // set; shift is their bit.
    std::array<const u8*, 3> rows(const u8* set, u32 z) const {
      const u8* middle = set + ((a - 1) >> 3) + (i64{z} - 1) * plane;
      return {middle - row, middle, middle + row};
    }
    u32 shift() const { return (a - 1) & 7; }
    // Whether all neighbours are in the plane of the voxel.
    bool flat() const { return in_plane; }
    Place place() const { return a; }
  };
  // Goes around voxels. A value of its own, for loops to keep in registers: the box they would read
  // again after each write, which might have been to it.
  struct Guide {
    const Box* box;
    i64 row, plane;
    bool in_plane;
    Around around(u64 a) const { return {box, row, plane, in_plane, a}; }
  };
  Guide guide() const {
    return {this, static_cast<i64>(row_words * 8), static_cast<i64>(plane_words * 8), flat};
  }
  Around around(u64 a) const { return guide().around(a); }
  void prefetch_around(const u8* set, u64 a) const {
    prefetch(set + (a >> 3));
    prefetch(set + (a >> 3) - plane_words * 8);
    prefetch(set + (a >> 3) + plane_words * 8);
  }

  // Calls visit(first word, words) for the rows that have voxels of these runs; rows that follow
  // each other are visited together, as each is a few words only.
  template <class Visit>
  void for_each_row(const Objects& objects, std::span<const Run> runs, Visit&& visit) const {
    u64 begin = 0, end = 0, next_plane = 0;
    for (u64 i = 0; i < runs.size(); i++) {
      const u64 at = runs[i].row;
      if (i && at == runs[i - 1].row) continue;
      if (!i || at != u64{runs[i - 1].row} + 1 || at == next_plane) {
        if (end) visit(begin, end - begin);
        const Voxel v = objects.place(runs[i], 0);
        begin = end = row(v.y, v.z);
        next_plane = at - v.y + objects.shape.y;
      }
      end += row_words;
    }
    if (end) visit(begin, end - begin);
  }
  // The bit of one voxel.
  Stretch stretch_of(u64 a) const {
    const u64 row = a / 64 / row_words * row_words;
    return {row, a - 64 * row, a - 64 * row, 64 * row};
  }
  // Calls visit(stretch) for what is beside the bits [begin, end) of a row, and for those.
  template <class Visit>
  void for_each_beside(u64 row, u64 begin, u64 end, Visit&& visit) const {
    // Values of their own, as visit() may write to anything.
    const u64 planes = plane_words, rows = row_words, last = std::min(end, 64 * rows - 1);
    for (u64 plane : {row - planes, row, row + planes})
      for (u64 other : {plane - rows, plane, plane + rows})
        visit(Stretch{other, begin - 1, last, 64 * other});
  }
  // A run at the padding looks one bit beyond it, where nothing ever is.
  Stretch row_stretch(u64 row, u64 first, u64 last) const {
    return {row, first, std::min(last, 64 * row_words - 1), 64 * row};
  }
  // Calls visit(stretch) for the voxels [x0, x1) of a row.
  template <class Visit>
  void for_each_within(u32 y, u32 z, u32 x0, u32 x1, Visit&& visit) const {
    const u64 first = row(y, z);
    visit(Stretch{first, bit(x0), bit(x1) - 1, 64 * first});
  }
  // The words that share a mark: the first one, and how many there are.
  std::pair<u64, u64> marked(u64 mark) const { return {mark / 64, row_words}; }

 private:
  u64 row(u32 y, u32 z) const {  // its first word
    return (u64{y} - lo.y + 1) * row_words + (u64{z} - lo.z + 1) * plane_words;
  }
  u64 bit(u32 x) const { return u64{x} - lo.x + 1; }  // of a voxel in its row
};

// The address of a voxel in Pieces.
enum Packed : u32 {};

// The runs of an object one behind the other, each with a bit of padding on either side and in
// whole bytes, in which they lie as in a box: the neighbours along x have the same place in their
// bytes in all rows. Runs whose bytes touch make one piece, which begins and ends with a bit of no
// voxel.
class Pieces {
 public:
  Voxel lo, hi;
  u64 words = 0, row_words = 0;  // all are one row

  // Whether all addresses and rows can be numbered.
  static bool suit(const Component& c) {
    constexpr u64 kMost = ~u32{0};
    const u64 rows = (u64{c.hi.y} - c.lo.y + 2) * (u64{c.hi.z} - c.lo.z + 2);
    return c.voxels + 18 * c.runs < kMost && rows < kMost;
  }

  void enter(const Objects& objects, const Component& c, std::span<const Run> runs) {
    lo = c.lo;
    hi = c.hi;
    width_ = hi.y - lo.y + 2;
    rows_ = {};
    rows_.reserve(u64{width_} * (hi.z - lo.z + 2), objects.before.rows_with_some());
    pieces_.clear();
    pieces_.reserve(runs.size() + 1);
    u32 end = 0, bytes = 8;  // of the last piece, in its row; of all, with those of nowhere
    for (const Run& run : runs) {
      const Voxel v = objects.place(run, run.begin);
      const u32 row = row_of(v.y, v.z);
      const u32 first = bit(run.begin) - 1, last = bit(run.end);
      const bool joins = !pieces_.empty() && pieces_.back().row == row && first / 8 <= end;
      if (!joins) {
        rows_.end_rows(row, pieces_.size());
        pieces_.push_back({8 * bytes, first / 8 * 8, row});
        end = first / 8;
      }
      bytes += last / 8 + 1 - end;
      end = last / 8 + 1;
    }
    rows_.end_rows(u64{width_} * (hi.z - lo.z + 2), pieces_.size());
    words = row_words = (u64{bytes} + 7) / 8;
    pieces_.push_back({8 * bytes, 0, ~0u});
    first_.clear();
    for (u32 p = 0; p + 1 < pieces_.size(); p++)
      if (pieces_[p + 1].start > 64 * first_.size())
        first_.resize((pieces_[p + 1].start + 63) / 64, p);
  }

  u64 address(Voxel v) const {
    const u32 x = bit(v.x);
    const Piece& piece = pieces_[first_from(row_of(v.y, v.z), x)];
    return piece.start + x - piece.x;
  }
  Voxel voxel(u64 address) const {
    const Piece& piece = pieces_[piece_of(address)];
    return {static_cast<u32>(piece.x + (address - piece.start) - 1 + lo.x),
            piece.row % width_ - 1 + lo.y, piece.row / width_ - 1 + lo.z};
  }
  u64 beside(u64 a, u32 j) const { return around(a).at(j); }
  u64 back(u64 a, u32 j) const { return beside(a, kDirections - 1 - j); }

  struct Around {
    std::array<u32, 9> middles;  // of the rows
    u64 at(u32 j) const { return u64{middles[j / 3]} + j % 3 - 1; }
    std::array<const u8*, 3> rows(const u8* set, u32 plane) const {
      const u32* middle = &middles[3 * plane];
      return {set + ((middle[0] - 1) >> 3), set + ((middle[1] - 1) >> 3),
              set + ((middle[2] - 1) >> 3)};
    }
    u32 shift() const { return (middles[4] - 1) & 7; }
    bool flat() const { return false; }
    const Around& place() const { return *this; }
  };
  using Place = Around;
  const Pieces& guide() const { return *this; }
  Around around(u64 a) const {
    const Piece& piece = pieces_[piece_of(a)];
    const u32 x = static_cast<u32>(piece.x + (a - piece.start));
    Around around;
    around.middles.fill(kNowhere + (a & 7));
    for (u32 plane = 0; plane < 3; plane++) {
      const u32 row = piece.row + plane * width_ - width_ - 1;
      const auto [begin, end] = rows_.between(row, row + 3);
      auto try_piece = [&](u64 p) {
        const Piece& other = pieces_[p];
        if (other.row - row < 3 && x - other.x < length(p))
          around.middles[3 * plane + other.row - row] = other.start + x - other.x;
      };
      if (end - begin <= kFew) {
        for (u64 p = begin; p < end; p++) try_piece(p);
      } else {
        for (u32 r = row; r < row + 3; r++) try_piece(first_from(r, x));
      }
    }
    return around;
  }
  u64 beside(const Place& place, u32 j) const { return place.at(j); }
  void prefetch_around(const u8*, u64 a) const { prefetch(&pieces_[first_[a / 64]]); }

  template <class Visit>
  void for_each_row(const Objects&, std::span<const Run>, Visit&& visit) const {
    visit(u64{0}, words);
  }
  Stretch stretch_of(u64 a) const { return {0, a, a, pieces_[piece_of(a)].start}; }
  template <class Visit>
  void for_each_beside(u64, u64 begin, u64 end, Visit&& visit) const {
    const Piece& piece = pieces_[piece_of(begin)];
    const u32 x = static_cast<u32>(piece.x + (begin - piece.start));
    for (u32 plane = 0; plane < 3; plane++)
      for (u32 y = 0; y < 3; y++)
        visit_pieces(piece.row + (plane - 1) * width_ + (y - 1), x - 1,
                     x + static_cast<u32>(end - begin), visit);
  }
  template <class Visit>
  void for_each_within(u32 y, u32 z, u32 x0, u32 x1, Visit&& visit) const {
    visit_pieces(row_of(y, z), bit(x0), bit(x1) - 1, visit);
  }
  std::pair<u64, u64> marked(u64 mark) const {
    const u64 end = pieces_[piece_of(mark) + 1].start;
    return {mark / 64, (end - 1) / 64 - mark / 64 + 1};
  }

 private:
  // Of a row; x is the place of its first bit in the row.
  struct Piece {
    u32 start, x, row;
  };
  static constexpr u64 kFew = 12;      // pieces that are not worth a binary search
  static constexpr u32 kNowhere = 32;  // a byte around which all bits are zero

  u32 bit(u32 x) const { return x - lo.x + 1; }
  u32 row_of(u32 y, u32 z) const { return y - lo.y + 1 + (z - lo.z + 1) * width_; }

  u64 piece_of(u64 a) const {
    u64 p = first_[a / 64];
    while (pieces_[p + 1].start <= a) p++;
    return p;
  }
  u32 length(u64 p) const { return pieces_[p + 1].start - pieces_[p].start; }
  // The first piece that ends beyond a bit of a row; one of a later row if there is none.
  u64 first_from(u32 row, u32 x) const {
    auto [p, end] = rows_.between(row, row + 1);
    if (p == end) return pieces_.size() - 1;
    if (end - p > kFew) {
      const auto begin = pieces_.begin() + static_cast<i64>(p);
      const auto after = std::upper_bound(begin + 1, pieces_.begin() + static_cast<i64>(end), x,
                                          [](u32 x, const Piece& piece) { return x < piece.x; });
      p = static_cast<u64>(after - pieces_.begin()) - 1;
    }
    while (p < end && pieces_[p].x + length(p) <= x) p++;
    return p;
  }
  // Calls visit(stretch) for what the pieces of a row have of the bits [first, last].
  template <class Visit>
  void visit_pieces(u32 row, u32 first, u32 last, Visit&& visit) const {
    for (u64 p = first_from(row, first); pieces_[p].row == row && pieces_[p].x <= last; p++) {
      const Piece& piece = pieces_[p];
      visit(Stretch{0, piece.start + std::max(first, piece.x) - piece.x,
                    piece.start + std::min(last, piece.x + length(p) - 1) - piece.x, piece.start});
    }
  }

  u32 width_ = 0;              // rows of a padded plane
  Rows rows_;                  // pieces before each row of the padded box
  std::vector<Piece> pieces_;  // and where they end
  std::vector<u32> first_;     // the piece that each word begins in
};

template <class Address>
using Grid = std::conditional_t<std::is_same_v<Address, Packed>, Pieces, Box>;
// Whether forbidden steps can be entered.
template <class Address>
constexpr bool kBoxed = std::is_same_v<Grid<Address>, Box>;

}  // namespace kimimaro
