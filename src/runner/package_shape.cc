#include "runner/package_shape.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace mlengine::runner {
namespace {

constexpr std::uint64_t kMetadataLimit = 4U << 20;

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    out.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

class ShapeReader {
 public:
  ShapeReader(FileSystem& files, const std::string& tree) : files_(files), tree_(tree) {}

  Result<PackageShape> Wheel() {
    shape_.root = tree_;
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(tree_));
    std::string info;
    for (const std::string& name : names) {
      if (name.ends_with(".dist-info")) info = JoinPath(tree_, name);
      if (name.ends_with(".data")) ByPip("it carries files for other places (" + name + ")");
    }
    const std::optional<std::string> about = Read(JoinPath(info, "WHEEL"));
    if (info.empty() || !about) {
      ByPip("it has no wheel metadata");
      return shape_;
    }
    if (about->find("Root-Is-Purelib: true") == std::string::npos) ByPip("it is not pure Python");
    const std::string metadata = Read(JoinPath(info, "METADATA")).value_or("");
    for (const std::string_view line : Lines(metadata)) {
      if (line.empty()) break;  // the description follows
      ReadPythonRule(line);
      constexpr std::string_view kKey = "Requires-Dist: ";
      if (line.starts_with(kKey) && line.find("extra ==") == std::string_view::npos) {
        shape_.requirements.emplace_back(line.substr(kKey.size()));
      }
    }
    return shape_;
  }

  Result<PackageShape> Source() {
    MLENGINE_RETURN_IF_ERROR(FindRoot());
    const std::optional<std::string> setup = Read(JoinPath(shape_.root, "setup.py"));
    if (Has("pyproject.toml")) ByPip("it has a pyproject.toml");
    if (const auto config = Read(JoinPath(shape_.root, "setup.cfg"))) {
      for (const std::string_view word : {"package_dir", "install_requires", "ext_modules"}) {
        if (config->find(word) != std::string::npos) {
          ByPip("its setup.cfg has " + std::string(word));
        }
      }
    }
    const std::string info = EggInfo();
    if (setup) ReadSetup(*setup, !info.empty());
    if (!info.empty()) {
      const std::string about = Read(JoinPath(info, "PKG-INFO")).value_or("");
      for (const std::string_view line : Lines(about)) {
        if (line.empty()) break;
        ReadPythonRule(line);
      }
      ReadRequires(Read(JoinPath(info, "requires.txt")).value_or(""));
      CheckTopLevel(Read(JoinPath(info, "top_level.txt")).value_or(""));
    }
    return shape_;
  }

 private:
  std::optional<std::string> Read(const std::string& path) {
    Result<std::string> bytes = files_.Read(path, kMetadataLimit);
    if (!bytes.ok()) return std::nullopt;
    return *std::move(bytes);
  }
  bool IsFolder(const std::string& path) {
    const Result<FileStat> stat = files_.Stat(path);
    return stat.ok() && stat->is_directory;
  }
  bool Has(const std::string& name) { return files_.Stat(JoinPath(shape_.root, name)).ok(); }
  void ByPip(std::string reason) {
    if (shape_.pip_reason.empty()) shape_.pip_reason = std::move(reason);
  }

  // The Pythons that a line of metadata allows, as a requirement of the runtime.
  void ReadPythonRule(std::string_view line) {
    constexpr std::string_view kKey = "Requires-Python: ";
    if (line.starts_with(kKey))
      shape_.requirements.push_back("python" + std::string(line.substr(kKey.size())));
  }

  // An sdist holds one folder NAME-VERSION; other archives the packages themselves.
  Status FindRoot() {
    shape_.root = tree_;
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(tree_));
    std::string only;
    for (const std::string& name : names) {
      if (name == "pax_global_header") continue;
      if (!only.empty()) return OkStatus();
      only = JoinPath(tree_, name);
    }
    const bool is_package = files_.Stat(JoinPath(only, "__init__.py")).ok();
    if (!only.empty() && IsFolder(only) && !is_package) shape_.root = only;
    return OkStatus();
  }

  std::string EggInfo() {
    const Result<std::vector<std::string>> names = files_.List(shape_.root);
    if (!names.ok()) return "";
    for (const std::string& name : *names) {
      if (name.ends_with(".egg-info")) return JoinPath(shape_.root, name);
    }
    return "";
  }

  // What may do more than name packages. The words are looked for in comments too: then pip is
  // asked without need, which costs time and nothing else.
  void ReadSetup(const std::string& setup, bool has_egg_info) {
    for (const std::string_view word :
         {"ext_modules", "cmdclass", "package_dir", "data_files", "scripts=", "setup_requires",
          "cythonize", "subprocess", "os.system", "use_scm_version"}) {
      if (setup.find(word) != std::string::npos) ByPip("its setup.py has " + std::string(word));
    }
    if (has_egg_info) return;
    for (const std::string_view word : {"install_requires", "requirements"}) {
      if (setup.find(word) != std::string::npos) {
        ByPip("its setup.py has " + std::string(word) + " and it carries no metadata");
      }
    }
  }

  void ReadRequires(std::string_view text) {
    for (const std::string_view line : Lines(text)) {
      if (line.starts_with("[:")) ByPip("its requirements depend on the platform");
      if (line.starts_with('[')) break;  // extras follow, which nobody asked for
      if (!line.empty()) shape_.requirements.emplace_back(line);
    }
  }

  // The packages lie where an import finds them.
  void CheckTopLevel(std::string_view text) {
    for (const std::string_view line : Lines(text)) {
      const std::string name(line);
      if (name.empty() || Has(name) || Has(name + ".py")) continue;
      ByPip("its package " + name + " is not at its top");
    }
  }

  FileSystem& files_;
  const std::string& tree_;
  PackageShape shape_;
};

}  // namespace

Result<PackageShape> ReadPackageShape(FileSystem& files, const std::string& tree,
                                      const std::string& name) {
  ShapeReader reader(files, tree);
  return name.ends_with(".whl") ? reader.Wheel() : reader.Source();
}

}  // namespace mlengine::runner
