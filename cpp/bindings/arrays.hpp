// Hands vectors over to NumPy without a copy.
#pragma once

#include <nanobind/nanobind.h>

#include <utility>
#include <vector>

namespace kimimaro {

// The vector, moved to where it stays, and what keeps it alive for the array that looks at it.
template <class T>
std::pair<std::vector<T>*, nanobind::capsule> owned(std::vector<T>&& values) {
  auto* kept = new std::vector<T>(std::move(values));
  return {kept, nanobind::capsule(
                    kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); })};
}

}  // namespace kimimaro
