// Objects of an image for Python: flat arrays in and out, voxels as (x, y, z).
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string_view.h>

#include <numeric>
#include <unordered_map>

#include "../barriers.hpp"
#include "../oversegment.hpp"
#include "../targets.hpp"
#include "../thick.hpp"
#include "../trace.hpp"
#include "arrays.hpp"
#include "supervise.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace kimimaro {
namespace {

using AnyLabels = nb::ndarray<nb::ro, nb::ndim<3>, nb::device::cpu>;
using Graph = nb::ndarray<const u32, nb::ndim<3>, nb::device::cpu>;
using LabelList = nb::ndarray<const u64, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Points = nb::ndarray<const u32, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
using Numbers = nb::ndarray<const u32, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Reals = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using GivenTargets = std::pair<Numbers, Points>;
template <class T>
using Vector = nb::ndarray<nb::numpy, T, nb::ndim<1>>;
template <class T>
using Dense = nb::ndarray<nb::numpy, T, nb::ndim<3>>;
template <class T>
using Table = nb::ndarray<nb::numpy, T, nb::ndim<2>>;

// The strides of an array count its elements.
template <class T, class Array>
Volume<T> as_volume(const Array& array, bool swapped) {
  auto bytes = [&](size_t axis) { return array.stride(axis) * i64{sizeof(T)}; };
  return {reinterpret_cast<const std::byte*>(array.data()),
          {array.shape(0), array.shape(1), array.shape(2)},
          {bytes(0), bytes(1), bytes(2)},
          swapped};
}

template <class T>
Vector<T> as_vector(std::vector<T>&& values) {
  const auto [kept, owner] = owned(std::move(values));
  return Vector<T>(kept->data(), {kept->size()}, owner);
}
template <class T>
Table<T> as_table(std::vector<T>&& values, size_t columns) {
  const auto [kept, owner] = owned(std::move(values));
  return Table<T>(kept->data(), {kept->size() / columns, columns}, owner);
}

std::vector<Voxel> as_voxels(const Points& points) {
  std::vector<Voxel> voxels(points.shape(0));
  for (size_t i = 0; i < voxels.size(); i++) voxels[i] = {points(i, 0), points(i, 1), points(i, 2)};
  return voxels;
}

// Targets of one kind as they come from Python: the component of each, and its voxel.
struct TargetList {
  std::vector<u32> components;
  std::vector<Voxel> voxels;
  TargetList(const Numbers& numbers, const Points& points)
      : components(numbers.data(), numbers.data() + numbers.shape(0)), voxels(as_voxels(points)) {
    if (components.size() != voxels.size()) throw std::invalid_argument("one component a target");
  }
};

Layout as_layout(const std::optional<std::string_view>& name) {
  if (!name) return Layout::fitting;
  if (*name == "narrow") return Layout::narrow;
  if (*name == "wide") return Layout::wide;
  if (*name == "packed") return Layout::packed;
  throw std::invalid_argument("a layout is narrow, wide or packed");
}

class Image {
 public:
  Image(const AnyLabels& labels, bool swapped, std::array<float, 3> size,
        const std::optional<LabelList>& selection, u64 dust, unsigned threads,
        const nb::object& progress, const std::optional<Graph>& graph) {
    Selection wanted;
    if (selection) {
      wanted.everything = false;
      wanted.labels.assign(selection->data(), selection->data() + selection->shape(0));
      std::sort(wanted.labels.begin(), wanted.labels.end());
    }
    switch (labels.dtype().bits) {
      case 8:
        read<u8>(labels, swapped, size, wanted, dust, threads, progress, graph);
        break;
      case 16:
        read<u16>(labels, swapped, size, wanted, dust, threads, progress, graph);
        break;
      case 32:
        read<u32>(labels, swapped, size, wanted, dust, threads, progress, graph);
        break;
      case 64:
        read<u64>(labels, swapped, size, wanted, dust, threads, progress, graph);
        break;
      default:
        throw std::invalid_argument("labels are of 8, 16, 32 or 64 bits");
    }
  }

  // The label and the number of voxels of each component that is kept, or of those that are not.
  nb::tuple components(bool dust) const {
    std::vector<u64> label, voxels;
    for (const Component& c : dust ? objects_.dust : objects_.components) {
      label.push_back(c.label);
      voxels.push_back(c.voxels);
    }
    return nb::make_tuple(as_vector(std::move(label)), as_vector(std::move(voxels)));
  }

  nb::tuple find_border_targets(unsigned threads, const nb::object& progress) const {
    std::vector<BorderTarget> found;
    Control control;
    supervise(progress, control,
              [&](Control& c) { found = border_targets(spans_, objects_, threads, c); });
    std::vector<u32> components, voxels;
    for (const BorderTarget& target : found) {
      components.push_back(target.component);
      voxels.insert(voxels.end(), {target.voxel.x, target.voxel.y, target.voxel.z});
    }
    return nb::make_tuple(as_vector(std::move(components)), as_table(std::move(voxels), 3));
  }

  Vector<u32> components_at(const Points& points) const {
    std::vector<u32> found;
    for (const Voxel& v : as_voxels(points)) {
      if (v.x >= objects_.shape.x || v.y >= objects_.shape.y || v.z >= objects_.shape.z)
        throw std::out_of_range("a point lies outside the image");
      found.push_back(component_at(spans_, v));
    }
    return as_vector(std::move(found));
  }

  // Fills the holes of all components, and judges anew what is dust.
  void fill_holes(u64 dust, unsigned threads, const nb::object& progress) {
    Control control;
    control.total = objects_.voxels();
    supervise(progress, control,
              [&](Control& c) { adopt(fill_all(spans_, objects_, threads, c), dust, threads, c); });
  }

  // Merges nuclei with their cells; returns how many. The image is measured before and after.
  u64 merge_enclosed(float threshold, u64 dust, unsigned threads, const nb::object& progress) {
    check_all_measured();
    u64 merged = 0;
    Control control;
    supervise(progress, control, [&](Control& c) {
      merged = merge_nuclei(spans_, objects_, threshold);
      if (merged) adopt(with_labels(spans_, objects_), dust, threads, c);
    });
    return merged;
  }

  // What is measured is not measured again, as where nuclei were looked for and none was merged.
  // With a threshold from which on components may be somata, the image can only be traced then.
  void measure(unsigned threads, const nb::object& progress, std::optional<float> soma) {
    if (measured_) return;
    Control control;
    control.total = objects_.voxels();
    supervise(progress, control, [&](Control& c) {
      if (soma) put_off_thick(spans_, objects_, *soma, threads, c);
      measure_distance(spans_, objects_, threads, c);
    });
    measured_ = true;
  }

  // The distance to boundary of every voxel, zero where there is no object.
  Dense<float> distances() const {
    check_all_measured();
    return as_dense<float>([&](const Run& run, u32, float* to) {
      std::copy_n(objects_.dbf.data() + objects_.storage(run), run.end - run.begin, to);
    });
  }

  // The number, plus one, of every voxel's component.
  Dense<u32> component_image() const {
    return as_dense<u32>(
        [](const Run& run, u32 c, u32* to) { std::fill_n(to, run.end - run.begin, c + 1); });
  }

  // Targets are pairs of arrays, of their components and their voxels.
  nb::dict trace(const nb::dict& teasar, bool fix_branching, const GivenTargets& before,
                 const GivenTargets& after, const GivenTargets& starts, const GivenTargets& roots,
                 unsigned threads, const std::optional<std::string_view>& layout,
                 const nb::object& progress, std::optional<u32> only) {
    check_measured();
    spans_ = Spans();  // not needed any more
    auto number = [&](const char* key) { return nb::cast<float>(teasar[key]); };
    Params params{.scale = number("scale"),
                  .constant = number("const"),
                  .pdrf_scale = number("pdrf_scale"),
                  .pdrf_exponent = number("pdrf_exponent"),
                  .soma_acceptance_threshold = number("soma_acceptance_threshold"),
                  .soma_detection_threshold = number("soma_detection_threshold"),
                  .soma_invalidation_scale = number("soma_invalidation_scale"),
                  .soma_invalidation_const = number("soma_invalidation_const"),
                  .cube = nb::cast<std::string_view>(teasar["invalidation"]) == "cube",
                  .fix_branching = fix_branching};
    if (!teasar["max_paths"].is_none()) params.max_paths = nb::cast<u64>(teasar["max_paths"]);
    std::vector<Targets> targets(objects_.components.size());
    auto hand_out = [&](const GivenTargets& given, auto&& take) {
      const TargetList list(given.first, given.second);
      for (size_t i = 0; i < list.voxels.size(); i++)
        take(targets.at(list.components[i]), list.voxels[i]);
    };
    hand_out(before, [](Targets& of, Voxel v) { of.before.push_back(v); });
    hand_out(after, [](Targets& of, Voxel v) { of.after.push_back(v); });
    hand_out(starts, [](Targets& of, Voxel v) { of.start = v; });
    hand_out(roots, [](Targets& of, Voxel v) { of.root = v; });
    std::vector<u32> wanted(only ? 1 : objects_.components.size(), only.value_or(0));
    if (!only) std::iota(wanted.begin(), wanted.end(), 0u);
    std::vector<Tree> trees;
    Control control;
    for (u32 component : wanted) control.total += objects_.components.at(component).voxels;
    bool interrupted = false;
    try {
      supervise(progress, control, [&](Control& c) {
        trace_all(objects_, wanted, targets, params, threads, as_layout(layout), c, trees);
      });
    } catch (const nb::python_error& raised) {
      // What is done is handed over.
      if (!raised.matches(PyExc_KeyboardInterrupt)) throw;
      interrupted = true;
    }
    nb::dict arrays = as_arrays(std::move(trees));
    arrays["interrupted"] = interrupted;
    return arrays;
  }

  // Divides the components among sites, given by their components, voxels, distances from what
  // they stand for and segments, up to the largest. Returns the image of the segments, numbered
  // from 1 by their first voxels, and the new number of each segment.
  nb::tuple divide(const Numbers& components, const Points& voxels, const Reals& distances,
                   const Numbers& segments, u32 largest, unsigned threads,
                   const nb::object& progress) const {
    const TargetList at(components, voxels);
    if (distances.shape(0) != at.voxels.size() || segments.shape(0) != at.voxels.size())
      throw std::invalid_argument("one distance and one segment a site");
    std::vector<Site> sites;
    for (size_t i = 0; i < at.voxels.size(); i++) {
      if (segments(i) > largest) throw std::invalid_argument("a segment beyond the largest");
      sites.push_back({at.components[i], at.voxels[i], distances(i), segments(i)});
    }
    std::vector<u32> image, numbers;
    Control control;
    supervise(progress, control, [&](Control& c) {
      image = divide_all(objects_, std::move(sites), threads, c);
      numbers = renumber(image, largest);
    });
    return nb::make_tuple(as_image(std::move(image)), as_vector(std::move(numbers)));
  }

 private:
  template <class T>
  void read(const AnyLabels& labels, bool swapped, std::array<float, 3> size,
            const Selection& wanted, u64 dust, unsigned threads, const nb::object& progress,
            const std::optional<Graph>& graph) {
    const Volume<T> volume = as_volume<T>(labels, swapped);
    if (graph && as_volume<u32>(*graph, false).shape != volume.shape)
      throw std::invalid_argument("the graph has another shape than the labels");
    Control control;
    control.total = volume.shape.voxels();
    supervise(progress, control, [&](Control& c) {
      objects_.size = {size[0], size[1], size[2]};
      Spans spans = read_spans(volume, wanted, threads, c);
      if (graph)
        objects_.barriers = read_barriers(as_volume<u32>(*graph, false), spans, threads, c);
      adopt(std::move(spans), dust, threads, c);
    });
  }

  // Finds the objects of labeled spans.
  void adopt(Spans&& spans, u64 dust, unsigned threads, Control& control) {
    spans_ = std::move(spans);
    const VoxelSize size = objects_.size;
    Barriers barriers = std::move(objects_.barriers);
    objects_ = Objects();
    if (barriers.any()) split_spans(spans_, barriers);
    const u32 count = label_components(spans_, Connectivity::full, threads, control, barriers);
    objects_ = collect_objects(spans_, count, dust, size, threads);
    objects_.barriers = std::move(barriers);
    measured_ = false;
  }

  // An array in Fortran order, into which write(run, its component, where) puts each run.
  template <class T, class Write>
  Dense<T> as_dense(Write&& write) const {
    const Shape shape = objects_.shape;
    std::vector<T> dense(shape.voxels());
    for (u32 c = 0; c < objects_.components.size(); c++)
      for (const Run& run : objects_.runs_of(objects_.components[c]))
        write(run, c, dense.data() + run.row * shape.x + run.begin);
    return as_image(std::move(dense));
  }
  template <class T>
  Dense<T> as_image(std::vector<T>&& dense) const {
    const auto [kept, owner] = owned(std::move(dense));
    const Shape shape = objects_.shape;
    const i64 x = static_cast<i64>(shape.x), y = static_cast<i64>(shape.y);
    return {kept->data(), {shape.x, shape.y, shape.z}, owner, {1, x, x * y}};
  }

  void check_measured() const {
    if (!measured_) throw std::logic_error("measure() comes first");
  }
  void check_all_measured() const {
    check_measured();
    for (const Component& c : objects_.components)
      if (c.put_off) throw std::logic_error("what may be a soma is measured when it is traced");
  }

  // The components of each label together, in the order of the labels' first ones.
  std::vector<u32> by_label() const {
    std::unordered_map<u64, u64> numbers;
    for (const Component& c : objects_.components) numbers.try_emplace(c.label, numbers.size());
    std::vector<u32> order(objects_.components.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](u32 a, u32 b) {
      return numbers.at(objects_.components[a].label) < numbers.at(objects_.components[b].label);
    });
    return order;
  }

  // The trees' vertices and edges stand one behind the other in an order of their own, those of a
  // label together, whose vertices its edges count; all else has one entry for each component.
  nb::dict as_arrays(std::vector<Tree>&& trees) const {
    std::vector<u32> order = by_label(), vertices, edges;
    std::vector<float> radii, max_dbf;
    std::vector<u64> vertex_offsets{0}, edge_offsets{0}, label_offsets, paths;
    std::vector<u8> soma, truncated;
    std::vector<double> seconds;
    StageSeconds stages{};
    nb::list failures;
    u64 total = 0;
    for (const Tree& tree : trees) {
      total += tree.vertices.size();
      paths.push_back(tree.paths);
      soma.push_back(tree.soma);
      truncated.push_back(tree.truncated);
      seconds.push_back(tree.seconds);
      for (u32 stage = 0; stage < kStages; stage++) stages[stage] += tree.stages[stage];
      max_dbf.push_back(tree.max_dbf);
      failures.append(nb::str(tree.failure.c_str()));
    }
    vertices.reserve(3 * total);
    edges.reserve(2 * total);
    radii.reserve(total);
    std::optional<u64> label;
    u32 before = 0;  // vertices of the label
    for (u64 i = 0; i < order.size(); i++) {
      const Tree tree = std::move(trees[order[i]]);
      if (const u64 own = objects_.components[order[i]].label; label != own) {
        label = own;
        label_offsets.push_back(i);
        before = 0;
      }
      for (const Voxel& v : tree.vertices) vertices.insert(vertices.end(), {v.x, v.y, v.z});
      for (u32 v = 0; v < tree.parents.size(); v++)
        edges.insert(edges.end(), {before + tree.parents[v], before + v + 1});
      radii.insert(radii.end(), tree.radii.begin(), tree.radii.end());
      before += static_cast<u32>(tree.vertices.size());
      vertex_offsets.push_back(radii.size());
      edge_offsets.push_back(edges.size() / 2);
    }
    label_offsets.push_back(order.size());
    nb::dict spent;
    for (u32 stage = 0; stage < kStages; stage++) spent[kStageNames[stage]] = stages[stage];
    nb::dict arrays;
    arrays["stages"] = spent;
    arrays["vertices"] = as_table(std::move(vertices), 3);
    arrays["edges"] = as_table(std::move(edges), 2);
    arrays["radii"] = as_vector(std::move(radii));
    arrays["order"] = as_vector(std::move(order));
    arrays["label_offsets"] = as_vector(std::move(label_offsets));
    arrays["vertex_offsets"] = as_vector(std::move(vertex_offsets));
    arrays["edge_offsets"] = as_vector(std::move(edge_offsets));
    arrays["paths"] = as_vector(std::move(paths));
    arrays["soma"] = as_vector(std::move(soma));
    arrays["truncated"] = as_vector(std::move(truncated));
    arrays["seconds"] = as_vector(std::move(seconds));
    arrays["max_dbf"] = as_vector(std::move(max_dbf));
    arrays["failures"] = failures;
    return arrays;
  }

  Spans spans_;
  Objects objects_;
  bool measured_ = false;
};

}  // namespace

void bind_objects(nb::module_& m) {
  nb::class_<Image>(m, "Image", "The objects of a labeled image: its connected components.")
      .def(nb::init<const AnyLabels&, bool, std::array<float, 3>, const std::optional<LabelList>&,
                    u64, unsigned, const nb::object&, const std::optional<Graph>&>(),
           "labels"_a, "swapped"_a, "voxel_size"_a, "selection"_a.none(), "dust"_a, "threads"_a,
           "progress"_a.none(), "graph"_a.none() = nb::none())
      .def("components", &Image::components, "dust"_a = false)
      .def("border_targets", &Image::find_border_targets, "threads"_a, "progress"_a.none())
      .def("components_at", &Image::components_at, "points"_a)
      .def("fill_holes", &Image::fill_holes, "dust"_a, "threads"_a, "progress"_a.none())
      .def("merge_enclosed", &Image::merge_enclosed, "threshold"_a, "dust"_a, "threads"_a,
           "progress"_a.none())
      .def("measure", &Image::measure, "threads"_a, "progress"_a.none(),
           "soma"_a.none() = nb::none())
      .def("distances", &Image::distances)
      .def("component_image", &Image::component_image)
      .def("divide", &Image::divide, "components"_a, "voxels"_a, "distances"_a, "segments"_a,
           "largest"_a, "threads"_a, "progress"_a.none())
      .def("trace", &Image::trace, "teasar"_a, "fix_branching"_a, "before"_a, "after"_a, "starts"_a,
           "roots"_a, "threads"_a, "layout"_a.none(), "progress"_a.none(),
           "only"_a.none() = nb::none());
}

}  // namespace kimimaro
