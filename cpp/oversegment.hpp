// Divides objects among sites, such as the vertices of their skeletons: each voxel belongs to the
// site that is geodesically nearest inside its component, over 26 neighbours.
#pragma once

#include <limits>

#include "geodesic.hpp"

namespace kimimaro {

// A voxel that belongs to a segment; several may be of one segment.
struct Site {
  u32 component;
  Voxel voxel;
  float distance;  // of the voxel from the place that it stands for
  u32 segment;     // not zero
};

template <class Address>
class Divider {
 public:
  explicit Divider(VoxelSize size) : steps_(size), geodesic_(steps_) {}

  // Writes the segment of each voxel of a component into an image with x the closest axis.
  void divide(const Objects& objects, const Component& c, std::span<const Site> sites, u32* image,
              Control& control) {
    block_.enter(objects, c);
    segment_.reserve(c.voxels);
    Pile<Seed<Address>> seeds;
    // The nearer site of two on one voxel comes last and stays.
    for (const Site& site : sites) {
      const Address a = static_cast<Address>(block_.grid.address(site.voxel));
      segment_[block_.index(a)] = site.segment;
      seeds.push({a, site.distance});
    }
    Rounds alone(1);
    geodesic_.forget(block_, alone);
    geodesic_.measure(block_, std::move(seeds), control,
                      [&](Address a, Address index, u32 direction) {
                        if (direction == kCentre) return;
                        segment_[index] = segment_[block_.index(block_.grid.back(a, direction))];
                      });
    u64 index = 0;
    for (const Run& run : objects.runs_of(c)) {
      const u64 length = run.end - run.begin;
      std::copy_n(segment_.data() + index, length, image + run.row * objects.shape.x + run.begin);
      index += length;
    }
    block_.leave();
    control.advance(c.voxels);
  }

 private:
  Steps steps_;
  Geodesic<Address> geodesic_;
  Block<Address> block_;
  Buffer<u32> segment_;  // of each voxel
};

// Divides all components that have sites, the largest first, threads side by side. The image is
// zero elsewhere. Of two sites at the same distance the one listed first counts on its voxel.
inline std::vector<u32> divide_all(const Objects& objects, std::vector<Site> sites,
                                   unsigned threads, Control& control) {
  std::reverse(sites.begin(), sites.end());
  std::stable_sort(sites.begin(), sites.end(), [](const Site& a, const Site& b) {
    return a.component != b.component ? a.component < b.component : a.distance > b.distance;
  });
  std::vector<std::span<const Site>> parts;
  for (u64 i = 0, end; i < sites.size(); i = end) {
    for (end = i; end < sites.size() && sites[end].component == sites[i].component;) end++;
    parts.push_back({sites.data() + i, end - i});
  }
  auto whole = [&](std::span<const Site> part) -> const Component& {
    return objects.components.at(part.front().component);
  };
  std::stable_sort(parts.begin(), parts.end(),
                   [&](auto a, auto b) { return whole(a).voxels > whole(b).voxels; });
  for (auto part : parts) control.total += whole(part).voxels;
  std::vector<u32> image(objects.shape.voxels());
  struct Workshop {
    std::unique_ptr<Divider<u32>> narrow;
    std::unique_ptr<Divider<u64>> wide;
  };
  std::vector<Workshop> workshops(std::max(threads, 1u));
  parallel_for(threads, parts.size(), [&](u64 i, unsigned worker) {
    const Component& c = whole(parts[i]);
    auto divide = [&](auto& divider) {
      using Made = std::remove_reference_t<decltype(*divider)>;
      if (!divider) divider = std::make_unique<Made>(search_size(objects));
      divider->divide(objects, c, parts[i], image.data(), control);
    };
    const bool wide = needs_wide_addresses(c);
    wide ? divide(workshops[worker].wide) : divide(workshops[worker].narrow);
  });
  return image;
}

// Numbers the segments from 1 in the order of their first voxels; returns the new number of each
// old one, zero for those without a voxel.
inline std::vector<u32> renumber(std::vector<u32>& image, u32 largest) {
  std::vector<u32> number(u64{largest} + 1);
  u32 count = 0, known = 0, becomes = 0;
  for (u32& segment : image) {
    if (segment != known) {
      known = segment;
      if (known && !number[known]) number[known] = ++count;
      becomes = number[known];
    }
    segment = becomes;
  }
  return number;
}

}  // namespace kimimaro
