// Cross sections for Python: flat arrays of all skeletons in and out.
#include "../sections.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>

#include "arrays.hpp"
#include "supervise.hpp"

namespace nb = nanobind;

namespace kimimaro {
namespace {

using AnyLabels = nb::ndarray<nb::ro, nb::ndim<3>, nb::device::cpu>;
template <class T>
using List = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T, int N>
using Rows = nb::ndarray<const T, nb::shape<-1, N>, nb::c_contig, nb::device::cpu>;

template <class T>
auto as_vector(std::vector<T>&& values) {
  const auto [kept, owner] = owned(std::move(values));
  return nb::ndarray<nb::numpy, T, nb::ndim<1>>(kept->data(), {kept->size()}, owner);
}

template <class T>
std::span<const T> as_span(const List<T>& list) {
  return {list.data(), list.shape(0)};
}

template <class T>
SectionResult cut(const AnyLabels& labels, bool swapped, VoxelSize size, const SectionJob& job,
                  unsigned threads, const nb::object& progress) {
  Volume<T> volume;
  volume.data = static_cast<const std::byte*>(labels.data());
  volume.shape = {labels.shape(0), labels.shape(1), labels.shape(2)};
  for (size_t axis = 0; axis < 3; axis++)
    volume.stride[axis] = labels.stride(axis) * static_cast<i64>(sizeof(T));
  volume.swapped = swapped;
  SectionResult result;
  Control control;
  supervise(progress, control,
            [&](Control& c) { result = SectionCutter<T>(volume, size, job, threads, c).run(); });
  return result;
}

nb::tuple cross_sections(const AnyLabels& labels, bool swapped, std::array<float, 3> size,
                         const List<u64>& skeleton_labels, const List<u64>& vertex_offsets,
                         const List<u64>& edge_offsets, const Rows<float, 3>& vertices,
                         const Rows<i64, 3>& voxels, const Rows<u32, 2>& edges,
                         const List<u8>& wanted, u64 window, u64 step, bool fill_holes,
                         unsigned threads, const nb::object& progress) {
  static_assert(sizeof(graph::Direction) == 3 * sizeof(i64));
  SectionJob job{
      .labels = as_span(skeleton_labels),
      .vertex_offsets = as_span(vertex_offsets),
      .edge_offsets = as_span(edge_offsets),
      .vertices = {reinterpret_cast<const graph::Point*>(vertices.data()), vertices.shape(0)},
      .voxels = {reinterpret_cast<const graph::Direction*>(voxels.data()), voxels.shape(0)},
      .edges = {reinterpret_cast<const graph::Edge*>(edges.data()), edges.shape(0)},
      .wanted = as_span(wanted),
      .rule = {.window = window, .step = step},
      .fill_holes = fill_holes};
  const VoxelSize voxel_size{size[0], size[1], size[2]};
  SectionResult result;
  switch (labels.dtype().bits) {
    case 8:
      result = cut<u8>(labels, swapped, voxel_size, job, threads, progress);
      break;
    case 16:
      result = cut<u16>(labels, swapped, voxel_size, job, threads, progress);
      break;
    case 32:
      result = cut<u32>(labels, swapped, voxel_size, job, threads, progress);
      break;
    case 64:
      result = cut<u64>(labels, swapped, voxel_size, job, threads, progress);
      break;
    default:
      throw std::invalid_argument("labels are of 8, 16, 32 or 64 bits");
  }
  return nb::make_tuple(as_vector(std::move(result.areas)), as_vector(std::move(result.contacts)),
                        as_vector(std::move(result.cut)), as_vector(std::move(result.present)));
}

}  // namespace

void bind_sections(nb::module_& m) {
  using nb::arg;
  m.def("cross_sections", &cross_sections, arg("labels"), arg("swapped"), arg("size"),
        arg("skeleton_labels"), arg("vertex_offsets"), arg("edge_offsets"), arg("vertices"),
        arg("voxels"), arg("edges"), arg("wanted"), arg("window"), arg("step"), arg("fill_holes"),
        arg("threads"), arg("progress").none(),
        "Cut objects across their skeletons: areas, faces touched, vertices cut, labels found.");
}

}  // namespace kimimaro
