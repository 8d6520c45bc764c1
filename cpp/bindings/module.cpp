// The extension module: one is built for each instruction set, kimimaro/_engine.py picks one.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

namespace nb = nanobind;

namespace kimimaro {

void bind_graph(nb::module_& m);
void bind_objects(nb::module_& m);
void bind_sections(nb::module_& m);

// Whether this processor can run the module built for an instruction set.
static bool runs(const std::string& isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (isa == "avx2")
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
  if (isa == "avx512")
    return runs("avx2") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi2");
#endif
  return isa == "portable";
}

}  // namespace kimimaro

NB_MODULE(KIMIMARO_MODULE, m) {
  m.def("runs", &kimimaro::runs, nb::arg("isa"),
        "Whether this processor can run the module built for an instruction set.");
  m.attr("isa") = KIMIMARO_ISA;
  kimimaro::bind_graph(m);
  kimimaro::bind_objects(m);
  kimimaro::bind_sections(m);
}
