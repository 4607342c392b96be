#include "cli/package.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/digest.h"
#include "base/file_system.h"
#include "cli/process_family.h"
#include "cli/source_archive.h"

namespace mlengine::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFile = 1ULL << 30;

// Never part of a distribution: version control, caches, earlier builds.
bool IsLeftOut(const std::string& name) {
  static const char* const kNames[] = {"__pycache__", ".git",  ".hg",         ".svn",
                                       ".tox",        ".venv", "node_modules"};
  const auto ends_in = [&](std::string_view tail) {
    return name.size() > tail.size() &&
           name.compare(name.size() - tail.size(), tail.size(), tail) == 0;
  };
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](const char* one) { return name == one; }) ||
         ends_in(".pyc") || ends_in(".egg-info");
}

std::string GeneratedSetup(const std::string& name) {
  return "from setuptools import find_packages, setup\n\n"
         "setup(name='" +
         name +
         "', version='0.0.0',\n"
         "      packages=find_packages(include=['" +
         name + "', '" + name +
         ".*']),\n"
         "      package_data={'': ['*', '*/*', '*/*/*']})\n";
}

Result<std::vector<std::string>> WriteGenerated(const fs::path& package,
                                                const std::string& output) {
  const std::string name = package.filename().string();
  const std::string top = name + "-0.0.0/";
  SourceArchive files;
  files[top + "PKG-INFO"] = {"Metadata-Version: 2.1\nName: " + name + "\nVersion: 0.0.0\n", false};
  files[top + "setup.py"] = {GeneratedSetup(name), false};
  std::error_code failed;
  for (auto at = fs::recursive_directory_iterator(package, failed);
       at != fs::recursive_directory_iterator(); ++at) {
    if (IsLeftOut(at->path().filename().string())) {
      if (at->is_directory()) at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file()) continue;
    MLENGINE_ASSIGN_OR_RETURN(std::string bytes,
                              RealFileSystem().Read(at->path().string(), kMaxFile));
    const bool executable = (at->status().permissions() & fs::perms::owner_exec) != fs::perms::none;
    files[top + name + "/" + fs::relative(at->path(), package).string()] = {std::move(bytes),
                                                                            executable};
  }
  if (failed) return ErrnoError(failed.value(), "read folder " + package.string());
  MLENGINE_ASSIGN_OR_RETURN(const std::string bytes, PackArchive(files));
  const std::string path = JoinPath(output, name + "-0.0.0.tar.gz");
  MLENGINE_RETURN_IF_ERROR(RealFileSystem().WriteAtomic(path, bytes));
  return std::vector<std::string>{path};
}

Status CopyTree(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::create_directories(to, failed);
  for (const auto& entry : fs::directory_iterator(from, failed)) {
    if (IsLeftOut(entry.path().filename().string())) continue;
    const fs::path target = to / entry.path().filename();
    if (entry.is_symlink()) {
      fs::copy_symlink(entry.path(), target, failed);
    } else if (entry.is_directory()) {
      MLENGINE_RETURN_IF_ERROR(CopyTree(entry.path(), target));
    } else if (entry.is_regular_file()) {
      fs::copy_file(entry.path(), target, failed);
    }
    if (failed) break;
  }
  return failed ? ErrnoError(failed.value(), "copy " + from.string() + " to " + to.string())
                : OkStatus();
}

// Setuptools stamps the time of the build into its archive; written anew without it, the hash
// depends on code alone.
Status Settle(const std::string& path) {
  MLENGINE_ASSIGN_OR_RETURN(const SourceArchive files, UnpackArchive(path));
  MLENGINE_ASSIGN_OR_RETURN(const std::string bytes, PackArchive(files));
  return RealFileSystem().WriteAtomic(path, bytes);
}

Result<std::vector<std::string>> RunSetup(const fs::path& root, const std::string& python,
                                          const std::string& output) {
  MLENGINE_ASSIGN_OR_RETURN(const ScratchFolder scratch, ScratchFolder::Make());
  const fs::path copy = fs::path(scratch.path()) / "source";
  MLENGINE_RETURN_IF_ERROR(CopyTree(root, copy));
  LocalProcess setup;
  const bool has_setup = fs::exists(copy / "setup.py");
  setup.words =
      has_setup ? std::vector<std::string>{python, "setup.py"}
                : std::vector<std::string>{python, "-c", "import setuptools; setuptools.setup()"};
  setup.words.insert(setup.words.end(), {"sdist", "--dist-dir", output});
  setup.folder = copy.string();
  const Result<std::string> ran = OutputOf(setup, true);
  if (!ran.ok()) {
    return InvalidArgumentError("Packaging of user Python code failed with message:\n\n" +
                                ran.status().message() + "\nBuild it by hand with `" + python +
                                " setup.py sdist` in " + root.string() +
                                " and give the result with --packages.");
  }
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names, RealFileSystem().List(output));
  std::vector<std::string> out;
  for (const std::string& name : names) {
    out.push_back(JoinPath(output, name));
    if (name.size() > 7 && name.compare(name.size() - 7, 7, ".tar.gz") == 0)
      MLENGINE_RETURN_IF_ERROR(Settle(out.back()));
  }
  if (out.empty()) return InvalidArgumentError(root.string() + "/setup.py made no distribution.");
  return out;
}

}  // namespace

Result<ScratchFolder> ScratchFolder::Make() {
  const char* base = std::getenv("TMPDIR");
  std::string path = JoinPath(base != nullptr && *base != '\0' ? base : "/tmp", "mlengine-XXXXXX");
  if (::mkdtemp(path.data()) == nullptr)
    return ErrnoError(errno, "make a folder under " + ParentPath(path));
  return ScratchFolder(path);
}

ScratchFolder::~ScratchFolder() {
  if (!path_.empty()) static_cast<void>(RealFileSystem().RemoveTree(path_));
}

Result<std::vector<std::string>> BuildPackage(const std::string& package_path,
                                              const std::string& python,
                                              const std::string& output) {
  std::error_code failed;
  fs::path package = fs::absolute(package_path, failed).lexically_normal();
  if (!package.has_filename()) package = package.parent_path();
  if (!fs::is_directory(package, failed)) {
    return InvalidArgumentError("Source directory [" + package.string() +
                                "] is not a valid directory. --package-path "
                                "names the package's folder.");
  }
  if (!fs::is_regular_file(package / "__init__.py", failed)) {
    return InvalidArgumentError("[" + package.string() +
                                "] is not a valid Python package because it does not contain "
                                "an `__init__.py` file. Please create one and try again.");
  }
  const fs::path root = package.parent_path();
  if (fs::is_regular_file(root / "setup.py", failed) ||
      fs::is_regular_file(root / "pyproject.toml", failed)) {
    return RunSetup(root, python, output);
  }
  return WriteGenerated(package, output);
}

Result<std::string> HashOfFiles(const std::vector<std::string>& files) {
  Hasher hasher(Hasher::Kind::kSha256);
  for (const std::string& file : files) {
    MLENGINE_ASSIGN_OR_RETURN(const FileStat stat, RealFileSystem().Stat(file));
    for (std::uint64_t at = 0; at < stat.size; at += 1U << 20) {
      MLENGINE_ASSIGN_OR_RETURN(const std::string part,
                                RealFileSystem().ReadAt(file, at, 1U << 20));
      hasher.Update(part);
    }
  }
  return HexEncode(hasher.Finish());
}

}  // namespace mlengine::cli
